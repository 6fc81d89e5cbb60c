import type { Job } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldInvalid,
  fieldRequired,
  omitted,
  semanticEqual,
} from '@wherry/apimachinery'
import { nonNegative } from '../fields.ts'
import { countIndexes, overlapOf } from './indexes.ts'

type Value = DeepReadonly<Job>
type Status = NonNullable<Value['status']>

const conditions = 'status.conditions'
const has = ({ conditions: list = [] }: Status, type: string): boolean =>
  list.some((condition) => condition.type === type && condition.status === 'True')

/**
 * A job that has ended stays as it ended, and says so consistently. As `ValidateJobStatusUpdate`, whose rules count
 * where the status changes what they look at (pkg/registry/batch/job `getStatusValidationOptions`).
 */
export function validateJobStatus(job: Value, before: Value): FieldError[] {
  const { status = {}, spec = { template: {} } } = job
  const { status: old = {} } = before
  const changed = (...names: readonly (keyof Status)[]) => names.some((name) => !semanticEqual(status[name], old[name]))
  const turned = (...types: readonly string[]) => types.some((type) => has(status, type) !== has(old, type))
  const finished = has(status, 'Complete') || has(status, 'Failed')
  const ended = finished !== (has(old, 'Complete') || has(old, 'Failed'))
  const errors = [
    ...(['active', 'succeeded', 'failed', 'ready', 'terminating'] as const).flatMap((name) =>
      nonNegative(`status.${name}`, status[name]),
    ),
    ...validateUncounted(status),
  ]
  const refuse = (field: string, value: unknown, detail: string) => errors.push(fieldInvalid(field, value, detail))
  const { completionTime, startTime, active = 0, ready, terminating, uncountedTerminatedPods: uncounted } = status

  if (turned('Complete', 'Failed') && has(status, 'Complete') && has(status, 'Failed')) {
    refuse(conditions, omitted, 'cannot set Complete=True and Failed=true conditions')
  }
  if (turned('Complete', 'FailureTarget') && has(status, 'Complete') && has(status, 'FailureTarget')) {
    refuse(conditions, omitted, 'cannot set Complete=True and FailureTarget=true conditions')
  }
  if (turned('Complete') || changed('completionTime')) {
    if (completionTime && !has(status, 'Complete')) {
      const detail = 'cannot set completionTime when there is no Complete=True condition'
      refuse('status.completionTime', completionTime, detail)
    }
    if (!completionTime && has(status, 'Complete')) {
      errors.push(fieldRequired('status.completionTime', 'completionTime is required for Complete jobs'))
    }
  }
  if (changed('startTime', 'completionTime') && startTime && completionTime && completionTime < startTime) {
    refuse('status.completionTime', completionTime, 'completionTime cannot be set before startTime')
  }
  if (turned('Failed') && has(status, 'Failed') && !has(status, 'FailureTarget')) {
    refuse(conditions, omitted, 'cannot set Failed=True condition without the FailureTarget=true condition')
  }
  if (turned('Complete') && has(status, 'Complete') && !has(status, 'SuccessCriteriaMet')) {
    refuse(conditions, omitted, 'cannot set Complete=True condition without the SuccessCriteriaMet=true condition')
  }
  if ((ended || changed('active')) && finished && active > 0) {
    refuse('status.active', active, 'active>0 is invalid for finished job')
  }
  const neverStarted = spec.suspend === true && spec.completions === 0
  if ((ended || changed('startTime')) && !neverStarted && finished && !startTime) {
    errors.push(fieldRequired('status.startTime', 'startTime is required for finished job'))
  }
  if ((ended || changed('uncountedTerminatedPods')) && finished) {
    const count = (uncounted?.failed ?? []).length + (uncounted?.succeeded ?? []).length
    const value = { Succeeded: uncounted?.succeeded ?? null, Failed: uncounted?.failed ?? null }
    const detail = 'uncountedTerminatedPods needs to be empty for finished job'
    if (count > 0) refuse('status.uncountedTerminatedPods', value, detail)
  }
  errors.push(...validateIndexes(status, old, spec))
  if ((ended || changed('terminating')) && finished && (terminating ?? 0) > 0) {
    refuse('status.terminating', terminating, 'terminating>0 is invalid for finished job')
  }
  if (changed('ready', 'active') && ready !== undefined && ready > active) {
    refuse('status.ready', ready, 'cannot set more ready pods than active')
  }
  if (has(status, 'SuccessCriteriaMet')) {
    for (const type of ['Failed', 'FailureTarget']) {
      if (!has(status, type)) continue
      refuse(conditions, omitted, `cannot set SuccessCriteriaMet=True and ${type}=true conditions`)
    }
  } else if (spec.successPolicy && has(status, 'Complete')) {
    const detail = 'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True'
    refuse(conditions, omitted, detail)
  }
  return [...errors, ...validateTransition(status, old, spec)]
}

function validateUncounted({ uncountedTerminatedPods: uncounted }: Status): FieldError[] {
  const seen = new Set<string>()
  return (['succeeded', 'failed'] as const).flatMap((list) =>
    (uncounted?.[list] ?? []).flatMap((uid, i) => {
      const field = `status.uncountedTerminatedPods.${list}[${i}]`
      if (uid === '') return [fieldInvalid(field, uid, 'must not be empty')]
      if (seen.has(uid)) return [fieldDuplicate(field, uid)]
      seen.add(uid)
      return []
    }),
  )
}

function validateIndexes(status: Status, old: Status, spec: NonNullable<Value['spec']>): FieldError[] {
  const { completions, backoffLimitPerIndex } = spec
  const { completedIndexes: completed = '', failedIndexes: failed } = status
  const errors: FieldError[] = []
  const completedChanged = completed !== (old.completedIndexes ?? '')
  const failedChanged = failed !== old.failedIndexes
  const check = (name: string, text: string) => {
    const found = countIndexes(text, completions ?? 0)
    if (typeof found === 'number') return
    errors.push(fieldInvalid(`status.${name}`, text, `error parsing ${name}: ${found}`))
  }
  if (completedChanged && completions !== undefined) check('completedIndexes', completed)
  if (failedChanged && completions !== undefined && backoffLimitPerIndex !== undefined && failed !== undefined) {
    check('failedIndexes', failed)
  }
  if (completedChanged && completed !== '' && spec.completionMode !== 'Indexed') {
    const detail = 'cannot set non-empty completedIndexes when non-indexed completion mode'
    errors.push(fieldInvalid('status.completedIndexes', completed, detail))
  }
  if (failedChanged && backoffLimitPerIndex === undefined && failed !== undefined) {
    const detail = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'
    errors.push(fieldInvalid('status.failedIndexes', failed, detail))
  }
  if ((failedChanged || completedChanged) && completions !== undefined && failed !== undefined) {
    const both = overlapOf(completed, failed, completions)
    if (both !== undefined) {
      const detail = `failedIndexes and completedIndexes overlap at index: ${both}`
      errors.push(fieldInvalid('status.failedIndexes', failed, detail))
    }
  }
  return errors
}

function validateTransition(status: Status, old: Status, spec: NonNullable<Value['spec']>): FieldError[] {
  const errors: FieldError[] = []
  for (const type of ['Failed', 'Complete', 'FailureTarget']) {
    if (!has(old, type) || has(status, type)) continue
    errors.push(fieldInvalid(conditions, omitted, `cannot disable the terminal ${type}=True condition`))
  }
  if ((status.failed ?? 0) < (old.failed ?? 0)) {
    errors.push(fieldInvalid('status.failed', status.failed ?? 0, 'cannot decrease the failed counter'))
  }
  // Indexed jobs that may be resized forget the indexes that they no longer have.
  const elastic = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism
  if (!elastic && (status.succeeded ?? 0) < (old.succeeded ?? 0)) {
    errors.push(fieldInvalid('status.succeeded', status.succeeded ?? 0, 'cannot decrease the succeeded counter'))
  }
  if (status.completionTime && old.completionTime && status.completionTime !== old.completionTime) {
    errors.push(fieldInvalid('status.completionTime', status.completionTime, 'completionTime cannot be mutated'))
  }
  if (old.startTime && status.startTime !== old.startTime && !spec.suspend) {
    errors.push(fieldRequired('status.startTime', 'startTime cannot be removed for unsuspended job'))
  }
  if (has(old, 'SuccessCriteriaMet') && !has(status, 'SuccessCriteriaMet')) {
    errors.push(fieldInvalid(conditions, omitted, 'cannot disable the SuccessCriteriaMet=True condition'))
  }
  if (has(old, 'Complete') && !has(old, 'SuccessCriteriaMet') && has(status, 'SuccessCriteriaMet')) {
    const detail = 'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'
    errors.push(fieldInvalid(conditions, omitted, detail))
  }
  return errors
}
