import type { PersistentVolumeClaim, Pod, ResourceQuota, ScopedResourceSelectorRequirement, Service } from '@wherry/api'
import { type DeepReadonly, Quantity } from '@wherry/apimachinery'
import { isPodTerminal } from './pod-conditions.ts'
import { podLimits, podRequests, type Resources } from './pod-resources.ts'
import { qosClass } from './qos-class.ts'

type PodView = DeepReadonly<Pod>
type ClaimView = DeepReadonly<PersistentVolumeClaim>
type Requirement = DeepReadonly<ScopedResourceSelectorRequirement>

const one = Quantity.of(1)

/** What a pod takes from quotas. As k8s.io/kubernetes/pkg/quota/v1/evaluator/core `PodUsageFunc`. */
export function podQuotaUsage(pod: PodView): Resources {
  // A pod that has ended holds nothing.
  if (isPodTerminal(pod)) return { 'count/pods': one }
  return { 'count/pods': one, pods: one, ...computeUsage(podRequests(pod), podLimits(pod)) }
}

/** Requests under their names with and without `requests.`, and limits. */
export function computeUsage(requests: Readonly<Resources>, limits: Readonly<Resources>): Resources {
  const usage: Resources = {}
  for (const [name, amount] of Object.entries(requests)) {
    usage[`requests.${name}`] = amount
    if (!name.includes('/')) usage[name] = amount
  }
  for (const [name, amount] of Object.entries(limits)) usage[`limits.${name}`] = amount
  return usage
}

/** What a Service takes from quotas. */
export function serviceQuotaUsage({ spec }: DeepReadonly<Service>): Resources {
  const ports = Quantity.of(nodePorts(spec))
  return {
    'count/services': one,
    services: one,
    'services.nodeports': ports,
    'services.loadbalancers': spec?.type === 'LoadBalancer' ? one : Quantity.zero,
  }
}

function nodePorts(spec: DeepReadonly<Service>['spec']): number {
  if (spec?.type === 'NodePort') return spec.ports?.length ?? 0
  if (spec?.type !== 'LoadBalancer') return 0
  if (spec.allocateLoadBalancerNodePorts === false) return spec.ports?.filter(({ nodePort }) => nodePort).length ?? 0
  return spec.ports?.length ?? 0
}

/** What a claim takes from quotas, that of its storage class among them. */
export function claimQuotaUsage({ metadata, spec }: ClaimView): Resources {
  const storage = Quantity.parse(spec?.resources?.requests?.storage ?? '0')
  const usage: Resources = {
    'count/persistentvolumeclaims': one,
    persistentvolumeclaims: one,
    'requests.storage': storage,
  }
  const storageClass = metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName
  if (storageClass) {
    const prefix = `${storageClass}.storageclass.storage.k8s.io/`
    usage[`${prefix}persistentvolumeclaims`] = one
    usage[`${prefix}requests.storage`] = storage
  }
  return usage
}

/** Whether all of a quota's scopes hold for the pod. */
export function inQuotaScopes(quota: DeepReadonly<ResourceQuota>, pod: PodView): boolean {
  return quotaScopes(quota).every((scope) => inScope(scope, pod))
}

/** A quota's scopes, in both of their forms. */
export function quotaScopes({ spec }: DeepReadonly<ResourceQuota>): Requirement[] {
  const scopes = (spec?.scopes ?? []).map((scopeName): Requirement => ({ scopeName, operator: 'Exists' }))
  return [...scopes, ...(spec?.scopeSelector?.matchExpressions ?? [])]
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
