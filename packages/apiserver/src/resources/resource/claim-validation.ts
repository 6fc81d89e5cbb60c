import type {
  DeviceClaim,
  DeviceConstraint,
  DeviceRequest,
  DeviceSelector,
  DeviceSubRequest,
  DeviceToleration,
  ExactDeviceRequest,
  OpaqueDeviceConfiguration,
} from '@wherry/api'
import {
  byteLength,
  type DeepReadonly,
  type FieldError,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  stringifyJSON,
} from '@wherry/apimachinery'
import { validateList, validateSet } from '../lists.ts'
import {
  validateDomainName,
  validateDriver,
  validateLabelName,
  validateLabelPart,
  validateLabelValue,
  validateSubdomain,
} from './names.ts'

export const maxRequests = 32
const maxConstraints = 32
export const maxConfig = 32
const maxSelectors = 32
const maxSubRequests = 8
const maxTolerations = 16
const maxExpression = 10 * 1024
const maxParameters = 10 * 1024
const effects = ['NoExecute', 'NoSchedule', 'None']

/** The names of a claim's requests, each with those of its alternatives. */
export type RequestNames = ReadonlyMap<string, ReadonlySet<string>>

export function requestNamesOf(claim: DeepReadonly<DeviceClaim> | undefined): RequestNames {
  return new Map(
    (claim?.requests ?? []).map(({ name, firstAvailable = [] }) => [name, new Set(firstAvailable.map((s) => s.name))]),
  )
}

/** As pkg/apis/resource/validation `validateDeviceClaim`. */
export function validateDeviceClaim(claim: DeepReadonly<DeviceClaim> | undefined, field: string): FieldError[] {
  const names = requestNamesOf(claim)
  return [
    ...validateSet<DeviceRequest>(claim?.requests, maxRequests, `${field}.requests`, validateRequest, (r) => r.name),
    ...validateList(claim?.constraints, maxConstraints, `${field}.constraints`, (constraint, at) =>
      validateConstraint(constraint, at, names),
    ),
    ...validateList(claim?.config, maxConfig, `${field}.config`, ({ requests, opaque }, at) => [
      ...validateRequestRefs(requests, `${at}.requests`, names),
      ...validateConfiguration(opaque, at),
    ]),
  ]
}

function validateRequest(request: DeepReadonly<DeviceRequest>, field: string): FieldError[] {
  const { name = '', exactly, firstAvailable = [] } = request
  const errors = validateLabelPart(name, `${field}.name`)
  const rule = 'exactly one of `exactly` or `firstAvailable` is required'
  if (firstAvailable.length > 0 && exactly) {
    return [...errors, fieldInvalid(field, null, `${rule}, but multiple fields are set`)]
  }
  if (exactly) return [...errors, ...validateExact(exactly, `${field}.exactly`)]
  if (firstAvailable.length === 0) return [...errors, fieldRequired(field, rule)]
  const validateSub = (sub: DeepReadonly<DeviceSubRequest>, at: string) => [
    ...validateLabelPart(sub.name ?? '', `${at}.name`),
    ...validateExact(sub, at),
  ]
  const at = `${field}.firstAvailable`
  return [...errors, ...validateSet<DeviceSubRequest>(firstAvailable, maxSubRequests, at, validateSub, (s) => s.name)]
}

function validateExact(request: DeepReadonly<ExactDeviceRequest | DeviceSubRequest>, field: string): FieldError[] {
  const { deviceClassName, selectors, tolerations } = request
  return [
    ...(deviceClassName
      ? validateSubdomain(deviceClassName, `${field}.deviceClassName`)
      : [fieldRequired(`${field}.deviceClassName`)]),
    ...validateSelectors(selectors, `${field}.selectors`),
    ...validateCount(request, field),
    ...validateList(tolerations, maxTolerations, `${field}.tolerations`, validateToleration),
  ]
}

function validateCount(request: DeepReadonly<ExactDeviceRequest | DeviceSubRequest>, field: string): FieldError[] {
  const { allocationMode = '', count = 0 } = request
  if (allocationMode === 'All') {
    const detail = "must not be specified when allocationMode is 'All'"
    return count === 0 ? [] : [fieldInvalid(`${field}.count`, count, detail)]
  }
  if (allocationMode === 'ExactCount') {
    return count > 0 ? [] : [fieldInvalid(`${field}.count`, count, 'must be greater than zero')]
  }
  return [fieldNotSupported(`${field}.allocationMode`, allocationMode, ['All', 'ExactCount'])]
}

/** All but what the expressions say. */
export function validateSelectors(
  selectors: DeepReadonly<DeviceSelector[]> | undefined,
  field: string,
  stored = false,
): FieldError[] {
  return validateList(selectors, maxSelectors, field, ({ cel }, at) => {
    if (!cel) return [fieldRequired(`${at}.cel`)]
    const long = !stored && byteLength(cel.expression ?? '') > maxExpression
    return long ? [fieldTooLong(`${at}.cel.expression`, '', maxExpression)] : []
  })
}

export function validateToleration(toleration: DeepReadonly<DeviceToleration>, field: string): FieldError[] {
  const { key, operator, value = '', effect } = toleration
  const errors = key ? validateLabelName(key, `${field}.key`) : []
  if (operator === 'Exists') {
    const detail = 'must be empty for operator `Exists`'
    if (value !== '') errors.push(fieldInvalid(`${field}.value`, value, detail))
  } else if (operator === 'Equal') errors.push(...validateLabelValue(value, `${field}.value`))
  else if (!operator) errors.push(fieldRequired(`${field}.operator`))
  else errors.push(fieldNotSupported(`${field}.operator`, operator, ['Equal', 'Exists']))
  if (effect && !effects.includes(effect)) errors.push(fieldNotSupported(`${field}.effect`, effect, effects))
  return errors
}

function validateConstraint(
  constraint: DeepReadonly<DeviceConstraint>,
  field: string,
  names: RequestNames,
): FieldError[] {
  const { requests, matchAttribute, distinctAttribute } = constraint
  const errors = validateRequestRefs(requests, `${field}.requests`, names)
  if (matchAttribute !== undefined) errors.push(...validateDomainName(matchAttribute, `${field}.matchAttribute`))
  else if (distinctAttribute !== undefined) {
    errors.push(...validateDomainName(distinctAttribute, `${field}.distinctAttribute`))
  } else {
    const detail = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set'
    errors.push(fieldRequired(field, detail))
  }
  return errors
}

/** Names of requests of the claim, or of their alternatives as `request/alternative`. */
export function validateRequestRefs(
  refs: readonly string[] | undefined,
  field: string,
  names: RequestNames,
): FieldError[] {
  return validateSet<string>(refs, maxRequests, field, (ref, at) => validateRequestRef(ref, at, names), String)
}

export function validateRequestRef(ref: string, field: string, names: RequestNames): FieldError[] {
  const detail = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"
  const parts = ref.split('/')
  if (parts.length > 2) return [fieldInvalid(field, ref, detail)]
  const errors = parts.flatMap((part) => validateLabelPart(part, field))
  const [name = '', sub] = parts
  const known = names.get(name)
  if (known && (sub === undefined || known.has(sub))) return errors
  return [...errors, fieldInvalid(field, ref, detail)]
}

export function validateConfiguration(
  opaque: DeepReadonly<OpaqueDeviceConfiguration> | undefined,
  field: string,
  stored = false,
): FieldError[] {
  const at = `${field}.opaque`
  if (!opaque) return [fieldRequired(at)]
  const { driver = '', parameters } = opaque
  return [
    ...validateDriver(driver, `${at}.driver`),
    ...validateRaw(parameters, `${at}.parameters`, stored ? Number.POSITIVE_INFINITY : maxParameters),
  ]
}

/** A JSON object of bounded size. */
export function validateRaw(value: unknown, field: string, max: number): FieldError[] {
  if (value === undefined || value === null) return [fieldRequired(field)]
  if (Number.isFinite(max) && byteLength(stringifyJSON(value)) > max) return [fieldTooLong(field, '', max)]
  if (typeof value === 'object' && !Array.isArray(value)) return []
  return [fieldInvalid(field, '<value omitted>', 'must be a valid JSON object')]
}
