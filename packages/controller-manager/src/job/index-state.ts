import { formatIndexes, parseIndexes } from './indexes.ts'
import {
  failureCountOf,
  hasFailed,
  indexIgnoredFailureCountAnnotation,
  indexOf,
  isTracked,
  type JobView,
  type PodView,
} from './job-pods.ts'
import { judgeFailure } from './policies.ts'

/** Which indexes of an Indexed Job have come to an end. */
export interface IndexState {
  /** Counted before this sync. */
  before: Set<number>
  succeeded: Set<number>
  /** Undefined unless failures are limited per index. */
  failed: Set<number> | undefined
  /** The failed pod of each index that passes its number of failures on to its successor. */
  predecessors: Map<number, PodView>
}

/** As `calculateSucceededIndexes`, `calculateFailedIndexes` and `getPodsWithDelayedDeletionPerIndex`. */
export function indexState(job: JobView, pods: readonly PodView[]): IndexState {
  const completions = job.spec?.completions ?? 0
  const before = parseIndexes(job.status?.completedIndexes, completions)
  const succeeded = new Set(before)
  for (const pod of pods) {
    const index = indexOf(job, pod)
    if (index !== undefined && pod.status?.phase === 'Succeeded' && isTracked(pod)) succeeded.add(index)
  }
  const limit = job.spec?.backoffLimitPerIndex
  const predecessors = new Map<number, PodView>()
  if (limit === undefined) return { before, succeeded, failed: undefined, predecessors }
  const failed = parseIndexes(job.status?.failedIndexes, completions)
  for (const pod of pods) {
    const index = indexOf(job, pod)
    if (index === undefined || !isTracked(pod) || !hasFailed(job, pod) || succeeded.has(index)) continue
    const { failsIndex } = judgeFailure(job.spec?.podFailurePolicy, pod)
    if (failsIndex || nextFailureCounts(job, pod).counted > limit) failed.add(index)
    const other = predecessors.get(index)
    const rank = (p: PodView) => failureCountOf(p) + failureCountOf(p, indexIgnoredFailureCountAnnotation)
    if (!other || rank(pod) > rank(other)) predecessors.set(index, pod)
  }
  for (const pod of pods) {
    // A successor is there already: nothing is left to pass on.
    const index = indexOf(job, pod)
    if (index !== undefined && !hasFailed(job, pod) && pod.status?.phase !== 'Succeeded') predecessors.delete(index)
  }
  for (const index of failed) predecessors.delete(index)
  return { before, succeeded, failed, predecessors }
}

/** The numbers of failures that the successor of a failed pod starts with. */
export function nextFailureCounts(job: JobView, pod: PodView | undefined): { counted: number; ignored: number } {
  const counted = failureCountOf(pod)
  const ignored = failureCountOf(pod, indexIgnoredFailureCountAnnotation)
  if (!pod) return { counted: 0, ignored: 0 }
  return judgeFailure(job.spec?.podFailurePolicy, pod).counts
    ? { counted: counted + 1, ignored }
    : { counted, ignored: ignored + 1 }
}

/** The lowest indexes that have neither ended nor a pod that runs. As `firstPendingIndexes`. */
export function pendingIndexes(
  job: JobView,
  state: IndexState,
  active: readonly PodView[],
  terminating: readonly PodView[],
  count: number,
): number[] {
  const taken = new Set([...active, ...terminating].flatMap((pod) => indexOf(job, pod) ?? []))
  const pending: number[] = []
  for (let index = 0; index < (job.spec?.completions ?? 0) && pending.length < count; index++) {
    if (!taken.has(index) && !state.succeeded.has(index) && !state.failed?.has(index)) pending.push(index)
  }
  return pending
}

/** The texts of the status. */
export function indexTexts({ succeeded, failed }: IndexState): { completedIndexes?: string; failedIndexes?: string } {
  const completedIndexes = formatIndexes(succeeded)
  return {
    ...(completedIndexes ? { completedIndexes } : {}),
    ...(failed ? { failedIndexes: formatIndexes(failed) } : {}),
  }
}
