import type { Device, DeviceAttribute, DeviceCounterConsumption, DeviceTaint } from '@wherry/api'
import {
  byteLength,
  type DeepReadonly,
  type FieldError,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  semanticEqual,
} from '@wherry/apimachinery'
import { validateNodeSelector } from '../core/pod/validation/affinity.ts'
import { validateList, validateSet } from '../lists.ts'
import { validateBindingConditions } from './binding-conditions.ts'
import { validateCapacity } from './capacity-validation.ts'
import { validateConsumption } from './counters.ts'
import {
  maxQualifiedName,
  shortKey,
  validateLabelName,
  validateLabelPart,
  validateLabelValue,
  validateQualifiedName,
  validateSubdomain,
} from './names.ts'

type Value = DeepReadonly<Device>

const maxProperties = 32
const maxTaints = 16
const maxConsumptions = 2
const maxValue = 64
const effects = ['NoExecute', 'NoSchedule', 'None']
const number = '(0|[1-9]\\d*)'
const prerelease = '(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)'
const build = '[0-9a-zA-Z-]+'
const semver = new RegExp(
  `^${number}\\.${number}\\.${number}(-${prerelease}(\\.${prerelease})*)?(\\+${build}(\\.${build})*)?$`,
)

/** As pkg/apis/resource/validation `validateDevice`. What has not changed is not checked again where upstream says so. */
export function validateDevice(device: Value, old: Value | undefined, field: string, ownNodes: boolean): FieldError[] {
  const { name = '', attributes = {}, capacity = {}, taints } = device
  const errors = validateLabelPart(name, `${field}.name`)
  const properties = Object.keys(attributes).length + Object.keys(capacity).length
  if (properties > maxProperties) {
    const detail = `the total number of attributes and capacities must not exceed ${maxProperties}`
    errors.push(fieldInvalid(field, properties, detail))
  }
  errors.push(...validateNamed(attributes, `${field}.attributes`, validateAttribute))
  if (!old || !semanticEqual(old.capacity, device.capacity)) {
    const shared = device.allowMultipleAllocations ?? false
    errors.push(...validateNamed(capacity, `${field}.capacity`, (one, at) => validateCapacity(one, at, shared)))
  }
  if (!old || !semanticEqual(old.taints, taints)) {
    errors.push(...validateList(taints, maxTaints, `${field}.taints`, validateTaint))
  }
  return [
    ...errors,
    ...validateSet<DeviceCounterConsumption>(
      device.consumesCounters,
      maxConsumptions,
      `${field}.consumesCounters`,
      validateConsumption,
      ({ counterSet }) => counterSet,
    ),
    ...validateNodes(device, field, ownNodes),
    ...validateBindingConditions(device, field),
  ]
}

function validateNamed<T>(
  values: Readonly<Record<string, T>>,
  field: string,
  validate: (value: T, field: string) => FieldError[],
): FieldError[] {
  return Object.entries(values).flatMap(([key, value]) => [
    ...validateQualifiedName(key, field),
    ...validate(value, `${field}[${shortKey(key, maxQualifiedName)}]`),
  ])
}

function validateAttribute(attribute: DeepReadonly<DeviceAttribute>, field: string): FieldError[] {
  const errors: FieldError[] = []
  const { string, version } = attribute
  const bounded = (value: string, at: string) => {
    if (byteLength(value) > maxValue) errors.push(fieldTooLong(at, '', maxValue))
  }
  if (string !== undefined) bounded(string, `${field}.string`)
  if (version !== undefined) {
    const detail = 'must be a string compatible with semver.org spec 2.0.0'
    if (!semver.test(version)) errors.push(fieldInvalid(`${field}.version`, version, detail))
    bounded(version, `${field}.version`)
  }
  const set = [attribute.bool, attribute.int, string, version].filter((value) => value !== undefined).length
  const detail = 'exactly one value must be specified'
  if (set === 0) errors.push(fieldInvalid(field, '', detail))
  else if (set > 1) errors.push(fieldInvalid(field, attribute, detail))
  return errors
}

function validateTaint({ key = '', value, effect }: DeepReadonly<DeviceTaint>, field: string): FieldError[] {
  const errors = validateLabelName(key, `${field}.key`)
  if (value) errors.push(...validateLabelValue(value, `${field}.value`))
  if (!effect) errors.push(fieldRequired(`${field}.effect`))
  else if (!effects.includes(effect)) errors.push(fieldNotSupported(`${field}.effect`, effect, effects))
  return errors
}

/** The nodes that the device is for, where each of the slice says so itself. */
function validateNodes({ nodeName, nodeSelector, allNodes }: Value, field: string, own: boolean): FieldError[] {
  if (!own) {
    if (nodeName === undefined && !nodeSelector && allNodes === undefined) return []
    const detail =
      '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec'
    return [fieldInvalid(field, null, detail)]
  }
  const errors: FieldError[] = []
  const set: string[] = []
  if (nodeName === '') errors.push(fieldInvalid(`${field}.nodeName`, nodeName, 'must not be empty'))
  else if (nodeName !== undefined) {
    set.push('`nodeName`')
    errors.push(...validateSubdomain(nodeName, `${field}.nodeName`))
  }
  if (nodeSelector) {
    set.push('`nodeSelector`')
    errors.push(...validateNodeSelector(nodeSelector, `${field}.nodeSelector`))
  }
  if (allNodes) set.push('`allNodes`')
  else if (allNodes === false) {
    errors.push(fieldInvalid(`${field}.allNodes`, false, 'must be either unset or set to true'))
  }
  const rule =
    'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec'
  if (set.length === 0) errors.push(fieldRequired(field, rule))
  else if (set.length > 1) errors.push(fieldInvalid(field, `{${set.join(', ')}}`, rule))
  return errors
}
