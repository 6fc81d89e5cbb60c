import { EndpointSlice, Service } from '@wherry/api'
import { goQuote } from '@wherry/apimachinery'
import type { Behaviours, ObjectKey } from '../registry/behaviours.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

export interface ServiceRef {
  readonly namespace: string
  readonly name: string
  readonly port: number
}

/**
 * A ready endpoint of a service's port, chosen at random: the server reaches endpoints whether or not a service router
 * runs beside it. Throws an `Error` in upstream's words (kube-aggregator, `ResolveEndpoint`).
 */
export function resolveService(behaviours: Behaviours, ref: ServiceRef, random: () => number): Address {
  const { namespace, name, port } = ref
  const service = behaviours.store(Service).get({ namespace, name })
  if (!service) throw new Error(`service ${goQuote(name)} not found`)
  const { type, externalName = '', ports = [] } = service.spec ?? {}
  if (type === 'ExternalName') return { host: externalName, port }
  const found = ports.find((one) => one.port === port)
  if (!found) throw new Error(`no service port ${port} found for service ${goQuote(name)}`)
  const chosen = readyEndpoint(behaviours, { namespace, name }, found.name, random)
  if (!chosen) throw new Error(`no endpoints available for service ${goQuote(name)}`)
  return chosen
}

/** A ready endpoint of a service, for the port of this name, chosen at random; undefined while there is none. */
export function readyEndpoint(
  behaviours: Behaviours,
  { namespace, name }: ObjectKey,
  portName: string | undefined,
  random: () => number,
): Address | undefined {
  const endpoints = behaviours
    .store(EndpointSlice)
    .list(namespace)
    .filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === name)
    .flatMap((slice) => {
      const port = slice.ports?.find((one) => (one.name ?? '') === (portName ?? ''))?.port
      const ready = (slice.endpoints ?? []).filter((one) => one.conditions?.ready !== false)
      return port === undefined ? [] : ready.flatMap((one) => one.addresses.map((host) => ({ host, port })))
    })
  return endpoints[Math.floor(random() * endpoints.length)]
}
