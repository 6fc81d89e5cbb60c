import type { LimitRange, LimitRangeItem } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
  isQualifiedName,
  Quantity,
} from '@wherry/apimachinery'
import { refusals } from '../fields.ts'
import { amountsOf, canOvercommit, validateContainerResourceName, validateResourceName } from './resource-names.ts'

type Item = DeepReadonly<LimitRangeItem>

const types = ['Container', 'PersistentVolumeClaim', 'Pod']
const lists = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const
const one = Quantity.of(1)

/** As `ValidateLimitRange`. */
export function validateLimitRange({ spec }: DeepReadonly<LimitRange>): FieldError[] {
  const seen = new Set<string>()
  return (spec?.limits ?? []).flatMap((item, i) => {
    const field = `spec.limits[${i}]`
    const { type = '' } = item
    const errors = validateType(type, `${field}.type`)
    if (seen.has(type)) errors.push(fieldDuplicate(`${field}.type`, type))
    seen.add(type)
    return [...errors, ...validateNames(item, field), ...validateOrder(item, field)]
  })
}

function validateType(type: string, field: string): FieldError[] {
  const refused = refusals(field, type, isQualifiedName(type))
  if (refused.length > 0 || type.includes('/') || types.includes(type)) return refused
  return [fieldInvalid(field, type, 'must be a standard limit type or fully qualified')]
}

function validateNames(item: Item, field: string): FieldError[] {
  const errors: FieldError[] = []
  const validate =
    item.type === 'Pod' || item.type === 'Container' ? validateContainerResourceName : validateResourceName
  for (const list of lists) {
    const names = Object.keys(item[list] ?? {})
    if (item.type === 'Pod' && (list === 'default' || list === 'defaultRequest')) {
      if (names.length > 0) errors.push(fieldForbidden(`${field}.${list}`, "may not be specified when `type` is 'Pod'"))
      continue
    }
    if (list === 'maxLimitRequestRatio' && item.type === 'PersistentVolumeClaim') {
      const detail = 'either minimum or maximum storage value is required, but neither was provided'
      if (!item.min?.storage && !item.max?.storage) errors.push(fieldRequired(`${field}.limits`, detail))
    }
    errors.push(...names.flatMap((name) => validate(name, `${field}.${list}[${name}]`)))
  }
  return errors
}

/** From the least to the most: min, default request, default limit, max. */
function validateOrder(item: Item, field: string): FieldError[] {
  const [min, max] = [amountsOf(item.min), amountsOf(item.max)]
  const none = new Map<string, Quantity>()
  const defaults = item.type === 'Pod' ? none : amountsOf(item.default)
  const requests = item.type === 'Pod' ? none : amountsOf(item.defaultRequest)
  const ratios = amountsOf(item.maxLimitRequestRatio)
  const names = new Set([max, min, defaults, requests, ratios].flatMap((list) => [...list.keys()]))
  return [...names].flatMap((name) => {
    const errors: FieldError[] = []
    const [least, most, limit, request] = [min.get(name), max.get(name), defaults.get(name), requests.get(name)]
    const ordered = (
      a: Quantity | undefined,
      b: Quantity | undefined,
      list: string,
      shown: Quantity | undefined,
      words: readonly [string, string],
    ) => {
      if (!a || !b || a.cmp(b) <= 0) return
      const detail = `${words[0]} value ${a} is greater than ${words[1]} value ${b}`
      errors.push(fieldInvalid(`${field}.${list}[${name}]`, shown?.toString(), detail))
    }
    ordered(least, most, 'min', least, ['min', 'max'])
    ordered(least, request, 'defaultRequest', request, ['min', 'default request'])
    ordered(request, most, 'defaultRequest', request, ['default request', 'max'])
    ordered(request, limit, 'defaultRequest', request, ['default request', 'default limit'])
    ordered(least, limit, 'default', least, ['min', 'default'])
    ordered(limit, most, 'default', most, ['default', 'max'])
    errors.push(...validateRatio(ratios.get(name), least, most, `${field}.maxLimitRequestRatio[${name}]`))
    if (!canOvercommit(name) && limit && request && limit.cmp(request) !== 0) {
      const detail = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`
      errors.push(fieldInvalid(`${field}.defaultRequest[${name}]`, request.toString(), detail))
    }
    return errors
  })
}

function validateRatio(
  ratio: Quantity | undefined,
  min: Quantity | undefined,
  max: Quantity | undefined,
  field: string,
) {
  if (!ratio) return []
  const errors: FieldError[] = []
  if (ratio.cmp(one) < 0) errors.push(fieldInvalid(field, ratio.toString(), `ratio ${ratio} is less than 1`))
  if (!min || !max) return errors
  const limit = max.toNumber() / min.toNumber()
  if (!(ratio.toNumber() > limit)) return errors
  const detail = `ratio ${ratio} is greater than max/min = ${limit.toFixed(6)}`
  return [...errors, fieldInvalid(field, ratio.toString(), detail)]
}
