import type { Pod, PodCondition, PodStatus } from '@wherry/api'
import { type DeepReadonly, formatTime, parseTime } from '@wherry/apimachinery'

/** The status condition of this type, if the pod has it. */
export function podCondition(pod: DeepReadonly<Pod>, type: string): DeepReadonly<PodCondition> | undefined {
  return pod.status?.conditions?.find((c) => c.type === type)
}

/** Whether the pod's Ready condition is True: it may receive traffic. */
export function isPodReady(pod: DeepReadonly<Pod>): boolean {
  return podCondition(pod, 'Ready')?.status === 'True'
}

/** Whether the pod has come to its end: no container of it will run again. */
export function isPodTerminal(pod: DeepReadonly<Pod>): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

/** Whether a controller counts the pod: it has not come to its end and nobody deletes it. */
export function isPodActive(pod: DeepReadonly<Pod>): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined
}

/** Whether the pod has been ready for `minReadySeconds` at `now` (milliseconds since the epoch). */
export function isPodAvailable(pod: DeepReadonly<Pod>, minReadySeconds: number, now: number): boolean {
  const ready = podCondition(pod, 'Ready')
  if (ready?.status !== 'True') return false
  if (minReadySeconds === 0) return true
  return ready.lastTransitionTime !== undefined && parseTime(ready.lastTransitionTime) + minReadySeconds * 1000 <= now
}

/**
 * Sets a condition, keeping `lastTransitionTime` where the status did not change. Says whether anything did.
 * As k8s.io/kubernetes/pkg/api/v1/pod `UpdatePodCondition`.
 */
export function updatePodCondition(status: PodStatus, condition: PodCondition, now: number): boolean {
  const conditions = (status.conditions ??= [])
  const index = conditions.findIndex((c) => c.type === condition.type)
  const old = conditions[index]
  if (old === undefined) {
    conditions.push({ ...condition, lastTransitionTime: formatTime(now) })
    return true
  }
  const next = {
    ...condition,
    lastTransitionTime: old.status === condition.status ? old.lastTransitionTime : formatTime(now),
  }
  conditions[index] = next
  const same =
    next.status === old.status &&
    next.reason === old.reason &&
    next.message === old.message &&
    next.lastProbeTime === old.lastProbeTime &&
    next.observedGeneration === old.observedGeneration &&
    next.lastTransitionTime === old.lastTransitionTime
  return !same
}
