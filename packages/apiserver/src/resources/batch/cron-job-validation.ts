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

type Value = DeepReadonly<CronJob>

const policies = ['Allow', 'Forbid', 'Replace']
const maxName = 52

/** As pkg/apis/batch/validation `ValidateCronJobCreate` and `ValidateCronJobUpdate`. */
export function validateCronJob({ metadata, spec }: Value, old?: Value): FieldError[] {
  const errors = validateSchedule(spec?.schedule ?? '', spec?.timeZone, old?.spec?.schedule)
  errors.push(...nonNegative('spec.startingDeadlineSeconds', spec?.startingDeadlineSeconds))
  const zone = spec?.timeZone
  if (zone !== undefined && (!old || old.spec?.timeZone !== zone)) errors.push(...validateTimeZone(zone))
  const policy = spec?.concurrencyPolicy
  if (!policy) errors.push(fieldRequired('spec.concurrencyPolicy'))
  else if (!policies.includes(policy)) errors.push(fieldNotSupported('spec.concurrencyPolicy', policy, policies))
  const template = spec?.jobTemplate?.spec
  const field = 'spec.jobTemplate.spec'
  if (template) errors.push(...validateJobSpec(template, field, old?.spec?.jobTemplate?.spec))
  if (template?.selector) {
    errors.push(fieldInvalid(`${field}.selector`, template.selector, '`selector` will be auto-generated'))
  }
  if (template?.manualSelector) errors.push(fieldNotSupported(`${field}.manualSelector`, true, ['nil', 'false']))
  errors.push(...nonNegative('spec.successfulJobsHistoryLimit', spec?.successfulJobsHistoryLimit))
  errors.push(...nonNegative('spec.failedJobsHistoryLimit', spec?.failedJobsHistoryLimit))
  // The names of its jobs have eleven characters more.
  if (!old && (metadata.name ?? '').length > maxName) {
    errors.push(fieldInvalid('metadata.name', metadata.name, `must be no more than ${maxName} characters`))
  }
  return errors
}

/** Zones have a field of their own; a schedule that had one already may keep it. */
function validateSchedule(schedule: string, zone: string | undefined, old = ''): FieldError[] {
  const field = 'spec.schedule'
  if (schedule === '') return [fieldRequired(field)]
  const fault = scheduleFault(schedule)
  const errors = fault ? [fieldInvalid(field, schedule, fault)] : []
  if (!schedule.includes('TZ')) return errors
  if (!old.includes('TZ')) {
    const detail = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'
    return [...errors, fieldInvalid(field, schedule, detail)]
  }
  if (zone === undefined) return errors
  return [...errors, fieldInvalid(field, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule')]
}

function validateTimeZone(zone: string): FieldError[] {
  const refuse = (detail: string) => fieldInvalid('spec.timeZone', zone, detail)
  if (zone === '') return [refuse('timeZone must be nil or non-empty string')]
  const unknown = refuse(`unknown time zone ${zone}`)
  if (!zone.split('/').every((part) => !/^(\.\.?$|-)/.test(part) && /^[A-Za-z._0-9+-]{1,14}$/.test(part))) {
    return [unknown]
  }
  const errors: FieldError[] = []
  if (zone.toLowerCase() === 'local') {
    errors.push(refuse('timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'))
    // Go knows `Local` itself.
    if (zone === 'Local') return errors
  }
  return isZone(zone) ? errors : [...errors, unknown]
}

/** Go's names are files, in which capitals count; the platform's are not. */
function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
