import type { CronJob, Job } from '@wherry/api'
import { deepFreeze, formatTime, parseDuration } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { newJob } from './controller.ts'
import { planCronJob } from './plan.ts'
import { parseSchedule } from './schedule.ts'

const now = Date.UTC(2026, 0, 1, 12, 0, 30)
const minutesAgo = (count: number) => now - count * 60_000

function aCron(spec: Partial<CronJob['spec'] & {}> = {}, status?: CronJob['status']) {
  const cron: CronJob = {
    metadata: { name: 'tick', namespace: 'default', uid: 'uid-tick', creationTimestamp: formatTime(minutesAgo(5)) },
    spec: { schedule: '*/10 * * * *', concurrencyPolicy: 'Allow', jobTemplate: { spec: { template: {} } }, ...spec },
    ...(status ? { status } : {}),
  }
  return deepFreeze(cron)
}

function aJob(name: string, end?: 'Complete' | 'Failed', created = 0) {
  const job: Job = {
    metadata: { name, namespace: 'default', uid: `uid-${name}`, creationTimestamp: formatTime(created) },
    status: end
      ? {
          conditions: [{ type: end, status: 'True' }],
          ...(end === 'Complete' ? { completionTime: formatTime(created + 1000) } : {}),
        }
      : {},
  }
  return deepFreeze(job)
}

const plan = (cron: ReturnType<typeof aCron>, jobs: ReturnType<typeof aJob>[] = []) =>
  planCronJob({ cron, schedule: parseSchedule(cron.spec?.schedule ?? '', parseDuration), jobs, now })
const noon = Date.UTC(2026, 0, 1, 12)

describe('a CronJob', () => {
  it('starts a Job when its time has come, and waits for the next time', () => {
    const got = plan(aCron())
    expect(got.start).toBe(noon)
    expect(got.requeueAfterMs).toBe(9.5 * 60_000 + 100)
  })

  it.each([
    { name: 'whose time has not come', cron: aCron({ schedule: '0 13 * * *' }) },
    { name: 'that has started for this time', cron: aCron({}, { lastScheduleTime: formatTime(noon) }) },
    { name: 'that is suspended', cron: aCron({ suspend: true }) },
    { name: 'that may not start as late', cron: aCron({ startingDeadlineSeconds: 10 }) },
  ])('$name starts nothing', ({ cron }) => {
    expect(plan(cron).start).toBeUndefined()
  })

  it('whose Job of this time is there already starts nothing', () => {
    expect(plan(aCron(), [aJob(`tick-${noon / 60_000}`)]).start).toBeUndefined()
  })

  it('starts one Job for the last of several missed times', () => {
    const late = aCron({}, { lastScheduleTime: formatTime(minutesAgo(65)) })
    expect(plan(late)).toMatchObject({ start: noon, events: [] })
  })

  it('warns when it has missed very many', () => {
    const late = aCron({ schedule: '* * * * *' }, { lastScheduleTime: formatTime(minutesAgo(10_000)) })
    const got = plan(late)
    expect(got.start).toBe(noon)
    expect(got.events.map(({ reason }) => reason)).toEqual(['TooManyMissedTimes'])
  })

  it('may forbid or replace a Job that still runs', () => {
    const running = aJob('tick-1')
    const forbid = plan(aCron({ concurrencyPolicy: 'Forbid' }), [running])
    expect(forbid.start).toBeUndefined()
    expect(forbid.events).toEqual([
      {
        type: 'Normal',
        reason: 'JobAlreadyActive',
        message: 'Not starting job because prior execution is running and concurrency policy is Forbid',
      },
    ])
    const replace = plan(aCron({ concurrencyPolicy: 'Replace' }), [running])
    expect(replace).toMatchObject({ start: noon, replace: [running] })
  })

  it('tells of Jobs that have ended, and names those that run', () => {
    const active = ['a', 'b', 'c'].map((name) => ({ name, uid: `uid-${name}` }))
    const got = plan(aCron({}, { active }), [aJob('a'), aJob('b', 'Complete', 5000)])
    expect(got.events.map(({ reason, message }) => [reason, message])).toEqual([
      ['SawCompletedJob', 'Saw completed job: b, condition: Complete'],
      ['MissingJob', 'Active job went missing: c'],
    ])
    expect(got.status.active?.map(({ name }) => name)).toEqual(['a'])
    expect(got.status.lastSuccessfulTime).toBe(formatTime(6000))
  })

  it('keeps as many finished Jobs as its limits say, the oldest go', () => {
    const jobs = [
      aJob('a', 'Complete', 1000),
      aJob('b', 'Complete', 2000),
      aJob('c', 'Failed', 1000),
      aJob('d', 'Failed', 2000),
      aJob('e'),
    ]
    const { remove } = plan(aCron({ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 }), jobs)
    expect(remove.map(({ metadata }) => metadata.name)).toEqual(['a', 'c', 'd'])
  })

  it('names its Jobs after their time', () => {
    expect(newJob(aCron(), noon).metadata).toMatchObject({
      name: `tick-${noon / 60_000}`,
      annotations: { 'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T12:00:00Z' },
      ownerReferences: [{ kind: 'CronJob', name: 'tick', controller: true }],
    })
  })
})
