import { type Container, LimitRange, type LimitRangeItem, PersistentVolumeClaim, Pod } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { Behaviours } from '../registry/behaviours.ts'
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts'
import { limitProblems, podTotals } from './limit-rules.ts'
import { objectOf, refusal } from './targets.ts'

type Item = DeepReadonly<LimitRangeItem>

/** Gives containers the defaults of a namespace's limit ranges, and holds pods and claims to their bounds. */
export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  async admit(attributes, behaviours) {
    const pod = attributes.operation === 'CREATE' ? objectOf(attributes, Pod) : undefined
    if (!pod?.spec) return
    for (const range of rangesOf(attributes, behaviours)) setDefaults(pod, range.spec?.limits ?? [])
  },
  async validate(attributes, behaviours) {
    const pod = attributes.operation === 'CREATE' ? objectOf(attributes, Pod) : undefined
    const claim = attributes.operation === 'DELETE' ? undefined : objectOf(attributes, PersistentVolumeClaim)
    if ((!pod && !claim) || attributes.object?.metadata.deletionTimestamp) return
    for (const range of rangesOf(attributes, behaviours)) {
      const limits = range.spec?.limits ?? []
      const problems = pod ? podProblems(pod, limits) : claimProblems(claim, limits)
      if (problems.length === 1) throw refusal(attributes, problems[0] ?? '')
      if (problems.length > 1) throw refusal(attributes, `[${[...new Set(problems)].join(', ')}]`)
    }
  },
}

function rangesOf({ namespace }: AdmissionAttributes, behaviours: Behaviours): DeepReadonly<LimitRange>[] {
  return behaviours.store(LimitRange).list(namespace)
}

function setDefaults(pod: Pod, limits: readonly Item[]): void {
  const requests: Record<string, string> = {}
  const ceilings: Record<string, string> = {}
  for (const limit of limits.filter(({ type }) => type === 'Container')) {
    Object.assign(requests, limit.defaultRequest)
    Object.assign(ceilings, limit.default)
  }
  const set = [
    ...(pod.spec?.containers ?? []).flatMap((one) => fill(one, 'container', requests, ceilings)),
    ...(pod.spec?.initContainers ?? []).flatMap((one) => fill(one, 'init container', requests, ceilings)),
  ]
  if (set.length === 0) return
  const text = `LimitRanger plugin set: ${set.join('; ')}`
  pod.metadata.annotations = { ...pod.metadata.annotations, 'kubernetes.io/limit-ranger': text }
}

/** What was set, in the words of the annotation. */
function fill(
  container: Container,
  what: string,
  requests: Readonly<Record<string, string>>,
  ceilings: Readonly<Record<string, string>>,
): string[] {
  const resources = container.resources ?? {}
  const missing = (defaults: object, own: object | undefined) =>
    Object.keys(defaults)
      .filter((key) => own === undefined || !(key in own))
      .sort()
  const newLimits = missing(ceilings, resources.limits)
  const newRequests = missing(requests, resources.requests)
  if (newLimits.length > 0) resources.limits = { ...ceilings, ...resources.limits }
  if (newRequests.length > 0) resources.requests = { ...requests, ...resources.requests }
  container.resources = resources
  return [
    ...(newRequests.length > 0 ? [`${newRequests.join(', ')} request for ${what} ${container.name}`] : []),
    ...(newLimits.length > 0 ? [`${newLimits.join(', ')} limit for ${what} ${container.name}`] : []),
  ]
}

function podProblems(pod: DeepReadonly<Pod>, limits: readonly Item[]): string[] {
  return limits.flatMap((limit) => {
    if (limit.type === 'Pod') return limitProblems(limit, podTotals(pod))
    if (limit.type !== 'Container') return []
    const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]
    return containers.flatMap(({ resources }) =>
      limitProblems(limit, { requests: resources?.requests ?? {}, limits: resources?.limits ?? {} }),
    )
  })
}

function claimProblems(claim: DeepReadonly<PersistentVolumeClaim> | undefined, limits: readonly Item[]): string[] {
  const requests = claim?.spec?.resources?.requests ?? {}
  return limits
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap((limit) => limitProblems(limit, { requests, limits: requests }))
}
