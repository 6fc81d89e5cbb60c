import { Service } from '@wherry/api'
import { badRequest, goQuote, groupResource, notFound, serviceUnavailable } from '@wherry/apimachinery'
import type { Behaviours, ObjectKey } from '../registry/behaviours.ts'
import type { Backend } from './backend.ts'
import { type KubeletClient, kubeletBackend } from './kubelet.ts'
import { findPod } from './pod-streams.ts'
import { readyEndpoint } from './service-endpoints.ts'

export interface ProxyTarget {
  readonly resource: string
  /** Its name may be `name:port` or `scheme:name:port`. */
  readonly key: ObjectKey
  /** What follows `/proxy`, with the query. */
  readonly path: string
}

interface Named {
  readonly scheme: 'http' | 'https' | ''
  readonly name: string
  /** A number or a name; empty where none is given. */
  readonly port: string
}

/** Where `pods/NAME/proxy`, `services/NAME/proxy` and `nodes/NAME/proxy` lead; 503 while there is no endpoint. */
export function proxyBackend(
  behaviours: Behaviours,
  { resource, key, path }: ProxyTarget,
  client: KubeletClient,
  random: () => number,
): Backend {
  const named = splitName(key.name)
  if (!named) throw badRequest(`invalid ${resource.replace(/s$/, '')} request ${goQuote(key.name)}`)
  if (resource === 'nodes') return nodeBackend(behaviours, named, path, client)
  const at = resource === 'pods' ? podAddress(behaviours, key, named) : serviceAddress(behaviours, key, named, random)
  return { scheme: named.scheme || 'http', ...at, path }
}

function splitName(id: string): Named | undefined {
  const parts = id.split(':')
  const [first = '', second = '', third = ''] = parts
  if (parts.length <= 2) return first === '' ? undefined : { scheme: '', name: first, port: second }
  if (parts.length !== 3 || second === '') return undefined
  return first === 'http' || first === 'https' || first === ''
    ? { scheme: first, name: second, port: third }
    : undefined
}

/** Without a port, or with its own, it is the kubelet, which asks for our certificate. */
function nodeBackend(behaviours: Behaviours, named: Named, path: string, client: KubeletClient): Backend {
  const { tls, ...kubelet } = kubeletBackend(behaviours, named.name, path, client)
  const port = named.port === '' ? kubelet.port : numberOf(named.port)
  if (port === kubelet.port) return { ...kubelet, ...(tls && { tls }) }
  return { ...kubelet, scheme: named.scheme || 'http', port }
}

function podAddress(behaviours: Behaviours, { namespace }: ObjectKey, { name, port, scheme }: Named) {
  const pod = findPod(behaviours, { namespace, name })
  const host = pod.status?.podIP
  if (!host) throw badRequest('address not allowed')
  if (port !== '') return { host, port: numberOf(port) }
  const first = pod.spec?.containers.find((one) => one.ports?.length)?.ports?.[0]?.containerPort
  return { host, port: first ?? (scheme === 'https' ? 443 : 80) }
}

function serviceAddress(
  behaviours: Behaviours,
  { namespace }: ObjectKey,
  { name, port }: Named,
  random: () => number,
): { host: string; port: number } {
  const service = behaviours.store(Service).get({ namespace, name })
  if (!service) throw notFound(groupResource(Service), name)
  const ports = service.spec?.ports ?? []
  const wanted =
    port === '' && ports.length === 1
      ? ports[0]
      : ports.find((one) => (port === '' ? !one.name : one.name === port || String(one.port) === port))
  if (!wanted) throw serviceUnavailable(`no service port ${goQuote(port)} found for service ${goQuote(name)}`)
  const chosen = readyEndpoint(behaviours, { namespace, name }, wanted.name, random)
  if (!chosen) throw serviceUnavailable(`no endpoints available for service ${goQuote(name)}`)
  return chosen
}

function numberOf(port: string): number {
  const number = Number(port)
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number
  throw badRequest(`invalid port ${goQuote(port)}`)
}
