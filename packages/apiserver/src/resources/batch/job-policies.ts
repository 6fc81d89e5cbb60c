import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from '@wherry/api'
import {
  byteLength,
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  fieldTooMany,
  isQualifiedName,
  omitted,
} from '@wherry/apimachinery'
import { nonNegative, refusals } from '../fields.ts'
import { countIndexes } from './indexes.ts'

type Spec = DeepReadonly<JobSpec>

const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore']
const operators = ['In', 'NotIn']
const statuses = ['False', 'True', 'Unknown']
const maxRules = 20
const maxPatterns = 20
const maxExitCodes = 255
const maxIndexesLength = 64 * 1024

const listed = (values: readonly string[]): string =>
  `valid values: [${values.map((v) => JSON.stringify(v)).join(' ')}]`

function oneOf(value: string, values: readonly string[], field: string): FieldError[] {
  if (value === '') return [fieldRequired(field, listed(values))]
  return values.includes(value) ? [] : [fieldNotSupported(field, value, values)]
}

/** What the end of a pod means for its job. As `validatePodFailurePolicy`. */
export function validatePodFailurePolicy(spec: Spec, field: string): FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? []
  const errors: FieldError[] = rules.length > maxRules ? [fieldTooMany(`${field}.rules`, rules.length, maxRules)] : []
  const { containers = [], initContainers = [] } = spec.template?.spec ?? {}
  const names = new Set([...containers, ...initContainers].map(({ name }) => name))
  return [...errors, ...rules.flatMap((rule, i) => validateRule(rule, spec, names, `${field}.rules[${i}]`))]
}

function validateRule(
  { action = '', onExitCodes, onPodConditions = [] }: DeepReadonly<PodFailurePolicyRule>,
  spec: Spec,
  names: ReadonlySet<string>,
  field: string,
): FieldError[] {
  const errors = oneOf(action, actions, `${field}.action`)
  if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
    errors.push(fieldInvalid(`${field}.action`, action, 'requires the backoffLimitPerIndex to be set'))
  }
  if (onExitCodes) errors.push(...validateExitCodes(onExitCodes, names, `${field}.onExitCodes`))
  if (onPodConditions.length > maxPatterns) {
    errors.push(fieldTooMany(`${field}.onPodConditions`, onPodConditions.length, maxPatterns))
  }
  for (const [i, { type = '', status = '' }] of onPodConditions.entries()) {
    const at = `${field}.onPodConditions[${i}]`
    errors.push(...refusals(`${at}.type`, type, isQualifiedName(type)), ...oneOf(status, statuses, `${at}.status`))
  }
  if (onExitCodes && onPodConditions.length > 0) {
    const detail = 'specifying both OnExitCodes and OnPodConditions is not supported'
    errors.push(fieldInvalid(field, omitted, detail))
  }
  if (!onExitCodes && onPodConditions.length === 0) {
    errors.push(fieldInvalid(field, omitted, 'specifying one of OnExitCodes and OnPodConditions is required'))
  }
  return errors
}

function validateExitCodes(
  { operator = '', containerName, values = [] }: DeepReadonly<PodFailurePolicyOnExitCodesRequirement>,
  names: ReadonlySet<string>,
  field: string,
): FieldError[] {
  const errors = oneOf(operator, operators, `${field}.operator`)
  if (containerName !== undefined && !names.has(containerName)) {
    const detail = 'must be one of the container or initContainer names in the pod template'
    errors.push(fieldInvalid(`${field}.containerName`, containerName, detail))
  }
  const at = `${field}.values`
  if (values.length === 0) errors.push(fieldInvalid(at, values, 'at least one value is required'))
  else if (values.length > maxExitCodes) errors.push(fieldTooMany(at, values.length, maxExitCodes))
  const seen = new Set<number>()
  for (const [i, value] of values.entries()) {
    if (operator === 'In' && value === 0) {
      errors.push(fieldInvalid(`${at}[${i}]`, value, 'must not be 0 for the In operator'))
    }
    if (seen.has(value)) errors.push(fieldDuplicate(`${at}[${i}]`, value))
    seen.add(value)
  }
  const ordered = values.every((value, i) => i === 0 || (values[i - 1] ?? 0) <= value)
  return ordered ? errors : [...errors, fieldInvalid(at, values, 'must be ordered')]
}

/** Which indexes are enough. As `validateSuccessPolicy`. */
export function validateSuccessPolicy(spec: Spec, field: string): FieldError[] {
  const policy = spec.successPolicy
  if (!policy) return []
  if (spec.completionMode !== 'Indexed') {
    const rules = policy.rules?.map((rule) => ({
      SucceededIndexes: rule.succeededIndexes ?? null,
      SucceededCount: rule.succeededCount ?? null,
    }))
    return [fieldInvalid(field, { Rules: rules ?? null }, 'requires indexed completion mode')]
  }
  const rules = policy.rules ?? []
  const at = `${field}.rules`
  const errors: FieldError[] = []
  if (rules.length === 0) {
    errors.push(fieldRequired(at, 'at least one rules must be specified when the successPolicy is specified'))
  }
  if (rules.length > maxRules) errors.push(fieldTooMany(at, rules.length, maxRules))
  const completions = spec.completions ?? 0
  return [...errors, ...rules.flatMap((rule, i) => validateSuccessRule(rule, completions, `${at}[${i}]`))]
}

function validateSuccessRule(
  { succeededCount: count, succeededIndexes: indexes }: DeepReadonly<SuccessPolicyRule>,
  completions: number,
  field: string,
): FieldError[] {
  if (count === undefined && indexes === undefined) {
    return [fieldRequired(field, 'at least one of succeededCount or succeededIndexes must be specified')]
  }
  const errors: FieldError[] = []
  let total = 0
  if (indexes !== undefined) {
    const at = `${field}.succeededIndexes`
    if (byteLength(indexes) > maxIndexesLength) errors.push(fieldTooLong(at, '', maxIndexesLength))
    const found = countIndexes(indexes, completions)
    if (typeof found === 'number') total = found
    else errors.push(fieldInvalid(at, indexes, `error parsing succeededIndexes: ${found}`))
  }
  if (count === undefined) return errors
  const at = `${field}.succeededCount`
  errors.push(...nonNegative(at, count))
  if (count > completions) {
    const detail = `must be less than or equal to ${completions} (the number of specified completions)`
    errors.push(fieldInvalid(at, count, detail))
  }
  if (indexes !== undefined && count > total) {
    const detail = `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`
    errors.push(fieldInvalid(at, count, detail))
  }
  return errors
}
