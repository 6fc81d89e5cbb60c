import type { PersistentVolumeClaim, Pod, ResourceQuota, ScopedResourceSelectorRequirement, Service } from '@wherry/api'
import { type DeepReadonly, Quantity } from '@wherry/apimachinery'
import { isPodTerminal, podLimits, podRequests, qosClass } from '@wherry/component-helpers'

type QuotaView = DeepReadonly<ResourceQuota>
type PodView = DeepReadonly<Pod>
type Requirement = DeepReadonly<ScopedResourceSelectorRequirement>

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
  const pods = podUsage(facts)
  return Object.fromEntries(
    Object.keys(facts.quota.spec?.hard ?? {}).map((name) => [
      name,
      (amountOf(name, facts, pods) ?? Quantity.zero).toString(),
    ]),
  )
}

function amountOf(
  name: string,
  { services, claims, counts }: UsageFacts,
  pods: ReadonlyMap<string, Quantity>,
): Quantity | undefined {
  const counted = name === 'count/pods' ? undefined : countedKind(name)
  if (counted !== undefined) return Quantity.of(counts.get(counted) ?? 0)
  if (name === 'services.nodeports') return Quantity.of(services.reduce((sum, service) => sum + nodePorts(service), 0))
  if (name === 'services.loadbalancers') {
    return Quantity.of(services.filter(({ spec }) => spec?.type === 'LoadBalancer').length)
  }
  return pods.get(name) ?? claimUsage(name, claims)
}

function nodePorts({ spec }: DeepReadonly<Service>): number {
  if (spec?.type === 'NodePort') return spec.ports?.length ?? 0
  if (spec?.type !== 'LoadBalancer') return 0
  if (spec.allocateLoadBalancerNodePorts === false) return spec.ports?.filter(({ nodePort }) => nodePort).length ?? 0
  return spec.ports?.length ?? 0
}

const ofClass = '.storageclass.storage.k8s.io/'

function claimUsage(name: string, claims: UsageFacts['claims']): Quantity | undefined {
  const at = name.indexOf(ofClass)
  const storageClass = at < 0 ? undefined : name.slice(0, at)
  const what = at < 0 ? name : name.slice(at + ofClass.length)
  const chosen = claims.filter(({ spec }) => storageClass === undefined || spec?.storageClassName === storageClass)
  if (what === 'persistentvolumeclaims') return Quantity.of(chosen.length)
  if (what !== 'requests.storage') return undefined
  return chosen.reduce(
    (sum, { spec }) => sum.add(Quantity.parse(spec?.resources?.requests?.storage ?? '0')),
    Quantity.zero,
  )
}

/** Requests, limits and numbers of the pods in the quota's scopes. */
function podUsage({ quota, pods }: UsageFacts): Map<string, Quantity> {
  const usage = new Map<string, Quantity>()
  const add = (name: string, amount: Quantity) => usage.set(name, (usage.get(name) ?? Quantity.zero).add(amount))
  for (const pod of pods.filter((candidate) => inScopes(quota, candidate))) {
    add('count/pods', Quantity.of(1))
    // A pod that has ended holds nothing.
    if (isPodTerminal(pod)) continue
    add('pods', Quantity.of(1))
    for (const [resource, amount] of Object.entries(podRequests(pod))) {
      add(`requests.${resource}`, amount)
      add(resource, amount)
    }
    for (const [resource, amount] of Object.entries(podLimits(pod))) add(`limits.${resource}`, amount)
  }
  return usage
}

function inScopes(quota: QuotaView, pod: PodView): boolean {
  const scopes = (quota.spec?.scopes ?? []).map((scopeName): Requirement => ({ scopeName, operator: 'Exists' }))
  return [...scopes, ...(quota.spec?.scopeSelector?.matchExpressions ?? [])].every((scope) => inScope(scope, pod))
}

function inScope({ scopeName, operator, values = [] }: Requirement, pod: PodView): boolean {
  switch (scopeName) {
    case 'Terminating':
      return pod.spec?.activeDeadlineSeconds !== undefined
    case 'NotTerminating':
      return pod.spec?.activeDeadlineSeconds === undefined
    case 'BestEffort':
      return qosClass(pod) === 'BestEffort'
    case 'NotBestEffort':
      return qosClass(pod) !== 'BestEffort'
    case 'PriorityClass':
      return isIn(operator, values, pod.spec?.priorityClassName)
    case 'CrossNamespacePodAffinity':
      return crossesNamespaces(pod)
    default:
      return false
  }
}

function isIn(operator: string, values: readonly string[], value: string | undefined): boolean {
  if (operator === 'Exists') return Boolean(value)
  if (operator === 'DoesNotExist') return !value
  return values.includes(value ?? '') === (operator === 'In')
}

function crossesNamespaces({ spec }: PodView): boolean {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {}
  return [podAffinity, podAntiAffinity].some((affinity) =>
    [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
        ({ podAffinityTerm }) => podAffinityTerm,
      ),
    ].some(({ namespaces, namespaceSelector }) => (namespaces?.length ?? 0) > 0 || namespaceSelector !== undefined),
  )
}
