import type { Kind, KubeObject } from '@wherry/api'
import { type DeepReadonly, deepClone, formatTime, semanticEqual } from '@wherry/apimachinery'
import type { Client } from '@wherry/client'

/** What the conditions of workloads share. */
export interface Condition {
  type: string
  status: string
  reason?: string
  message?: string
  lastTransitionTime?: string
}

/**
 * Conditions with `next` set in place of the one of its type. One with the same status and reason stays as it is, and
 * one with the same status keeps its transition time. As upstream's `Set…Condition` of each workload.
 */
export function withCondition<C extends Condition>(conditions: readonly C[] | undefined, next: C): C[] {
  const current = conditions?.find(({ type }) => type === next.type)
  if (current && current.status === next.status && current.reason === next.reason) return [...(conditions ?? [])]
  const kept = current?.status === next.status ? current.lastTransitionTime : undefined
  const set = kept === undefined ? next : { ...next, lastTransitionTime: kept }
  return [...withoutCondition(conditions, next.type), set]
}

/** Conditions without the one of this type. */
export function withoutCondition<C extends { readonly type: string }>(
  conditions: readonly C[] | undefined,
  type: string,
): C[] {
  return (conditions ?? []).filter((condition) => condition.type !== type)
}

/** A condition that has changed at `now`. */
export function newCondition(
  type: string,
  status: 'True' | 'False' | 'Unknown',
  reason: string,
  message: string,
  now: number,
): Required<Condition> {
  return { type, status, lastTransitionTime: formatTime(now), reason, message }
}

/** An empty list as Go leaves it out of JSON. */
export function listOrAbsent<T>(list: T[]): T[] | undefined {
  return list.length === 0 ? undefined : list
}

/** A number as Go's `omitempty` writes it: 0 is left out. */
export function countOrAbsent(count: number): number | undefined {
  return count === 0 ? undefined : count
}

/** The object without its undefined members, at the top level. */
export function compact<T extends object>(object: T): T {
  const copy = { ...object }
  for (const key in copy) if (copy[key] === undefined) delete copy[key]
  return copy
}

/**
 * Writes `status` through the status subresource, unless it says what the object says already. Resolves with whether
 * it wrote. Throws a conflict when the object has changed since it was read: the caller looks again.
 */
export async function updateStatus<T extends KubeObject & { status?: unknown }>(
  client: Client,
  kind: Kind<T>,
  object: DeepReadonly<T>,
  status: NonNullable<T['status']>,
): Promise<boolean> {
  if (semanticEqual(object.status, status)) return false
  await client.update(kind, Object.assign(deepClone<T>(object), { status }), { subresource: 'status' })
  return true
}
