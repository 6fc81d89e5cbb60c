import type { Taint, Toleration } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'

/**
 * Whether the toleration covers the taint. An empty effect covers every effect, an empty key every key; an unknown
 * operator covers nothing. As k8s.io/api/core/v1 `Toleration.ToleratesTaint`.
 */
export function tolerates(toleration: DeepReadonly<Toleration>, taint: DeepReadonly<Taint>): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false
  if (toleration.key && toleration.key !== taint.key) return false
  switch (toleration.operator ?? '') {
    case '':
    case 'Equal':
      return (toleration.value ?? '') === (taint.value ?? '')
    case 'Exists':
      return true
    default:
      return false
  }
}

/** The first taint with one of these effects that no toleration covers; undefined when all are covered. */
export function findUntolerated<T extends DeepReadonly<Taint>>(
  taints: readonly T[] | undefined,
  tolerations: DeepReadonly<Toleration[]> | undefined,
  effects: readonly string[] = ['NoSchedule', 'NoExecute'],
): T | undefined {
  return taints?.find((taint) => effects.includes(taint.effect) && !tolerations?.some((t) => tolerates(t, taint)))
}

/** Whether every taint with one of these effects is covered. */
export function toleratesAll(
  taints: DeepReadonly<Taint[]> | undefined,
  tolerations: DeepReadonly<Toleration[]> | undefined,
  effects?: readonly string[],
): boolean {
  return findUntolerated(taints, tolerations, effects) === undefined
}
