import type { Container, NodeAffinity, NodeSelectorTerm, Pod, PodSchedulingGate, Toleration } from '@wherry/api'
import {
  type DeepReadonly,
  deepEqual,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
  semanticEqual,
} from '@wherry/apimachinery'
import { validateAnnotationUpdates } from './annotations.ts'
import type { Spec } from './context.ts'
import { difference } from './difference.ts'
import { validateImages } from './images.ts'
import { validateTolerations } from './scheduling.ts'
import { validateDeadline } from './spec.ts'

type Containers = DeepReadonly<Container[]>

const updatable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
]

/** What may change in a pod once it exists. As `ValidatePodUpdate`, beside what holds for every pod. */
export function validatePodUpdate(pod: DeepReadonly<Pod>, before: DeepReadonly<Pod>): FieldError[] {
  const { spec } = pod
  const { spec: old } = before
  const errors = validateAnnotationUpdates(
    pod.metadata.annotations,
    before.metadata.annotations,
    'metadata.annotations',
  )
  if (!spec || !old) return errors
  for (const name of ['containers', 'initContainers'] as const) {
    const [now, was]: [Containers, Containers] = [spec[name] ?? [], old[name] ?? []]
    // Without knowing which container is which, nothing else can be compared.
    if (now.length !== was.length) {
      return [...errors, fieldForbidden(`spec.${name}`, 'pod updates may not add or remove containers')]
    }
    errors.push(...validateUpdatedImages(now, `spec.${name}`))
  }
  const deadline = validateDeadlineUpdate(spec.activeDeadlineSeconds, old.activeDeadlineSeconds)
  errors.push(...deadline)
  if (deadline.length > 0 && spec.activeDeadlineSeconds !== undefined) return errors
  errors.push(...validateAddedTolerations(spec.tolerations ?? [], old.tolerations ?? []))
  errors.push(...validateRemovedGates(spec.schedulingGates ?? [], old.schedulingGates ?? []))
  if (semanticEqual(spec, old)) return errors
  if (old.schedulingGates?.length) errors.push(...validateGated(spec, old))
  const munged = munge(spec, old)
  if (semanticEqual(munged, old)) return errors
  const text = `pod updates may not change fields other than ${updatable.join(',')}\n${difference(old, munged)}`
  return [...errors, fieldForbidden('spec', text)]
}

function validateUpdatedImages(containers: Containers, field: string): FieldError[] {
  return [
    ...containers.flatMap(({ image }, i) => (image ? [] : [fieldRequired(`${field}[${i}].image`)])),
    ...validateImages(containers, field),
  ]
}

/** It may be set, and shortened. */
function validateDeadlineUpdate(seconds: number | undefined, old: number | undefined): FieldError[] {
  const field = 'spec.activeDeadlineSeconds'
  if (seconds === undefined) {
    const detail = 'must not update from a positive integer to nil value'
    return old === undefined ? [] : [fieldInvalid(field, undefined, detail)]
  }
  const refused = validateDeadline(seconds, field, 0)
  if (refused.length > 0 || old === undefined || seconds <= old) return refused
  return [fieldInvalid(field, seconds, 'must be less than or equal to previous value')]
}

function validateAddedTolerations(
  tolerations: DeepReadonly<Toleration[]>,
  old: DeepReadonly<Toleration[]>,
): FieldError[] {
  const kept = old.every(({ tolerationSeconds: _, ...before }) =>
    tolerations.some(({ tolerationSeconds: _seconds, ...after }) => deepEqual(after, before)),
  )
  const detail = 'existing toleration can not be modified except its tolerationSeconds'
  return kept ? validateTolerations(tolerations, 'spec.tolerations') : [fieldForbidden('spec.tolerations', detail)]
}

function validateRemovedGates(
  gates: DeepReadonly<PodSchedulingGate[]>,
  old: DeepReadonly<PodSchedulingGate[]>,
): FieldError[] {
  const known = new Set(old.map(({ name }) => name))
  return gates.flatMap(({ name }, i) => {
    if (known.has(name)) return []
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`
    return [fieldForbidden(`spec.schedulingGates[${i}].name`, detail)]
  })
}

/** A pod that nobody has placed yet may be steered further: where it can go may only become narrower. */
function validateGated(spec: Spec, old: Spec): FieldError[] {
  const selector = spec.nodeSelector ?? {}
  const errors: FieldError[] = []
  if (Object.entries(old.nodeSelector ?? {}).some(([key, value]) => selector[key] !== value)) {
    const detail = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)'
    errors.push(fieldInvalid('spec.nodeSelector', selector, detail))
  }
  const [now, before] = [spec.affinity?.nodeAffinity, old.affinity?.nodeAffinity]
  return semanticEqual(now, before) ? errors : [...errors, ...validateNarrowed(now, before)]
}

/** As `validateNodeAffinityMutation`. */
function validateNarrowed(
  now: DeepReadonly<NodeAffinity> | undefined,
  old: DeepReadonly<NodeAffinity> | undefined,
): FieldError[] {
  const name = 'requiredDuringSchedulingIgnoredDuringExecution'
  const field = `spec.affinity.nodeAffinity.${name}.nodeSelectorTerms`
  const before = old?.[name]?.nodeSelectorTerms ?? []
  const terms = now?.[name]?.nodeSelectorTerms ?? []
  if (before.length === 0) return []
  if (before.length !== terms.length) {
    const detail = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed'
    return [fieldInvalid(field, terms.map(asInternal), detail)]
  }
  return before.flatMap((term, i) => {
    const after = terms[i] ?? {}
    if (onlyAdds(after, term)) return []
    const detail = 'only additions are allowed (no mutations or deletions)'
    return [fieldInvalid(`${field}[${i}]`, asInternal(after), detail)]
  })
}

function onlyAdds(now: DeepReadonly<NodeSelectorTerm>, old: DeepReadonly<NodeSelectorTerm>): boolean {
  const lists = ['matchExpressions', 'matchFields'] as const
  // An empty term matches nothing: anything in it would match more.
  if (lists.every((name) => !old[name]?.length)) return lists.every((name) => !now[name]?.length)
  return lists.every((name) => semanticEqual((now[name] ?? []).slice(0, old[name]?.length ?? 0), old[name] ?? []))
}

/** The term as upstream's messages show it: the fields of its internal type. */
function asInternal({ matchExpressions, matchFields }: DeepReadonly<NodeSelectorTerm>): object {
  const list = (requirements: typeof matchExpressions) =>
    requirements?.map(({ key, operator, values }) => ({ Key: key, Operator: operator, Values: values ?? null })) ?? null
  return { MatchExpressions: list(matchExpressions), MatchFields: list(matchFields) }
}

/** The new spec with the old one's values where a change is allowed: what differs then is not allowed. */
function munge(spec: Spec, old: Spec): Spec {
  const withImages = (containers: Containers | undefined, before: Containers | undefined) =>
    containers?.map((container, i) => ({ ...container, image: before?.[i]?.image }))
  const gated = (old.schedulingGates?.length ?? 0) > 0
  const { terminationGracePeriodSeconds: grace } = old
  const shortened = grace !== undefined && grace < 0 && spec.terminationGracePeriodSeconds === 1
  const affinity = gated ? { ...spec.affinity, nodeAffinity: old.affinity?.nodeAffinity } : spec.affinity
  return {
    ...spec,
    containers: withImages(spec.containers, old.containers) ?? [],
    initContainers: withImages(spec.initContainers, old.initContainers),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    tolerations: old.tolerations,
    schedulingGates: old.schedulingGates,
    terminationGracePeriodSeconds: shortened ? grace : spec.terminationGracePeriodSeconds,
    nodeSelector: gated ? old.nodeSelector : spec.nodeSelector,
    affinity: semanticEqual(affinity ?? {}, old.affinity ?? {}) ? old.affinity : affinity,
  }
}
