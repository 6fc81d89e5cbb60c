import { finishedAt, type PodView } from './job-pods.ts'

const firstDelayMs = 10_000
const longestDelayMs = 600_000

/** How often pods have failed since one last succeeded, and when. */
export interface BackoffRecord {
  failures: number
  lastFailure: number
}

export const noFailures: BackoffRecord = { failures: 0, lastFailure: 0 }

/** Takes in pods that have ended: a success forgives the failures before it. As `newBackoffRecord`. */
export function recordEnds(
  record: BackoffRecord,
  succeeded: readonly PodView[],
  failed: readonly PodView[],
  now: number,
): BackoffRecord {
  const lastSuccess = Math.max(Number.NEGATIVE_INFINITY, ...succeeded.map((pod) => finishedAt(pod, now)))
  const times = failed.map((pod) => finishedAt(pod, now)).filter((time) => time > lastSuccess)
  const before = succeeded.length > 0 ? 0 : record.failures
  if (times.length === 0) return succeeded.length > 0 ? noFailures : record
  return { failures: before + times.length, lastFailure: Math.max(...times) }
}

/** Milliseconds to wait before pods are made again; 0 when they may be made now. */
export function remainingBackoff(failures: number, lastFailure: number, now: number): number {
  if (failures === 0) return 0
  const delay = Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 1))
  return Math.max(0, lastFailure + delay - now)
}
