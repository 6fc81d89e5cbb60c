import type { CronJob, CronJobStatus, Job, ObjectReference } from '@wherry/api'
import { type DeepReadonly, formatTime, parseTime } from '@wherry/apimachinery'
import { isFinished } from '../job/job-pods.ts'
import { byCreation, createdAt, identityOf, isDeleting } from '../meta.ts'
import { compact } from '../status.ts'
import type { Schedule } from './schedule.ts'

type CronView = DeepReadonly<CronJob>
type JobView = DeepReadonly<Job>

/** A second more: times in objects are whole seconds. */
const slackMs = 100

/** More missed times than this are worth a warning: a clock may be wrong. */
const manyMissed = 100

export interface CronEvent {
  type: 'Normal' | 'Warning'
  reason: string
  message: string
}

export interface CronPlan {
  /** The time that a Job is to be started for. */
  start?: number
  /** Running Jobs that the new one replaces. */
  replace: JobView[]
  /** Finished Jobs beyond the limits of the history. */
  remove: JobView[]
  events: CronEvent[]
  status: CronJobStatus
  requeueAfterMs?: number
}

export interface CronFacts {
  cron: CronView
  /** Undefined while the schedule or the time zone cannot be used. */
  schedule: Schedule | undefined
  /** The Jobs that the CronJob owns. */
  jobs: readonly JobView[]
  now: number
}

/** Decides one sync. As kube-controller-manager `syncCronJob`; pure. */
export function planCronJob(facts: CronFacts): CronPlan {
  const { cron, schedule, now } = facts
  const plan: CronPlan = { replace: [], remove: surplusJobs(facts), events: [], status: statusOf(facts) }
  plan.events.push(...sawCompleted(facts, plan.status))
  if (isDeleting(cron.metadata) || !schedule || cron.spec?.suspend) return plan
  const next = schedule.next(now)
  if (next !== undefined) plan.requeueAfterMs = next - now + slackMs
  const { time, missed } = mostRecent(facts, schedule)
  if (missed > manyMissed) {
    const message = 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew'
    plan.events.push({ type: 'Warning', reason: 'TooManyMissedTimes', message })
  }
  if (time === undefined) return plan
  const deadline = cron.spec?.startingDeadlineSeconds
  if (deadline !== undefined && time + deadline * 1000 < now) {
    const message = `Missed scheduled time to start a job: ${formatRFC1123(time)}`
    plan.events.push({ type: 'Warning', reason: 'MissSchedule', message })
    return plan
  }
  if (facts.jobs.some(({ metadata }) => metadata.name === jobName(cron, time))) return plan
  const running = facts.jobs.filter((job) => !isFinished(job))
  if (cron.spec?.concurrencyPolicy === 'Forbid' && running.length > 0) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid'
    plan.events.push({ type: 'Normal', reason: 'JobAlreadyActive', message })
    return plan
  }
  if (cron.spec?.concurrencyPolicy === 'Replace') plan.replace = running
  return { ...plan, start: time }
}

/** The name of the Job for a time: the same whoever makes it, so that it is made once. */
export function jobName(cron: CronView, time: number): string {
  return `${cron.metadata.name}-${Math.floor(time / 60_000)}`
}

/** The last time that should have come since the last start, and how many there were. */
function mostRecent({ cron, now }: CronFacts, schedule: Schedule): { time?: number; missed: number } {
  const last = cron.status?.lastScheduleTime
  let from = last === undefined ? createdAt(cron.metadata) : parseTime(last)
  const deadline = cron.spec?.startingDeadlineSeconds
  if (deadline !== undefined) from = Math.max(from, now - deadline * 1000)
  let time: number | undefined
  let missed = 0
  for (let next = schedule.next(from); next !== undefined && next <= now; next = schedule.next(next)) {
    time = next
    missed++
    if (missed > manyMissed) return { time: latestBefore(schedule, (time - from) / missed, now) ?? time, missed }
  }
  return time === undefined ? { missed } : { time, missed }
}

/** Steps back from now, further and further, until a time lies between. */
function latestBefore(schedule: Schedule, gap: number, now: number): number | undefined {
  for (let back = gap; back < now; back *= 2) {
    let latest: number | undefined
    for (let next = schedule.next(now - back); next !== undefined && next <= now; next = schedule.next(next))
      latest = next
    if (latest !== undefined) return latest
  }
  return undefined
}

function statusOf({ cron, jobs }: CronFacts): CronJobStatus {
  const active = jobs.filter((job) => !isFinished(job)).sort(byCreation)
  const successes = jobs.flatMap((job) => (isComplete(job) ? (job.status?.completionTime ?? []) : [])).sort()
  const before = cron.status?.lastSuccessfulTime
  const lastSuccessfulTime = [before ?? '', ...successes].sort().at(-1)
  return compact<CronJobStatus>({
    active: active.length > 0 ? active.map(referenceTo) : undefined,
    lastScheduleTime: cron.status?.lastScheduleTime,
    lastSuccessfulTime: lastSuccessfulTime === '' ? undefined : lastSuccessfulTime,
  })
}

/** How a CronJob's status names a Job. */
export function referenceTo({ metadata }: JobView): ObjectReference {
  const { resourceVersion } = metadata
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    ...identityOf(metadata),
    ...(resourceVersion ? { resourceVersion } : {}),
  }
}

function isComplete(job: JobView): boolean {
  return (job.status?.conditions ?? []).some(({ type, status }) => type === 'Complete' && status === 'True')
}

function sawCompleted({ cron, jobs }: CronFacts, next: CronJobStatus): CronEvent[] {
  const still = new Set(next.active?.map(({ uid }) => uid))
  return (cron.status?.active ?? []).flatMap(({ uid, name }): CronEvent[] => {
    if (still.has(uid)) return []
    const job = jobs.find(({ metadata }) => metadata.uid === uid)
    if (!job) {
      return [{ type: 'Normal', reason: 'MissingJob', message: `Active job went missing: ${name}` }]
    }
    const condition = isComplete(job) ? 'Complete' : 'Failed'
    return [
      { type: 'Normal', reason: 'SawCompletedJob', message: `Saw completed job: ${name}, condition: ${condition}` },
    ]
  })
}

function surplusJobs({ cron, jobs }: CronFacts): JobView[] {
  const finished = jobs.filter((job) => isFinished(job) && !isDeleting(job.metadata)).sort(byCreation)
  const beyond = (list: JobView[], limit: number) => list.slice(0, Math.max(0, list.length - limit))
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cron.spec ?? {}
  return [
    ...beyond(finished.filter(isComplete), successfulJobsHistoryLimit),
    ...beyond(
      finished.filter((job) => !isComplete(job)),
      failedJobsHistoryLimit,
    ),
  ]
}

/** As Go's RFC1123Z. */
function formatRFC1123(time: number): string {
  return new Date(time).toUTCString().replace('GMT', '+0000')
}

/** The status after a Job was started for `time`. */
export function startedStatus(
  status: CronJobStatus,
  job: JobView,
  time: number,
  replaced: readonly JobView[],
): CronJobStatus {
  const gone = new Set(replaced.map(({ metadata }) => metadata.uid))
  const active = (status.active ?? []).filter(({ uid }) => !gone.has(uid) && uid !== job.metadata.uid)
  return { ...status, active: [...active, referenceTo(job)], lastScheduleTime: formatTime(time) }
}
