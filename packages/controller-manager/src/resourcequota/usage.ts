import type { PersistentVolumeClaim, Pod, ResourceQuota, Service } from '@wherry/api'
import { type DeepReadonly, Quantity } from '@wherry/apimachinery'
import { claimQuotaUsage, inQuotaScopes, podQuotaUsage, serviceQuotaUsage } from '@wherry/component-helpers'

type QuotaView = DeepReadonly<ResourceQuota>
type PodView = DeepReadonly<Pod>

export interface UsageFacts {
  quota: QuotaView
  pods: readonly PodView[]
  services: readonly DeepReadonly<Service>[]
  claims: readonly DeepReadonly<PersistentVolumeClaim>[]
  /** How many objects there are of the kinds that `countedKinds` names. */
  counts: ReadonlyMap<string, number>
}

/** Names of a quota that count a kind without `count/`, and the kind's `resource.group` that they stand for. */
const shorthands: Readonly<Record<string, string>> = {
  configmaps: 'configmaps',
  secrets: 'secrets',
  replicationcontrollers: 'replicationcontrollers',
  resourcequotas: 'resourcequotas',
  services: 'services',
  persistentvolumeclaims: 'persistentvolumeclaims',
}

/** The `resource` or `resource.group` whose objects a name of a quota counts; undefined where it counts another thing. */
export function countedKind(name: string): string | undefined {
  return name.startsWith('count/') ? name.slice('count/'.length) : shorthands[name]
}

/**
 * What a namespace uses of everything that a quota limits. As kube-controller-manager's resource quota controller and
 * the evaluators of k8s.io/kubernetes/pkg/quota/v1; pure.
 */
export function usageOf(facts: UsageFacts): Record<string, string> {
  const { quota, pods, services, claims, counts } = facts
  const used = sumOf([
    ...pods.filter((pod) => inQuotaScopes(quota, pod)).map(podQuotaUsage),
    ...services.map(serviceQuotaUsage),
    ...claims.map(claimQuotaUsage),
  ])
  return Object.fromEntries(
    Object.keys(quota.spec?.hard ?? {}).map((name) => {
      const counted = name === 'count/pods' ? undefined : countedKind(name)
      const amount = counted === undefined ? used.get(name) : Quantity.of(counts.get(counted) ?? 0)
      return [name, (amount ?? Quantity.zero).toString()]
    }),
  )
}

/** The sum over the objects of what each takes. */
function sumOf(usages: readonly Readonly<Record<string, Quantity>>[]): Map<string, Quantity> {
  const sum = new Map<string, Quantity>()
  for (const usage of usages) {
    for (const [name, amount] of Object.entries(usage)) sum.set(name, (sum.get(name) ?? Quantity.zero).add(amount))
  }
  return sum
}
