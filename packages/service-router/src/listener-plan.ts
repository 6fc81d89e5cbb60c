import type { EndpointSlice, Service } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { type Backend, chooseBackends } from './endpoint-choice.ts'

export type Protocol = 'TCP' | 'UDP'

/** One address and port at which a Service is reached. */
export interface ListenerPlan {
  protocol: Protocol
  address: string
  port: number
  purpose: 'ClusterIP' | 'NodePort'
  backends: readonly Backend[]
  /** Clients stay with their endpoint this long after their last connection; 0: no affinity. */
  affinityMs: number
}

/** An address on which node ports are served. */
export interface NodePortAddress {
  address: string
  /** The node whose address it is; undefined for one that stands for all nodes. */
  node: string | undefined
}

const defaultAffinitySeconds = 10_800

export function listenerKey(plan: Pick<ListenerPlan, 'protocol' | 'address' | 'port'>): string {
  return `${plan.protocol}/${plan.address}:${plan.port}`
}

/** Every listener that a Service needs now. Ports without endpoints have none: connections are refused there. */
export function planListeners(
  service: DeepReadonly<Service>,
  slices: readonly DeepReadonly<EndpointSlice>[],
  nodePortAddresses: readonly NodePortAddress[],
): ListenerPlan[] {
  const { spec } = service
  if (!spec || spec.type === 'ExternalName') return []
  const plans: ListenerPlan[] = []
  const affinityMs =
    spec.sessionAffinity === 'ClientIP'
      ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultAffinitySeconds) * 1000
      : 0
  for (const port of spec.ports ?? []) {
    const protocol = port.protocol ?? 'TCP'
    if (protocol !== 'TCP' && protocol !== 'UDP') continue
    const choice = { service, portName: port.name ?? '', protocol, slices }
    const all = chooseBackends(choice)
    const add = (address: string, at: number, purpose: ListenerPlan['purpose'], backends: readonly Backend[]) => {
      if (backends.length > 0) plans.push({ protocol, address, port: at, purpose, backends, affinityMs })
    }
    for (const address of clusterAddresses(service)) add(address, port.port, 'ClusterIP', all)
    if (!port.nodePort || spec.type === 'ClusterIP') continue
    const local = spec.externalTrafficPolicy === 'Local'
    for (const { address, node } of nodePortAddresses) {
      const backends = local && node !== undefined ? chooseBackends({ ...choice, node }) : all
      add(address, port.nodePort, 'NodePort', backends)
    }
  }
  return plans
}

/** The Service's own addresses; a headless Service has none, its clients find the endpoints by name. */
function clusterAddresses({ spec }: DeepReadonly<Service>): string[] {
  const addresses = spec?.clusterIPs?.length ? spec.clusterIPs : spec?.clusterIP ? [spec.clusterIP] : []
  return addresses.filter((address) => address !== 'None' && address !== '')
}
