import { Node } from '@wherry/api'
import { groupResource, internalError, notFound } from '@wherry/apimachinery'
import type { Behaviours } from '../registry/behaviours.ts'
import type { Backend } from './backend.ts'

/** How the server proves to kubelets who it is, as `--kubelet-client-certificate` and its like. */
export interface KubeletClient {
  readonly cert?: string
  readonly key?: string
  readonly ca?: string
  /** Which of a node's addresses is taken, the best first. */
  readonly preferredAddressTypes?: readonly string[]
}

const defaultPort = 10_250
const usualTypes = ['InternalIP', 'Hostname', 'InternalDNS', 'ExternalDNS', 'ExternalIP']

/** The kubelet of a node; throws NotFound for a node that is not there, 500 for one without an address. */
export function kubeletBackend(behaviours: Behaviours, nodeName: string, path: string, client: KubeletClient): Backend {
  const node = behaviours.store(Node).get({ name: nodeName })
  if (!node) throw notFound(groupResource(Node), nodeName)
  const addresses = node.status?.addresses ?? []
  const { preferredAddressTypes: preferred = usualTypes, ...tls } = client
  const address = preferred.map((type) => addresses.find((one) => one.type === type)).find((one) => one)
  if (!address) {
    const known = addresses.map(({ type }) => type).join(' ')
    throw internalError(new Error(`no preferred addresses found; known addresses: [${known}]`))
  }
  const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port || defaultPort
  return { scheme: 'https', host: address.address, port, path, tls }
}
