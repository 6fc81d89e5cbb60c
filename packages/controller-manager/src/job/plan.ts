import type { JobCondition, JobStatus } from '@wherry/api'
import { formatTime, parseTime } from '@wherry/apimachinery'
import { isPodActive, isPodReady, isPodTerminal } from '@wherry/component-helpers'
import { isDeleting } from '../meta.ts'
import { compareForDeletion } from '../pods/pod-ranking.ts'
import { compact, countOrAbsent, newCondition } from '../status.ts'
import { type BackoffRecord, recordEnds, remainingBackoff } from './backoff.ts'
import { type IndexState, indexState, indexTexts, nextFailureCounts, pendingIndexes } from './index-state.ts'
import {
  failureCountOf,
  finishedAt,
  hasFailed,
  indexOf,
  isIndexed,
  isSuspended,
  isTracked,
  type JobView,
  type PodView,
  replacesOnlyFailed,
} from './job-pods.ts'
import { judgeFailure, judgeSuccess } from './policies.ts'

/** Pods that one sync creates or deletes, and ended pods that one status names, at most. */
const maxPerSync = 500

/** A pod to create. */
export interface NewPod {
  index?: number
  /** The failures that pods of the index had before. */
  failures?: { counted: number; ignored: number }
}

/** How a Job ends: first told as a target, and for good once no pod is left. */
export interface Finish {
  type: 'Complete' | 'Failed'
  reason: string
  message: string
}

export interface JobPlan {
  create: NewPod[]
  /** Pods that are too many, and whether their end is not to be counted. */
  remove: PodView[]
  uncounted: boolean
  /** The status before the counters move: what has ended is named in `uncountedTerminatedPods`. */
  status: JobStatus
  /** Ended pods whose finalizer comes off once that status is written. */
  release: PodView[]
  /** Set when the Job is over, as far as pods go. */
  finish?: Finish
  /** More ended than one sync counts: the Job cannot finish yet. */
  more: boolean
  backoff: BackoffRecord
  events: { reason: string; message: string }[]
  requeueAfterMs?: number
}

export interface JobFacts {
  job: JobView
  /** All pods that the Job owns, ended ones too. */
  pods: readonly PodView[]
  backoff: BackoffRecord
  now: number
}

interface Context extends JobFacts {
  active: PodView[]
  terminating: PodView[]
  indexes: IndexState | undefined
  succeeded: number
  failed: number
  backoffNow: BackoffRecord
  startTime: string | undefined
}

/** Decides one sync of a Job that is not finished. As kube-controller-manager `syncJob`; pure. */
export function planJob(facts: JobFacts): JobPlan {
  const context = contextOf(facts)
  const { job, now, active } = context
  const target = (job.status?.conditions ?? []).find(({ type, status }) => isTarget(type) && status === 'True')
  const ended = target ? finishOf(target) : endOf(context)
  if (ended) return withStatus(context, { remove: active, uncounted: false, create: [], finish: ended }, 0)
  if (isDeleting(job.metadata)) return withStatus(context, { remove: [], uncounted: false, create: [] }, active.length)
  const managed = manage(context)
  const left = active.length - managed.remove.length + managed.create.length
  const complete =
    left === 0 &&
    (job.spec?.completions === undefined ? context.succeeded > 0 : context.succeeded >= job.spec.completions)
  const finish: Finish | undefined = complete
    ? { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }
    : undefined
  const plan = withStatus(context, { ...managed, ...(finish ? { finish } : {}) }, left)
  const deadline = isSuspended(job) ? undefined : job.spec?.activeDeadlineSeconds
  if (finish || deadline === undefined || plan.status.startTime === undefined) return plan
  const wait = parseTime(plan.status.startTime) + deadline * 1000 - now
  return { ...plan, requeueAfterMs: Math.min(wait, plan.requeueAfterMs ?? wait) }
}

function contextOf(facts: JobFacts): Context {
  const { job, pods, now } = facts
  const uncounted = job.status?.uncountedTerminatedPods
  const known = new Set([...(uncounted?.succeeded ?? []), ...(uncounted?.failed ?? [])])
  const fresh = pods.filter((pod) => {
    const valid = !isIndexed(job) || indexOf(job, pod) !== undefined
    return isTracked(pod) && valid && !known.has(pod.metadata.uid ?? '')
  })
  const succeeded = fresh.filter(({ status }) => status?.phase === 'Succeeded')
  const failed = fresh.filter((pod) => hasFailed(job, pod))
  const counted = failed.filter((pod) => judgeFailure(job.spec?.podFailurePolicy, pod).counts)
  const indexes = isIndexed(job) ? indexState(job, pods) : undefined
  return {
    ...facts,
    active: pods.filter(isPodActive),
    terminating: pods.filter((pod) => isDeleting(pod.metadata) && !isPodTerminal(pod)),
    indexes,
    succeeded:
      indexes?.succeeded.size ?? (job.status?.succeeded ?? 0) + succeeded.length + (uncounted?.succeeded?.length ?? 0),
    failed: (job.status?.failed ?? 0) + counted.length + (uncounted?.failed?.length ?? 0),
    backoffNow: recordEnds(facts.backoff, succeeded, failed, now),
    startTime: job.status?.startTime ?? (isSuspended(job) ? undefined : formatTime(now)),
  }
}

function isTarget(type: string): boolean {
  return type === 'FailureTarget' || type === 'SuccessCriteriaMet'
}

function finishOf({ type, reason = '', message = '' }: { type: string; reason?: string; message?: string }): Finish {
  return { type: type === 'FailureTarget' ? 'Failed' : 'Complete', reason, message }
}

/** Why the Job ends now, by its policies and limits; completions are looked at later. */
function endOf({ job, pods, failed, indexes, startTime, now }: Context): Finish | undefined {
  const { spec } = job
  const fail = (reason: string, message: string): Finish => ({ type: 'Failed', reason, message })
  for (const pod of pods) {
    if (!spec?.podFailurePolicy || !hasFailed(job, pod)) continue
    const { failsJob } = judgeFailure(spec.podFailurePolicy, pod)
    if (failsJob !== undefined) return fail('PodFailurePolicy', failsJob)
  }
  if (failed > (spec?.backoffLimit ?? 6) || restartedTooOften(job, pods)) {
    return fail('BackoffLimitExceeded', 'Job has reached the specified backoff limit')
  }
  const deadline = isSuspended(job) ? undefined : spec?.activeDeadlineSeconds
  if (deadline !== undefined && startTime !== undefined && now - parseTime(startTime) >= deadline * 1000) {
    return fail('DeadlineExceeded', 'Job was active longer than specified deadline')
  }
  if (!indexes) return undefined
  const completions = spec?.completions ?? 0
  if (indexes.failed) {
    const { size } = indexes.failed
    if (spec?.maxFailedIndexes !== undefined && size > spec.maxFailedIndexes) {
      return fail('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes')
    }
    if (size > 0 && size + indexes.succeeded.size >= completions) return fail('FailedIndexes', 'Job has failed indexes')
  }
  const message = judgeSuccess(spec?.successPolicy, indexes.succeeded, completions)
  return message === undefined ? undefined : { type: 'Complete', reason: 'SuccessPolicy', message }
}

/** With restartPolicy OnFailure the restarts of containers count. As `pastBackoffLimitOnFailure`. */
function restartedTooOften({ spec }: JobView, pods: readonly PodView[]): boolean {
  if (spec?.template.spec?.restartPolicy !== 'OnFailure') return false
  const restarts = pods
    .filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending')
    .flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])])
    .reduce((sum, { restartCount }) => sum + restartCount, 0)
  const limit = spec.backoffLimit ?? 6
  return limit === 0 ? restarts > 0 : restarts >= limit
}

type Managed = Pick<JobPlan, 'create' | 'remove' | 'uncounted' | 'requeueAfterMs'>

/** How many pods shall run. As `manageJob`. */
function manage(context: Context): Managed {
  const { job, active, succeeded, terminating, indexes, now, backoffNow } = context
  const nothing: Managed = { create: [], remove: [], uncounted: true }
  if (isSuspended(job)) return { ...nothing, remove: active }
  const { completions, parallelism = 1 } = job.spec ?? {}
  const wanted =
    completions === undefined
      ? succeeded > 0
        ? active.length
        : parallelism
      : Math.max(0, Math.min(completions - succeeded, parallelism))
  const remove = surplus(context, Math.max(0, active.length - wanted)).slice(0, maxPerSync)
  if (remove.length > 0) return { ...nothing, remove }
  const missing = wanted - active.length - (replacesOnlyFailed(job) ? terminating.length : 0)
  if (missing <= 0) return nothing
  if (!indexes?.failed) {
    const wait = remainingBackoff(backoffNow.failures, backoffNow.lastFailure, now)
    if (wait > 0) return { ...nothing, requeueAfterMs: wait }
  }
  const count = Math.min(missing, maxPerSync)
  if (!indexes) return { ...nothing, create: Array.from({ length: count }, () => ({})) }
  const pending = pendingIndexes(job, indexes, active, replacesOnlyFailed(job) ? terminating : [], count)
  const waits = pending.map((index) => waitOfIndex(context, indexes.predecessors.get(index)))
  const create = pending.flatMap((index, i): NewPod[] => {
    if (waits[i] !== 0) return []
    if (!indexes.failed) return [{ index }]
    return [{ index, failures: nextFailureCounts(job, indexes.predecessors.get(index)) }]
  })
  if (create.length > 0 || pending.length === 0) return { ...nothing, create }
  return { ...nothing, requeueAfterMs: Math.min(...waits) }
}

function waitOfIndex({ job, now }: Context, predecessor: PodView | undefined): number {
  if (!predecessor || job.spec?.backoffLimitPerIndex === undefined) return 0
  const failures = failureCountOf(predecessor) + 1
  return remainingBackoff(failures, finishedAt(predecessor, now), now)
}

/** Pods without a valid index, second pods of one index, then those that will be missed least. */
function surplus({ job, active, now }: Context, atLeast: number): PodView[] {
  const order = (a: PodView, b: PodView) => compareForDeletion(a, b, () => 0, now)
  if (!isIndexed(job)) return [...active].sort(order).slice(0, atLeast)
  const byIndex = new Map<number | undefined, PodView[]>()
  for (const pod of active) byIndex.set(indexOf(job, pod), [...(byIndex.get(indexOf(job, pod)) ?? []), pod])
  const remove: PodView[] = []
  const keep: PodView[] = []
  for (const [index, pods] of byIndex) {
    pods.sort(order)
    if (index === undefined) remove.push(...pods)
    else {
      keep.push(...pods.slice(-1))
      remove.push(...pods.slice(0, -1))
    }
  }
  return [...remove, ...keep.sort(order).slice(0, Math.max(0, atLeast - remove.length))]
}

/** Names what has ended in the status, and says which pods may go. As `trackJobStatusAndRemoveFinalizers`. */
function withStatus(context: Context, step: Managed & { finish?: Finish }, active: number): JobPlan {
  const { job, pods, indexes, now, terminating } = context
  const { finish } = step
  const removed = new Set(step.remove)
  const succeeded = [...(job.status?.uncountedTerminatedPods?.succeeded ?? [])]
  const failed = [...(job.status?.uncountedTerminatedPods?.failed ?? [])]
  const release: PodView[] = []
  const newIndexes = new Set(indexes?.before)
  let more = false
  for (const pod of pods) {
    if (!isTracked(pod)) continue
    if (succeeded.length + failed.length + release.length >= maxPerSync) {
      more = true
      break
    }
    const uid = pod.metadata.uid ?? ''
    const isFailed = hasFailed(job, pod)
    const done = isDeleting(job.metadata) || finish !== undefined || pod.status?.phase === 'Succeeded'
    if (!done && (!isFailed || isHeld(context, pod))) continue
    release.push(pod)
    const index = indexOf(job, pod)
    const valid = !isIndexed(job) || index !== undefined
    if (pod.status?.phase === 'Succeeded' && !failed.includes(uid)) {
      if (index !== undefined) newIndexes.add(index)
      else if (!isIndexed(job) && !succeeded.includes(uid)) succeeded.push(uid)
    } else if ((isFailed || finish?.type === 'Failed') && valid && !failed.includes(uid)) {
      if (judgeFailure(job.spec?.podFailurePolicy, pod).counts) failed.push(uid)
    }
  }
  const { conditions, resumed, events } = conditionsOf(context, finish)
  const indexed = indexes ? { ...indexTexts({ ...indexes, succeeded: newIndexes }) } : {}
  const status = compact<JobStatus>({
    ...job.status,
    ...indexed,
    ...(indexes ? { succeeded: countOrAbsent(newIndexes.size) } : {}),
    startTime: resumed ? formatTime(now) : context.startTime,
    active: countOrAbsent(active),
    ready: context.active.filter((pod) => isPodReady(pod) && !removed.has(pod)).length,
    terminating: terminating.length + removed.size,
    uncountedTerminatedPods: compact({
      succeeded: succeeded.length > 0 ? succeeded : undefined,
      failed: failed.length > 0 ? failed : undefined,
    }),
    conditions: conditions.length > 0 ? conditions : undefined,
  })
  return { ...step, status, release, more, backoff: context.backoffNow, events }
}

/** A failed pod stays until its successor has taken over the number of failures of their index. */
function isHeld({ job, indexes }: Context, pod: PodView): boolean {
  const index = indexOf(job, pod)
  return index !== undefined && indexes?.predecessors.get(index)?.metadata.uid === pod.metadata.uid
}

function conditionsOf({ job, now }: Context, finish: Finish | undefined) {
  let conditions: JobCondition[] = (job.status?.conditions ?? []).map((condition) => ({ ...condition }))
  const events: JobPlan['events'] = []
  let resumed = false
  const at = (type: string, status: 'True' | 'False', reason: string, message: string): JobCondition => ({
    ...newCondition(type, status, reason, message, now),
    lastProbeTime: formatTime(now),
  })
  if (finish) {
    const target = finish.type === 'Failed' ? 'FailureTarget' : 'SuccessCriteriaMet'
    if (!conditions.some(({ type }) => type === target)) {
      conditions.push(at(target, 'True', finish.reason, finish.message))
    }
    return { conditions, events, resumed }
  }
  if (isDeleting(job.metadata)) return { conditions, events, resumed }
  const old = conditions.find(({ type }) => type === 'Suspended')
  const others = conditions.filter(({ type }) => type !== 'Suspended')
  if (isSuspended(job) && old?.status !== 'True') {
    conditions = [...others, at('Suspended', 'True', 'JobSuspended', 'Job suspended')]
    events.push({ reason: 'Suspended', message: 'Job suspended' })
  } else if (!isSuspended(job) && old?.status === 'True') {
    conditions = [...others, at('Suspended', 'False', 'JobResumed', 'Job resumed')]
    events.push({ reason: 'Resumed', message: 'Job resumed' })
    resumed = true
  }
  return { conditions, events, resumed }
}

/** The status after the finalizers of `released` are off: what they were named for is counted. */
export function countReleased(status: JobStatus, stillTracked: ReadonlySet<string>): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {}
  const keep = (uids: string[]) => uids.filter((uid) => stillTracked.has(uid))
  const left = { succeeded: keep(succeeded), failed: keep(failed) }
  return compact<JobStatus>({
    ...status,
    succeeded: countOrAbsent((status.succeeded ?? 0) + succeeded.length - left.succeeded.length),
    failed: countOrAbsent((status.failed ?? 0) + failed.length - left.failed.length),
    uncountedTerminatedPods: compact({
      succeeded: left.succeeded.length > 0 ? left.succeeded : undefined,
      failed: left.failed.length > 0 ? left.failed : undefined,
    }),
  })
}

/** The status of a Job that is over, or undefined while pods still end or wait to be counted. */
export function finishedStatus(status: JobStatus, finish: Finish, now: number): JobStatus | undefined {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {}
  if (succeeded.length + failed.length > 0 || (status.terminating ?? 0) > 0) return undefined
  const condition = {
    ...newCondition(finish.type, 'True', finish.reason, finish.message, now),
    lastProbeTime: formatTime(now),
  }
  return {
    ...status,
    conditions: [...(status.conditions ?? []), condition],
    ...(finish.type === 'Complete' ? { completionTime: formatTime(now) } : {}),
  }
}
