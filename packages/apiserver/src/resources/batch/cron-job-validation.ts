import type { CronJob } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '@wherry/apimachinery'
import { nonNegative } from '../fields.ts'
import { scheduleFault } from './cron-schedule.ts'
import { validateJobSpec } from './job-validation.ts'

const policies = ['Allow', 'Forbid', 'Replace']
const maxName = 52

/** As pkg/apis/batch/validation `ValidateCronJobCreate`. */
export function validateCronJob({ metadata, spec }: DeepReadonly<CronJob>): FieldError[] {
  const errors: FieldError[] = []
  const schedule = spec?.schedule ?? ''
  if (schedule === '') errors.push(fieldRequired('spec.schedule'))
  else {
    const fault = scheduleFault(schedule)
    if (fault) errors.push(fieldInvalid('spec.schedule', schedule, fault))
    if (schedule.includes('TZ')) {
      const detail = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'
      errors.push(fieldInvalid('spec.schedule', schedule, detail))
    }
  }
  errors.push(...nonNegative('spec.startingDeadlineSeconds', spec?.startingDeadlineSeconds))
  const zone = spec?.timeZone
  if (zone !== undefined) errors.push(...validateTimeZone(zone))
  const policy = spec?.concurrencyPolicy
  if (!policy) errors.push(fieldRequired('spec.concurrencyPolicy'))
  else if (!policies.includes(policy)) errors.push(fieldNotSupported('spec.concurrencyPolicy', policy, policies))
  const template = spec?.jobTemplate?.spec
  if (template?.manualSelector) {
    const field = 'spec.jobTemplate.spec.manualSelector'
    errors.push(fieldNotSupported(field, template.manualSelector, ['nil', 'false']))
  }
  if (template) errors.push(...validateJobSpec(template, 'spec.jobTemplate.spec'))
  errors.push(...nonNegative('spec.successfulJobsHistoryLimit', spec?.successfulJobsHistoryLimit))
  errors.push(...nonNegative('spec.failedJobsHistoryLimit', spec?.failedJobsHistoryLimit))
  // The names of its jobs have eleven characters more.
  if ((metadata.name ?? '').length > maxName) {
    errors.push(fieldInvalid('metadata.name', metadata.name, `must be no more than ${maxName} characters`))
  }
  return errors
}

function validateTimeZone(zone: string): FieldError[] {
  const refuse = (detail: string) => [fieldInvalid('spec.timeZone', zone, detail)]
  if (zone === '') return refuse('must be nil or non-empty string')
  if (zone.toLowerCase() === 'local') {
    return refuse('timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')
  }
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return []
  } catch {
    return refuse(`unknown time zone ${zone}`)
  }
}
