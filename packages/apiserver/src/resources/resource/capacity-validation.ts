import type { CapacityRequestPolicy, CapacityRequestPolicyRange, DeviceCapacity } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
  Quantity,
} from '@wherry/apimachinery'
import { validateSet } from '../lists.ts'
import { tryParse } from '../quantities.ts'

const maxOptions = 10

/** How much of a device may be asked for; only devices that several claims may share have such a policy. */
export function validateCapacity(capacity: DeepReadonly<DeviceCapacity>, field: string, shared: boolean): FieldError[] {
  const { requestPolicy: policy, value } = capacity
  if (!policy) return []
  const at = `${field}.requestPolicy`
  if (!shared) return [fieldForbidden(at, 'allowMultipleAllocations must be true')]
  const { validValues = [], validRange } = policy
  if (validValues.length > 0 && validRange) {
    const detail = 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time'
    return [fieldForbidden(at, detail)]
  }
  const max = tryParse(value ?? '0') ?? Quantity.zero
  if (validValues.length > 0) return validateValues(policy, validValues, max, at)
  return validRange ? validateRange(policy, validRange, max, `${at}.validRange`, at) : []
}

const parse = (text: string | undefined): Quantity | undefined => (text === undefined ? undefined : tryParse(text))

function validateValues(
  policy: DeepReadonly<CapacityRequestPolicy>,
  values: readonly string[],
  max: Quantity,
  field: string,
): FieldError[] {
  const standard = parse(policy.default)
  if (!standard) return [fieldRequired(`${field}.default`, 'required when validValues is defined')]
  const at = `${field}.validValues`
  const parsed = values.map((value) => parse(value) ?? Quantity.zero)
  const errors: FieldError[] = []
  for (const [i, value] of parsed.entries()) {
    const before = parsed[i - 1]
    if (!before || before.cmp(value) <= 0) continue
    errors.push(fieldInvalid(`${at}[${i}]`, value.toString(), 'values must be sorted in ascending order'))
  }
  const validate = (text: string, path: string) => {
    const value = parse(text)
    if (!value || value.cmp(max) <= 0) return []
    return [fieldInvalid(path, value.toString(), `option is larger than capacity value: ${max}`)]
  }
  errors.push(...validateSet<string>(values, maxOptions, at, validate, (text) => String(parse(text)?.value() ?? 0n)))
  if (parsed.some((value) => value.equals(standard))) return errors
  return [...errors, fieldInvalid(at, standard.toString(), 'default value is not valid according to the requestPolicy')]
}

function validateRange(
  policy: DeepReadonly<CapacityRequestPolicy>,
  range: DeepReadonly<CapacityRequestPolicyRange>,
  capacity: Quantity,
  field: string,
  policyField: string,
): FieldError[] {
  const standard = parse(policy.default)
  if (!standard) return [fieldRequired(`${policyField}.default`, 'required when validRange is defined')]
  const [min, max, step] = [parse(range.min), parse(range.max), parse(range.step)]
  if (!min) return [fieldRequired(`${field}.min`, 'required when validRange is defined')]
  const errors: FieldError[] = []
  const refuse = (name: string, value: Quantity, detail: string) =>
    errors.push(fieldInvalid(`${field}.${name}`, value.toString(), detail))
  if (min.cmp(capacity) > 0) refuse('min', min, `min is larger than capacity value: ${capacity}`)
  if (standard.cmp(min) < 0) refuse('default', standard, `default is less than min: ${min}`)
  if (max) {
    if (min.cmp(max) > 0) refuse('max', min, `min is larger than max: ${max}`)
    if (max.cmp(capacity) > 0) refuse('max', max, `max is larger than capacity value: ${capacity}`)
    if (standard.cmp(max) > 0) refuse('default', standard, `default is more than max: ${max}`)
  }
  if (!step) return errors
  if (step.sign() <= 0) {
    refuse('step', step, 'must be greater than zero')
    return errors
  }
  const added = min.add(step)
  if (added.cmp(capacity) > 0) {
    refuse('step', step, `one step ${added} is larger than capacity value: ${capacity}`)
  }
  for (const value of max ? [standard, max] : [standard]) {
    const width = step.value()
    if (width === 0n || (value.value() - min.value()) % width === 0n) continue
    refuse('step', value, `value is not a multiple of a given step (${step}) from (${min})`)
  }
  return errors
}
