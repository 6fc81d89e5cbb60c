import type { Container, ContainerStatus, Pod } from '@wherry/api'
import { type DeepReadonly, Quantity } from '@wherry/apimachinery'

/** Amounts by resource name. */
export type Resources = Record<string, Quantity>

export interface PodRequestsOptions {
  /** Counts what the node has already given to a container while a resize is under way, where that is more. */
  readonly useStatusResources?: boolean
  /** Leaves out the overhead of the pod's runtime class. */
  readonly excludeOverhead?: boolean
}

type ReadonlyContainer = DeepReadonly<Pick<Container, 'name' | 'resources' | 'restartPolicy'>>

/** Parses a resource list; throws where a quantity does not parse. */
export function resourcesOf(list: Readonly<Record<string, string | number>> | undefined): Resources {
  const resources: Resources = {}
  for (const [name, text] of Object.entries(list ?? {})) resources[name] = Quantity.parse(text)
  return resources
}

/** The sum, resource by resource. */
export function addResources(a: Readonly<Resources>, b: Readonly<Resources>): Resources {
  return combine(a, b, (x, y) => x.add(y))
}

/** The larger amount, resource by resource. */
export function maxResources(a: Readonly<Resources>, b: Readonly<Resources>): Resources {
  return combine(a, b, (x, y) => (x.cmp(y) >= 0 ? x : y))
}

/** Whether this init container is a sidecar, which keeps running beside the containers. */
export function isRestartableInitContainer(container: { readonly restartPolicy?: string }): boolean {
  return container.restartPolicy === 'Always'
}

/**
 * What a node must have free for the pod: the sum of its containers and sidecars, or what its init containers need at
 * their worst moment where that is more; requests of the pod itself take the place of its containers'; plus overhead.
 * As k8s.io/component-helpers/resource `PodRequests`.
 */
export function podRequests(pod: DeepReadonly<Pod>, options: PodRequestsOptions = {}): Resources {
  return aggregate(pod, 'requests', options)
}

/** The limits of the pod by the same rules; resources that a container leaves unlimited count as nothing. */
export function podLimits(pod: DeepReadonly<Pod>, options: PodRequestsOptions = {}): Resources {
  return aggregate(pod, 'limits', options)
}

function aggregate(pod: DeepReadonly<Pod>, which: 'requests' | 'limits', options: PodRequestsOptions): Resources {
  const statuses = new Map<string, DeepReadonly<ContainerStatus>>()
  if (options.useStatusResources) {
    for (const s of pod.status?.containerStatuses ?? []) statuses.set(s.name, s)
    for (const s of pod.status?.initContainerStatuses ?? []) statuses.set(s.name, s)
  }
  const amount = (container: ReadonlyContainer): Resources => {
    const wanted = resourcesOf(container.resources?.[which])
    const status = statuses.get(container.name)
    if (status === undefined) return wanted
    const given = which === 'requests' ? resourcesOf(status.allocatedResources) : {}
    return maxResources(maxResources(wanted, resourcesOf(status.resources?.[which])), given)
  }

  let running: Resources = {}
  for (const container of pod.spec?.containers ?? []) running = addResources(running, amount(container))

  // Init containers run one by one, each beside the sidecars that were started before it.
  let sidecars: Resources = {}
  let initPeak: Resources = {}
  for (const container of pod.spec?.initContainers ?? []) {
    const own = amount(container)
    if (isRestartableInitContainer(container)) {
      running = addResources(running, own)
      sidecars = addResources(sidecars, own)
      initPeak = maxResources(initPeak, sidecars)
    } else {
      initPeak = maxResources(initPeak, addResources(own, sidecars))
    }
  }

  const total = maxResources(running, initPeak)
  for (const [name, own] of Object.entries(resourcesOf(pod.spec?.resources?.[which]))) {
    if (isPodLevelResource(name)) total[name] = own
  }
  if (options.excludeOverhead) return total
  const overhead = resourcesOf(pod.spec?.overhead)
  if (which === 'requests') return addResources(total, overhead)
  // Overhead cannot limit what the containers leave unlimited.
  for (const [name, extra] of Object.entries(overhead)) {
    const limit = total[name]
    if (limit !== undefined && !limit.isZero()) total[name] = limit.add(extra)
  }
  return total
}

function isPodLevelResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')
}

function combine(
  a: Readonly<Resources>,
  b: Readonly<Resources>,
  both: (x: Quantity, y: Quantity) => Quantity,
): Resources {
  const result: Resources = { ...a }
  for (const [name, amount] of Object.entries(b)) {
    const other = result[name]
    result[name] = other === undefined ? amount : both(other, amount)
  }
  return result
}
