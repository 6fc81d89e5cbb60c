import type { Condition } from '@wherry/api'
import {
  type FieldError,
  fieldDuplicate,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
} from '../errors/field-errors.ts'
import type { DeepReadonly } from '../meta/deep.ts'
import { byteLength, isQualifiedName, regexError } from './names.ts'

const maxReason = 1024
const maxMessage = 32 * 1024
const reason = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?'
const reasonRegExp = new RegExp(`^${reason}$`)
const statuses = ['False', 'True', 'Unknown']

/** Refusals of conditions, each type of which may stand once. As upstream: meta/v1/validation, `ValidateConditions`. */
export function validateConditions(
  conditions: readonly DeepReadonly<Condition>[] | undefined,
  field: string,
): FieldError[] {
  const seen = new Set<string>()
  return (conditions ?? []).flatMap((condition, i) => {
    const at = `${field}[${i}]`
    const type = condition.type ?? ''
    const errors = seen.has(type) ? [fieldDuplicate(at, type)] : []
    seen.add(type)
    return [...errors, ...validateCondition(condition, at)]
  })
}

/** Refusals of one condition. */
export function validateCondition(condition: DeepReadonly<Condition>, field: string): FieldError[] {
  const { type, status, observedGeneration = 0, lastTransitionTime, message = '' } = condition
  const errors: FieldError[] = []
  if (!type) errors.push(fieldRequired(`${field}.type`, 'is required'))
  else errors.push(...isQualifiedName(type).map((detail) => fieldInvalid(`${field}.type`, type, detail)))
  if (!status) errors.push(fieldRequired(`${field}.status`))
  else if (!statuses.includes(status)) errors.push(fieldNotSupported(`${field}.status`, status, statuses))
  if (observedGeneration < 0) {
    const detail = 'must be greater than or equal to zero'
    errors.push(fieldInvalid(`${field}.observedGeneration`, observedGeneration, detail))
  }
  if (!lastTransitionTime) errors.push(fieldRequired(`${field}.lastTransitionTime`))
  if (!condition.reason) errors.push(fieldRequired(`${field}.reason`))
  else errors.push(...reasonErrors(condition.reason, `${field}.reason`))
  if (byteLength(message) > maxMessage) errors.push(fieldTooLong(`${field}.message`, '', maxMessage))
  return errors
}

function reasonErrors(value: string, field: string): FieldError[] {
  const errors: FieldError[] = []
  if (!reasonRegExp.test(value)) {
    const words =
      "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'"
    const examples = ['my_name', 'MY_NAME', 'MyName', 'ReasonA,ReasonB', 'ReasonA:ReasonB']
    errors.push(fieldInvalid(field, value, regexError(words, reason, ...examples)))
  }
  if (byteLength(value) > maxReason) errors.push(fieldTooLong(field, '', maxReason))
  return errors
}
