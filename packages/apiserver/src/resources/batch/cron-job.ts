import { CronJob } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, containerColumns, formatLabelSelector, nameColumn, none, since } from '../columns.ts'
import { setPodTemplateDefaults } from '../core/pod/defaults.ts'
import { dropDisabledFields } from '../core/pod/disabled-fields.ts'
import { nameWarnings } from '../core/pod/warnings.ts'
import { struct } from '../structs.ts'
import { jobWarnings } from './job-warnings.ts'
import { validateCronJob } from './cron-job-validation.ts'

export const cronJobs = defineResource(CronJob, {
  shortNames: ['cj'],
  categories: ['all'],
  generation: true,
  setDefaults(cron) {
    const spec = struct(cron, 'spec')
    spec.concurrencyPolicy ||= 'Allow'
    spec.suspend ??= false
    spec.successfulJobsHistoryLimit ??= 3
    spec.failedJobsHistoryLimit ??= 1
    setPodTemplateDefaults(struct(struct(struct(spec, 'jobTemplate'), 'spec'), 'template'))
  },
  prepareForCreate: (cron) => dropDisabledFields(podSpecOf(cron), undefined),
  prepareForUpdate: (cron, old) => dropDisabledFields(podSpecOf(cron), old.spec?.jobTemplate?.spec?.template?.spec),
  validate: validateCronJob,
  warnings: (cron, old) => [
    ...(old ? [] : nameWarnings(cron.metadata.name)),
    ...jobWarnings(cron.spec?.jobTemplate?.spec, old?.spec?.jobTemplate?.spec, 'spec.jobTemplate.spec'),
  ],
  status: { initial: () => ({}) },
  columns: [
    nameColumn(),
    { name: 'Schedule', type: 'string', value: (cron) => cron.spec?.schedule ?? '' },
    { name: 'Timezone', type: 'string', value: (cron) => cron.spec?.timeZone ?? none },
    { name: 'Suspend', type: 'boolean', value: (cron) => boolText(cron.spec?.suspend) },
    { name: 'Active', type: 'integer', value: (cron) => cron.status?.active?.length ?? 0 },
    {
      name: 'Last Schedule',
      type: 'string',
      value: (cron, now) => (cron.status?.lastScheduleTime ? since(cron.status.lastScheduleTime, now) : none),
    },
    ageColumn(),
    ...containerColumns<CronJob>((cron) => cron.spec?.jobTemplate.spec?.template.spec?.containers),
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      value: (cron) => formatLabelSelector(cron.spec?.jobTemplate.spec?.selector),
    },
  ],
})

const podSpecOf = (cron: CronJob) => cron.spec?.jobTemplate?.spec?.template?.spec

function boolText(value: boolean | undefined): string {
  if (value === undefined) return '<unset>'
  return value ? 'True' : 'False'
}
