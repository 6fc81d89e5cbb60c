import type { PodCondition, PodStatus } from '@wherry/api'
import { type DeepReadonly, deepEqual } from '@wherry/apimachinery'

/** Members of a pod's status that the kubelet takes away when they no longer hold. */
const removable = ['podIP', 'podIPs', 'reason', 'message'] as const

/**
 * The strategic merge patch that makes the API's status `wanted`; undefined when nothing is to be done. Only what differs
 * is in it, so that conditions of others, and what others write meanwhile, stay.
 */
export function statusPatch(
  wanted: PodStatus,
  current: DeepReadonly<PodStatus> | undefined,
): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {}
  const has: Readonly<Record<string, unknown>> = { ...current }
  for (const [key, value] of Object.entries(wanted)) {
    if (key === 'conditions' || deepEqual(value, has[key])) continue
    // Lists of addresses would be merged.
    patch[key] = key in has && (key === 'podIPs' || key === 'hostIPs') ? [...value, { $patch: 'replace' }] : value
  }
  for (const key of removable) if (!(key in wanted) && current?.[key] !== undefined) patch[key] = null
  const conditions = changedConditions(wanted.conditions ?? [], current?.conditions ?? [])
  if (conditions.length > 0) patch.conditions = conditions
  return Object.keys(patch).length > 0 ? patch : undefined
}

/** Reasons and messages that are gone are nulled, since a merge leaves absent members alone. */
function changedConditions(
  wanted: readonly PodCondition[],
  current: readonly DeepReadonly<PodCondition>[],
): Record<string, unknown>[] {
  return wanted.flatMap((condition): Record<string, unknown>[] => {
    const before = current.find(({ type }) => type === condition.type)
    if (before && deepEqual(withoutProbeTime(before), condition)) return []
    const gone = (['reason', 'message'] as const).filter((key) => before?.[key] !== undefined && !(key in condition))
    return [{ ...condition, ...Object.fromEntries(gone.map((key) => [key, null])) }]
  })
}

function withoutProbeTime({ lastProbeTime: _, ...rest }: DeepReadonly<PodCondition>): DeepReadonly<PodCondition> {
  return rest
}
