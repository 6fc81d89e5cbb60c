import { type FieldError, fieldInvalid, fieldNotSupported, formatFieldErrors } from '../errors/field-errors.ts'
import { compareUtf8 } from '../meta/deep.ts'
import { isQualifiedName, isValidLabelValue } from '../validation/names.ts'

export const binaryOperators = ['in', 'notin', '=', '==', '!=', 'gt', 'lt'] as const
export type LabelOperator = (typeof binaryOperators)[number] | 'exists' | '!'

/** One condition on one label. As upstream: labels, `Requirement`. */
export interface LabelRequirement {
  readonly key: string
  readonly operator: LabelOperator
  readonly values: readonly string[]
}

type Labels = Readonly<Record<string, string>> | undefined

/** Whether the labels fulfil the requirement. A label that is absent fulfils `!=`, `notin` and `!`. */
export function fulfils(requirement: LabelRequirement, labels: Labels): boolean {
  const { key, operator, values } = requirement
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'in':
    case '=':
    case '==':
      return value !== undefined && values.includes(value)
    case 'notin':
    case '!=':
      return value === undefined || !values.includes(value)
    case 'exists':
      return value !== undefined
    case '!':
      return value === undefined
    default: {
      const [actual, wanted] = [integer(value), integer(values[0])]
      if (actual === undefined || wanted === undefined) return false
      return operator === 'gt' ? actual > wanted : actual < wanted
    }
  }
}

function integer(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^[+-]?\d{1,30}$/.test(text)) return undefined
  const value = BigInt(text.replace(/^\+/, ''))
  return BigInt.asIntN(64, value) === value ? value : undefined
}

/** The requirement in the selector's own syntax; values are sorted. */
export function requirementText({ key, operator, values }: LabelRequirement): string {
  if (operator === 'exists') return key
  if (operator === '!') return `!${key}`
  const sorted = values.toSorted(compareUtf8).join(',')
  if (operator === 'in' || operator === 'notin') return `${key} ${operator} (${sorted})`
  return `${key}${operator === 'gt' ? '>' : operator === 'lt' ? '<' : operator}${sorted}`
}

/** Throws upstream's words where key, operator and values do not go together. */
export function checkRequirement(requirement: { key: string; operator: string; values: readonly string[] }): void {
  const errors = requirementErrors(requirement.key, requirement.operator, requirement.values)
  if (errors.length > 0) throw new Error(formatFieldErrors(errors))
}

function requirementErrors(key: string, operator: string, values: readonly string[]): FieldError[] {
  const errors: FieldError[] = []
  const keyRefusals = isQualifiedName(key)
  if (keyRefusals.length > 0) errors.push(fieldInvalid('key', key, keyRefusals.join('; ')))
  switch (operator) {
    case 'in':
    case 'notin':
      if (values.length === 0) {
        errors.push(fieldInvalid('values', values, "for 'in', 'notin' operators, values set can't be empty"))
      }
      break
    case '=':
    case '==':
    case '!=':
      if (values.length !== 1) {
        errors.push(fieldInvalid('values', values, 'exact-match compatibility requires one single value'))
      }
      break
    case 'exists':
    case '!':
      if (values.length > 0) {
        errors.push(fieldInvalid('values', values, 'values set must be empty for exists and does not exist'))
      }
      break
    case 'gt':
    case 'lt':
      if (values.length !== 1) {
        errors.push(fieldInvalid('values', values, "for 'Gt', 'Lt' operators, exactly one value is required"))
      }
      for (const [i, value] of values.entries()) {
        if (integer(value) === undefined) {
          const detail = "for 'Gt', 'Lt' operators, the value must be an integer"
          errors.push(fieldInvalid(`values[${i}]`, value, detail))
        }
      }
      break
    default:
      errors.push(fieldNotSupported('operator', operator, [...binaryOperators, 'exists', '!']))
  }
  for (const [i, value] of values.entries()) {
    const refusals = isValidLabelValue(value)
    if (refusals.length > 0) errors.push(fieldInvalid(`values[${i}][${key}]`, value, refusals.join('; ')))
  }
  return errors
}
