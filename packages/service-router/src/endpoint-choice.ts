import type { EndpointSlice, Service } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'

/** Where one connection or datagram may go. */
export interface Backend {
  address: string
  port: number
}

export interface Choice {
  service: DeepReadonly<Service>
  /** The name of the Service's port; empty for the only one. */
  portName: string
  protocol: string
  slices: readonly DeepReadonly<EndpointSlice>[]
  /** Set for traffic that must stay on one node: externalTrafficPolicy Local, on that node's address. */
  node?: string | undefined
}

/**
 * The endpoints that may get traffic of one Service port: those that are ready, or, while there is none, those that
 * still serve though they are ending. As kube-proxy's `CategorizeEndpoints` (KEP-1669).
 */
export function chooseBackends({ service, portName, protocol, slices, node }: Choice): Backend[] {
  const ready = new Map<string, Backend>()
  const ending = new Map<string, Backend>()
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue
    const port = slice.ports?.find(
      (candidate) => (candidate.name ?? '') === portName && (candidate.protocol ?? 'TCP') === protocol,
    )
    if (port?.port === undefined) continue
    for (const { addresses, conditions = {}, nodeName } of slice.endpoints ?? []) {
      const [address] = addresses
      if (address === undefined || (node !== undefined && nodeName !== node)) continue
      const backend = { address, port: port.port }
      const key = `${address}:${port.port}`
      if (conditions.ready !== false || service.spec?.publishNotReadyAddresses) ready.set(key, backend)
      else if (conditions.serving !== false && conditions.terminating === true) ending.set(key, backend)
    }
  }
  return [...(ready.size > 0 ? ready : ending).values()]
}
