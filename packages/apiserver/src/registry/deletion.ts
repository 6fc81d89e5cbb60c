import type { KubeObject, ObjectMeta } from '@wherry/api'
import { conflict, type DeepReadonly, formatTime, parseTime } from '@wherry/apimachinery'
import type { DeleteOptions } from './behaviours.ts'
import type { ResourceDefinition } from './resource.ts'

/** What a delete does to an object. */
export type DeletePlan =
  /** It is being deleted already, and this request changes nothing. */
  | { readonly do: 'nothing' }
  /** It goes now. */
  | { readonly do: 'remove' }
  /** It stays, marked, until its finalizers or its grace period are over. */
  | { readonly do: 'mark'; readonly object: KubeObject }

/** Options as clients send them: `orphanDependents` is the older form of the policy. */
export type DeleteRequest = DeleteOptions & { readonly orphanDependents?: boolean | undefined }

const orphan = 'orphan'
const foreground = 'foregroundDeletion'

/**
 * Decides what a delete does. `object` is a copy that the plan may keep. As upstream: registry/rest, `BeforeDelete`,
 * and `updateForGracefulDeletionAndFinalizers` of the generic store; but an object without grace and finalizers is not
 * marked before it is removed, which saves a write.
 */
export function planDelete(
  definition: ResourceDefinition,
  object: KubeObject,
  options: DeleteRequest,
  now: number,
): DeletePlan {
  const { metadata } = object
  checkPreconditions(definition, metadata, options)
  const grace = graceOf(definition, object, options, now)
  if (grace === 'pending') return { do: 'nothing' }
  const finalizers = finalizersAfter(metadata, options)
  if (finalizers.length > 0) metadata.finalizers = finalizers
  else delete metadata.finalizers
  const waits = finalizers.length > 0 || (definition.otherFinalizers?.(object) ?? []).length > 0
  if (!waits && grace === 0) return { do: 'remove' }
  mark(metadata, grace, now)
  definition.markDeleted?.(object)
  return { do: 'mark', object }
}

/** Throws a conflict where the uid or resourceVersion is not the one that the client expects. */
export function checkPreconditions(
  { kind }: ResourceDefinition,
  meta: DeepReadonly<ObjectMeta>,
  { preconditions }: DeleteOptions,
): void {
  // Upstream names the kind where the resource should stand; clients see it, so it is kept.
  const resource = { group: kind.group, resource: kind.kind }
  const { uid, resourceVersion } = preconditions ?? {}
  if (uid !== undefined && uid !== meta.uid) {
    const cause = `the UID in the precondition (${uid}) does not match the UID in record (${meta.uid}). The object might have been deleted and then recreated`
    throw conflict(resource, meta.name ?? '', cause)
  }
  if (resourceVersion !== undefined && resourceVersion !== meta.resourceVersion) {
    const cause = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${meta.resourceVersion}). The object might have been modified`
    throw conflict(resource, meta.name ?? '', cause)
  }
}

/** The seconds that the object may still take; `pending` when a delete is under way that this one does not shorten. */
function graceOf(
  definition: ResourceDefinition,
  object: KubeObject,
  options: DeleteOptions,
  now: number,
): number | 'pending' {
  const { deletionTimestamp, deletionGracePeriodSeconds: running = 0 } = object.metadata
  if (!definition.gracePeriod) return 0
  const requested = options.gracePeriodSeconds
  const wanted = requested !== undefined && requested < 0 ? 1 : requested
  if (!deletionTimestamp) return definition.gracePeriod(object, wanted)
  if (running === 0) return 0
  // A grace period that runs can only be shortened, and ends no earlier than now.
  if (wanted === undefined || wanted >= running) return 'pending'
  const end = parseTime(deletionTimestamp) - running * 1000 + wanted * 1000
  return end < now && wanted !== 0 ? 1 : wanted
}

function mark(metadata: ObjectMeta, grace: number, now: number): void {
  const running = metadata.deletionTimestamp
  if (!running) {
    if (metadata.generation) metadata.generation++
    metadata.deletionTimestamp = formatTime(now + grace * 1000)
  } else {
    const begun = parseTime(running) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000
    const shortened = Math.max(begun + grace * 1000, Math.min(now, parseTime(running)))
    metadata.deletionTimestamp = formatTime(shortened)
  }
  metadata.deletionGracePeriodSeconds = grace
}

/** The finalizers that stand for the propagation policy, beside those of others. */
function finalizersAfter(metadata: DeepReadonly<ObjectMeta>, options: DeleteRequest): string[] {
  const finalizers = metadata.finalizers ?? []
  const others = finalizers.filter((finalizer) => finalizer !== orphan && finalizer !== foreground)
  const wanted = policyFinalizer(finalizers, options)
  return wanted === undefined ? others : [...others, wanted]
}

/** An explicit policy overrides what a finalizer on the object says; without either, dependents go in the background. */
function policyFinalizer(finalizers: readonly string[], options: DeleteRequest): string | undefined {
  if (options.orphanDependents !== undefined) return options.orphanDependents ? orphan : undefined
  if (options.propagationPolicy === 'Orphan') return orphan
  if (options.propagationPolicy === 'Foreground') return foreground
  if (options.propagationPolicy === 'Background') return undefined
  return finalizers.find((finalizer) => finalizer === orphan || finalizer === foreground)
}

/** Whether an update has taken away the last thing that a marked object waited for. */
export function isFinished(definition: ResourceDefinition, object: KubeObject, old: DeepReadonly<KubeObject>): boolean {
  if (!old.metadata.deletionTimestamp || (old.metadata.deletionGracePeriodSeconds ?? 0) !== 0) return false
  if ((object.metadata.finalizers ?? []).length > 0) return false
  return (definition.otherFinalizers?.(object) ?? []).length === 0
}
