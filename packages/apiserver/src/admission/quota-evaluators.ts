import { type Container, PersistentVolumeClaim, Pod, Service } from '@wherry/api'
import { compareUtf8, type DeepReadonly, Quantity } from '@wherry/apimachinery'
import {
  claimQuotaUsage,
  computeUsage,
  inQuotaScopes,
  podQuotaUsage,
  quotaScopes,
  type Resources,
  resourcesOf,
  serviceQuotaUsage,
} from '@wherry/component-helpers'
import type { ResourceQuota } from '@wherry/api'
import type { AdmissionAttributes } from './admission.ts'
import { isA, isFor, oldOf } from './targets.ts'

/** How one write counts against quotas. As k8s.io/kubernetes/pkg/quota/v1/evaluator. */
export interface QuotaUse {
  readonly usage: Resources
  /** What the object took before; absent where it is new. */
  readonly before?: Resources
  /** Whether a quota's name for an amount is one that such objects take. */
  counts(name: string): boolean
  inScope(quota: DeepReadonly<ResourceQuota>): boolean
  /** What the object must say to be counted under these names. */
  problem?(names: readonly string[]): string | undefined
}

/** Kinds of which no quota counts the objects. */
const ignored = new Set([
  '/bindings',
  '/componentstatuses',
  '/events',
  'events.k8s.io/events',
  'authentication.k8s.io/tokenreviews',
  'authentication.k8s.io/selfsubjectreviews',
  'authorization.k8s.io/localsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectrulesreviews',
  'authorization.k8s.io/subjectaccessreviews',
])
/** Kinds of core that quotas also count without `count/`. */
const aliases = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets'])

/** How this write counts; undefined where it does not. */
export function quotaUseOf(attributes: AdmissionAttributes): QuotaUse | undefined {
  const { operation, object, resource, subresource } = attributes
  if (!object || (operation !== 'CREATE' && operation !== 'UPDATE')) return undefined
  const creates = operation === 'CREATE'
  const resizes = operation === 'UPDATE' && subresource === 'resize'
  if (resource.resource === Pod.resource && resource.group === '') {
    if (!(creates && subresource === '') && !resizes) return undefined
    return isA(object, Pod) ? podUse(object, oldOf(attributes, Pod)) : undefined
  }
  if (subresource !== '') return undefined
  if (isFor(attributes, Service)) {
    if (!isA(object, Service)) return undefined
    const before = oldOf(attributes, Service)
    return useOf(serviceQuotaUsage(object), before && serviceQuotaUsage(before))
  }
  if (isFor(attributes, PersistentVolumeClaim)) {
    if (!isA(object, PersistentVolumeClaim)) return undefined
    const before = oldOf(attributes, PersistentVolumeClaim)
    return useOf(claimQuotaUsage(object), before && claimQuotaUsage(before))
  }
  if (!creates || ignored.has(`${resource.group}/${resource.resource}`)) return undefined
  const name = resource.group === '' ? resource.resource : `${resource.resource}.${resource.group}`
  const one = Quantity.of(1)
  const alias = resource.group === '' && aliases.has(name) ? { [name]: one } : {}
  return useOf({ [`count/${name}`]: one, ...alias }, undefined)
}

/** Objects that quotas with scopes do not count. */
function useOf(usage: Resources, before: Resources | undefined): QuotaUse {
  return {
    usage,
    ...(before ? { before } : {}),
    counts: (name) => Object.hasOwn(usage, name),
    inScope: (quota) => quotaScopes(quota).length === 0,
  }
}

const amounts = ['cpu', 'memory', 'ephemeral-storage']
const podNames = new Set([
  'pods',
  'count/pods',
  ...amounts.flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
])
/** Whoever limits these asks every container to say what it wants of them. */
const demanded = ['cpu', 'memory'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`])

function podUse(pod: Pod, old: DeepReadonly<Pod> | undefined): QuotaUse {
  return {
    usage: podQuotaUsage(pod),
    ...(old ? { before: podQuotaUsage(old) } : {}),
    counts: (name) =>
      podNames.has(name) ||
      /^(requests\.)?hugepages-/.test(name) ||
      (name.startsWith('requests.') && name.includes('/')),
    inScope: (quota) => inQuotaScopes(quota, pod),
    problem: (names) => podProblem(pod, new Set(names.filter((name) => demanded.includes(name)))),
  }
}

/** As `podEvaluator.Constraints`. */
function podProblem(pod: Pod, names: ReadonlySet<string>): string | undefined {
  const whole = amountsOf(pod.spec?.resources)
  const missing = new Map<string, Set<string>>()
  for (const container of [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]) {
    const own = { ...amountsOf(container.resources), ...whole }
    for (const name of names) {
      if (Object.hasOwn(own, name)) continue
      const containers = missing.get(name) ?? new Set()
      missing.set(name, containers.add(container.name))
    }
  }
  if (missing.size === 0) return undefined
  const texts = [...missing]
    .sort(([a], [b]) => compareUtf8(a, b))
    .map(([name, containers]) => `${name} for: ${[...containers].sort(compareUtf8).join(',')}`)
  return `must specify ${texts.join('; ')}`
}

function amountsOf(resources: Container['resources']): Resources {
  return computeUsage(resourcesOf(resources?.requests), resourcesOf(resources?.limits))
}
