import type { ObjectMeta, OwnerReference } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { foregroundFinalizer, type GraphNode, orphanFinalizer } from './graph.ts'

type Meta = DeepReadonly<ObjectMeta>
type Reference = DeepReadonly<OwnerReference>

/** What the server said of an owner. */
export type OwnerState =
  | 'gone'
  /** It waits for its dependents to go first. */
  | 'waiting'
  | 'there'

/** What to do with an object, now that its owners are known. */
export type Verdict =
  | { action: 'keep' }
  /** Some owners are gone, others are not: the object stays and forgets the former. */
  | { action: 'dropReferences'; references: OwnerReference[] }
  | { action: 'delete'; propagationPolicy: 'Background' | 'Foreground' | 'Orphan'; unblock?: OwnerReference[] }

/**
 * Judges an object by its owners. It is kept as long as one of them is there. Otherwise it goes: in the foreground if
 * an owner waits for it and it has dependents of its own. As kube-controller-manager `attemptToDeleteItem`.
 */
export function judge(node: GraphNode, meta: Meta, stateOf: (reference: Reference) => OwnerState): Verdict {
  const references = meta.ownerReferences ?? []
  if (references.length === 0) return { action: 'keep' }
  const states = new Map(references.map((reference) => [reference, stateOf(reference)]))
  const there = references.filter((reference) => states.get(reference) === 'there')
  if (there.length === references.length) return { action: 'keep' }
  if (there.length > 0) return { action: 'dropReferences', references: there.map((reference) => ({ ...reference })) }
  const waiting = references.some((reference) => states.get(reference) === 'waiting')
  if (waiting && node.dependents.size > 0) {
    // A circle of objects that wait for each other would never end: this one blocks nobody.
    const circle = [...node.dependents].some(({ deletingDependents }) => deletingDependents)
    return {
      action: 'delete',
      propagationPolicy: 'Foreground',
      ...(circle ? { unblock: references.map((reference) => ({ ...reference, blockOwnerDeletion: false })) } : {}),
    }
  }
  return { action: 'delete', propagationPolicy: policyOf(meta) }
}

/** A policy that somebody has asked for already stays. */
function policyOf({ finalizers = [] }: Meta): 'Background' | 'Foreground' | 'Orphan' {
  if (finalizers.includes(orphanFinalizer)) return 'Orphan'
  return finalizers.includes(foregroundFinalizer) ? 'Foreground' : 'Background'
}

/** The dependents that hold up an owner's foreground deletion. */
export function blockingDependents(node: GraphNode): GraphNode[] {
  return [...node.dependents].filter(({ owners }) =>
    owners.some(({ uid, blockOwnerDeletion }) => uid === node.uid && blockOwnerDeletion === true),
  )
}
