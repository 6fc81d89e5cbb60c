import type { Job, Pod } from '@wherry/api'
import { type DeepReadonly, parseTime } from '@wherry/apimachinery'
import { isDeleting } from '../meta.ts'

export type JobView = DeepReadonly<Job>
export type PodView = DeepReadonly<Pod>

/** Keeps an ended pod until its Job has counted it. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking'
export const indexAnnotation = 'batch.kubernetes.io/job-completion-index'
export const indexFailureCountAnnotation = 'batch.kubernetes.io/job-index-failure-count'
export const indexIgnoredFailureCountAnnotation = 'batch.kubernetes.io/job-index-ignored-failure-count'

export function isIndexed(job: JobView): boolean {
  return job.spec?.completionMode === 'Indexed'
}

export function isSuspended(job: JobView): boolean {
  return job.spec?.suspend === true
}

/** Whether the Job has come to its end, for good or ill. */
export function isFinished(job: JobView): boolean {
  return (job.status?.conditions ?? []).some(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  )
}

/** A pod whose end has not been counted yet. */
export function isTracked(pod: PodView): boolean {
  return pod.metadata.finalizers?.includes(trackingFinalizer) ?? false
}

/** The pod's completion index; undefined where it has none that the Job knows. */
export function indexOf(job: JobView, pod: PodView): number | undefined {
  const text = pod.metadata.annotations?.[indexAnnotation] ?? ''
  const index = /^\d+$/.test(text) ? Number(text) : undefined
  return index !== undefined && index < (job.spec?.completions ?? 0) ? index : undefined
}

/** Whether pods are replaced only once they have failed, not while they terminate. */
export function replacesOnlyFailed(job: JobView): boolean {
  return job.spec?.podReplacementPolicy === 'Failed' || job.spec?.podFailurePolicy !== undefined
}

/** A pod that is deleted counts as failed too, unless the Job waits for its phase. As `isPodFailed`. */
export function hasFailed(job: JobView, pod: PodView): boolean {
  if (pod.status?.phase === 'Failed') return true
  return !replacesOnlyFailed(job) && isDeleting(pod.metadata) && pod.status?.phase !== 'Succeeded'
}

/** When the pod's last container ended, in milliseconds since the epoch; when it was deleted, if none has told. */
export function finishedAt(pod: PodView, now: number): number {
  const times = (pod.status?.containerStatuses ?? []).flatMap(({ state }) => state?.terminated?.finishedAt ?? [])
  if (times.length > 0) return Math.max(...times.map(parseTime))
  return pod.metadata.deletionTimestamp === undefined ? now : parseTime(pod.metadata.deletionTimestamp)
}

export function failureCountOf(pod: PodView | undefined, annotation = indexFailureCountAnnotation): number {
  const text = pod?.metadata.annotations?.[annotation] ?? ''
  return /^\d+$/.test(text) ? Number(text) : 0
}
