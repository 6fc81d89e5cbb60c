import type { CronJob, CronJobSpec, JobSpec } from '@wherry/api'
import { formatFieldError } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { cronJobs } from './cron-job.ts'
import { validateCronJob } from './cron-job-validation.ts'

function aCronJob(spec: Partial<CronJobSpec> = {}, job: Partial<JobSpec> = {}, name = 'c'): CronJob {
  const template = { spec: { restartPolicy: 'OnFailure', containers: [{ name: 'c', image: 'app:1' }] } }
  const cronJob: CronJob = {
    metadata: { name },
    spec: { schedule: '* * * * *', jobTemplate: { spec: { template, ...job } }, ...spec },
  }
  cronJobs.setDefaults?.(cronJob)
  return cronJob
}

describe('a CronJob', () => {
  it.each<{ name: string; spec?: Partial<CronJobSpec>; job?: Partial<JobSpec>; called?: string; want: string[] }>([
    { name: 'a small one', want: [] },
    {
      name: 'a zone',
      spec: { timeZone: 'Asia/Pacific' },
      want: ['spec.timeZone: Invalid value: "Asia/Pacific": unknown time zone Asia/Pacific'],
    },
    { name: 'a known zone', spec: { timeZone: 'America/New_York' }, want: [] },
    {
      name: 'no zone',
      spec: { timeZone: '' },
      want: ['spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string'],
    },
    {
      name: 'the zone of wherever it runs',
      spec: { timeZone: 'Local' },
      want: [
        'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
      ],
    },
    {
      name: 'a zone with spaces around',
      spec: { timeZone: ' Continent/Zone' },
      want: ['spec.timeZone: Invalid value: " Continent/Zone": unknown time zone  Continent/Zone'],
    },
    {
      name: 'a zone in the schedule',
      spec: { schedule: 'CRON_TZ=UTC 0 * * * *' },
      want: [
        'spec.schedule: Invalid value: "CRON_TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      ],
    },
    { name: 'no schedule', spec: { schedule: '' }, want: ['spec.schedule: Required value'] },
    {
      name: 'a schedule that is none',
      spec: { schedule: 'error' },
      want: ['spec.schedule: Invalid value: "error": expected exactly 5 fields, found 1: [error]'],
    },
    {
      name: 'less than nothing',
      spec: { startingDeadlineSeconds: -1, successfulJobsHistoryLimit: -1, failedJobsHistoryLimit: -1 },
      want: ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'].map(
        (field) => `spec.${field}: Invalid value: -1: must be greater than or equal to 0`,
      ),
    },
    {
      name: 'an unknown policy',
      spec: { concurrencyPolicy: 'Maybe' },
      want: ['spec.concurrencyPolicy: Unsupported value: "Maybe": supported values: "Allow", "Forbid", "Replace"'],
    },
    {
      name: 'a selector',
      job: { selector: { matchLabels: { a: 'b' } }, manualSelector: true },
      want: [
        'spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated',
        'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
      ],
    },
    {
      name: 'jobs that would be refused',
      job: {
        parallelism: -1,
        template: { spec: { restartPolicy: 'Always', containers: [{ name: 'c', image: 'a:1' }] } },
      },
      want: [
        'spec.jobTemplate.spec.parallelism: Invalid value: -1: must be greater than or equal to 0',
        'spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
      ],
    },
    {
      name: 'a long name',
      called: 'a'.repeat(53),
      want: [`metadata.name: Invalid value: "${'a'.repeat(53)}": must be no more than 52 characters`],
    },
  ])('$name', ({ spec, job, called, want }) => {
    expect(validateCronJob(aCronJob(spec, job, called)).map(formatFieldError)).toEqual(want)
  })

  it.each<{ name: string; spec: Partial<CronJobSpec>; want: string[] }>([
    { name: 'its zone in the schedule', spec: { schedule: 'TZ=UTC 0 * * * *' }, want: [] },
    {
      name: 'no second zone',
      spec: { schedule: 'TZ=UTC 0 * * * *', timeZone: 'UTC' },
      want: [
        'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use both timeZone field and TZ or CRON_TZ in schedule',
      ],
    },
  ])('that had a zone in its schedule may have $name', ({ spec, want }) => {
    const old = aCronJob({ schedule: 'TZ=UTC 1 * * * *' })
    expect(validateCronJob(aCronJob(spec), old).map(formatFieldError)).toEqual(want)
  })
})
