import type { Container, Pod, PodSchedulingGate, PodSpec, Toleration } from '@wherry/api'
import {
  type DeepReadonly,
  deepEqual,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  semanticEqual,
} from '@wherry/apimachinery'
import { validateMirrorUpdate } from './pod.ts'
import { validateDeadline } from './spec.ts'

type Spec = DeepReadonly<PodSpec>
type Containers = DeepReadonly<Container[]>

const updatable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
]

/** What may change in a pod once it exists. As `ValidatePodUpdate`. */
export function validatePodUpdate(pod: DeepReadonly<Pod>, before: DeepReadonly<Pod>): FieldError[] {
  const { spec } = pod
  const { spec: old } = before
  if (!spec || !old) return []
  const { initContainers = [] } = spec
  const recounted = [
    ...validateContainerUpdates(spec.containers, old.containers, 'spec.containers'),
    ...validateContainerUpdates(initContainers, old.initContainers ?? [], 'spec.initContainers'),
  ]
  // Without knowing which container is which, nothing else can be compared.
  if (recounted.length > 0) return recounted.slice(0, 1)
  const errors = validateMirrorUpdate(pod, before)
  const deadline = validateDeadlineUpdate(spec.activeDeadlineSeconds, old.activeDeadlineSeconds)
  errors.push(...deadline)
  if (deadline.length > 0) return errors
  errors.push(...validateAddedTolerations(spec.tolerations ?? [], old.tolerations ?? []))
  errors.push(...validateRemovedGates(spec.schedulingGates ?? [], old.schedulingGates ?? []))
  if (old.schedulingGates?.length) errors.push(...validateGated(spec, old))
  const munged = munge(spec, old)
  if (semanticEqual(munged, old)) return errors
  const text = `pod updates may not change fields other than ${updatable.join(',')}\n${difference(old, munged)}`
  return [...errors, fieldForbidden('spec', text)]
}

function validateContainerUpdates(containers: Containers, old: Containers, field: string): FieldError[] {
  return containers.length === old.length ? [] : [fieldForbidden(field, 'pod updates may not add or remove containers')]
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
  return kept ? [] : [fieldForbidden('spec.tolerations', detail)]
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

/** A pod that nobody has placed yet may be steered further: its nodeSelector may only become narrower. */
function validateGated(spec: Spec, old: Spec): FieldError[] {
  const selector = spec.nodeSelector ?? {}
  const lost = Object.entries(old.nodeSelector ?? {}).some(([key, value]) => selector[key] !== value)
  const detail = 'only additions to spec.nodeSelector are allowed (no deletions or mutations)'
  return lost ? [fieldInvalid('spec.nodeSelector', selector, detail)] : []
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

/** The members that differ, old and new. */
function difference(old: Spec, now: Spec): string {
  const names = new Set([...Object.keys(old), ...Object.keys(now)])
  return [...names]
    .filter((name) => !semanticEqual(Reflect.get(old, name), Reflect.get(now, name)))
    .flatMap((name) => [`-${line(old, name)}`, `+${line(now, name)}`])
    .join('\n')
}

const line = (spec: Spec, name: string): string => ` ${name}: ${JSON.stringify(Reflect.get(spec, name) ?? null)}`
