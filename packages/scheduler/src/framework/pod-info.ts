import type { Pod } from '@wherry/api'
import { type DeepReadonly, Quantity } from '@wherry/apimachinery'
import { podRequests } from '@wherry/component-helpers'

/** Amounts by resource: cpu in thousandths, all else in whole units. Numbers are exact up to 2^53. */
export type Amounts = ReadonlyMap<string, number>

export interface HostPort {
  ip: string
  protocol: string
  port: number
}

/** What scheduling needs of a pod, worked out once. */
export interface PodInfo {
  readonly pod: DeepReadonly<Pod>
  readonly uid: string
  /** `namespace/name` */
  readonly key: string
  readonly priority: number
  readonly requests: Amounts
  /** Requests of cpu and memory, where containers without any count as small ones, for scoring. */
  readonly nonZero: { readonly cpu: number; readonly memory: number }
  readonly hostPorts: readonly HostPort[]
}

/** What a container without requests counts as: 0.1 cores and 200 MiB, as upstream's `GetNonzeroRequests`. */
const defaultMilliCPU = 100
const defaultMemory = 200 * 1024 * 1024

/** Throws where a quantity of the pod does not parse, which the API server does not let through. */
export function newPodInfo(pod: DeepReadonly<Pod>): PodInfo {
  const { namespace = '', name = '', uid = '' } = pod.metadata
  const requests = new Map<string, number>()
  for (const [resource, quantity] of Object.entries(podRequests(pod))) {
    const amount = amountOf(resource, quantity)
    if (amount > 0) requests.set(resource, amount)
  }
  return {
    pod,
    uid,
    key: `${namespace}/${name}`,
    priority: pod.spec?.priority ?? 0,
    requests,
    nonZero: {
      cpu: (requests.get('cpu') ?? 0) + defaultMilliCPU * countWithout(pod, 'cpu'),
      memory: (requests.get('memory') ?? 0) + defaultMemory * countWithout(pod, 'memory'),
    },
    hostPorts: hostPorts(pod),
  }
}

export function amountOf(resource: string, quantity: Quantity): number {
  return Number(resource === 'cpu' ? quantity.milliValue() : quantity.value())
}

/** The amounts of a resource list, such as a node's allocatable. */
export function amountsOf(list: Readonly<Record<string, string | number>> | undefined): Amounts {
  return new Map(
    Object.entries(list ?? {}).map(([resource, text]) => [resource, amountOf(resource, Quantity.parse(text))]),
  )
}

function countWithout(pod: DeepReadonly<Pod>, resource: string): number {
  const containers = pod.spec?.containers ?? []
  return containers.filter(({ resources }) => resources?.requests?.[resource] === undefined).length
}

function hostPorts(pod: DeepReadonly<Pod>): HostPort[] {
  const sidecars = (pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  return [...(pod.spec?.containers ?? []), ...sidecars].flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, hostIP, protocol }) =>
      hostPort ? [{ ip: hostIP || '0.0.0.0', protocol: protocol ?? 'TCP', port: hostPort }] : [],
    ),
  )
}
