import { CronJob, Job } from '@wherry/api'
import {
  controllerRef,
  type DeepReadonly,
  deepClone,
  getController,
  hasStatusCause,
  isAlreadyExists,
  isNotFound,
  parseDuration,
} from '@wherry/apimachinery'
import { type Controller, newEventRecorder } from '@wherry/client'
import type { ControllerDeps } from '../controller-deps.ts'
import { identityOf } from '../meta.ts'
import { messageOf } from '../pods/pod-control.ts'
import { updateStatus } from '../status.ts'
import { jobName, planCronJob, startedStatus } from './plan.ts'
import { parseSchedule, type Schedule } from './schedule.ts'

type CronView = DeepReadonly<CronJob>

const scheduledAnnotation = 'batch.kubernetes.io/cronjob-scheduled-timestamp'

/** Starts Jobs at their times. As kube-controller-manager's CronJob controller. */
export function newCronJobController({ client, informers, clock, logger }: ControllerDeps): Controller {
  const crons = informers.for(CronJob).lister
  const jobs = informers.for(Job).lister
  const events = newEventRecorder({ client, clock, logger, component: 'cronjob-controller' })

  return {
    name: 'cronjob',
    primary: CronJob,
    owns: [Job],
    async reconcile(key) {
      const cron = crons.get(key)
      if (!cron) return undefined
      const owned = jobs.byOwner(cron.metadata.uid ?? '')
      const plan = planCronJob({ cron, schedule: scheduleOf(cron), jobs: owned, now: clock.now() })
      for (const { type, reason, message } of plan.events) record(cron, type, reason, message)
      for (const job of plan.replace) {
        await remove(job)
        record(cron, 'Normal', 'SuccessfulDelete', `Deleted job ${job.metadata.name}`)
      }
      for (const job of plan.remove) {
        await remove(job)
        record(cron, 'Normal', 'SuccessfulDelete', `Deleted job ${job.metadata.name}`)
      }
      let { status } = plan
      if (plan.start !== undefined) {
        const job = await start(cron, plan.start)
        if (job) status = startedStatus(status, job, plan.start, plan.replace)
      }
      await updateStatus(client, CronJob, cron, status)
      return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs }
    },
  }

  function scheduleOf(cron: CronView): Schedule | undefined {
    const { schedule = '', timeZone } = cron.spec ?? {}
    try {
      return parseSchedule(schedule, parseDuration, timeZone)
    } catch (error) {
      if (error instanceof RangeError) {
        record(cron, 'Warning', 'UnknownTimeZone', `invalid timeZone: "${timeZone}": unknown time zone ${timeZone}`)
      } else {
        record(cron, 'Warning', 'UnparseableSchedule', `unparseable schedule: "${schedule}" : ${messageOf(error)}`)
      }
      return undefined
    }
  }

  async function remove(job: DeepReadonly<Job>): Promise<void> {
    const { namespace, name, uid } = identityOf(job.metadata)
    const options = { propagationPolicy: 'Background', preconditions: { uid } }
    await client.delete(Job, { namespace, name }, options).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }

  async function start(cron: CronView, time: number): Promise<Job | undefined> {
    const wanted = newJob(cron, time)
    const { namespace, name } = identityOf(wanted.metadata)
    try {
      const job = await client.create(Job, wanted)
      record(cron, 'Normal', 'SuccessfulCreate', `Created job ${name}`)
      return job
    } catch (error) {
      if (hasStatusCause(error, 'NamespaceTerminating')) return undefined
      if (isAlreadyExists(error)) {
        // The cache lagged behind: it is the Job of this time, if it is this CronJob's.
        const existing = await client.get(Job, { namespace, name })
        if (getController(existing.metadata)?.uid === cron.metadata.uid) return existing
      } else record(cron, 'Warning', 'FailedCreate', `Error creating job: ${messageOf(error)}`)
      throw error
    }
  }

  function record(cron: CronView, type: 'Normal' | 'Warning', reason: string, message: string): void {
    events.event({ ...cron, apiVersion: 'batch/v1', kind: 'CronJob' }, type, reason, message)
  }
}

/** The Job for one time. As `getJobFromTemplate2`. */
export function newJob(cron: CronView, time: number): Job {
  const template = cron.spec?.jobTemplate
  const { labels, annotations } = template?.metadata ?? {}
  const scheduled = new Date(time).toISOString().replace('.000Z', 'Z')
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      namespace: cron.metadata.namespace ?? '',
      name: jobName(cron, time),
      ...(labels ? { labels: { ...labels } } : {}),
      annotations: { ...annotations, [scheduledAnnotation]: scheduled },
      ownerReferences: [controllerRef(cron, CronJob)],
    },
    ...(template?.spec ? { spec: deepClone(template.spec) } : {}),
  }
}
