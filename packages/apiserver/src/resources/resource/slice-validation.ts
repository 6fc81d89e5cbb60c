import type { CounterSet, Device, ResourceSlice } from '@wherry/api'
import { type DeepReadonly, type FieldError, fieldInvalid, fieldRequired } from '@wherry/apimachinery'
import { validateNodeSelector } from '../core/pod/validation/affinity.ts'
import { immutable } from '../fields.ts'
import { validateSet } from '../lists.ts'
import { validateCounterSet } from './counters.ts'
import { validateDevice } from './device-validation.ts'
import { validateDriver, validatePool, validateSubdomain } from './names.ts'

type Slice = DeepReadonly<ResourceSlice>

const maxDevices = 128
const maxAdvancedDevices = 64
const maxCounterSets = 8

/** As pkg/apis/resource/validation `ValidateResourceSlice`. */
export function validateSlice({ spec }: Slice, old?: Slice): FieldError[] {
  const { pool, devices = [], sharedCounters } = spec
  const errors = [
    ...validateDriver(spec.driver ?? '', 'spec.driver'),
    ...validatePool(pool?.name ?? '', 'spec.pool.name'),
  ]
  const { resourceSliceCount = 0, generation = 0 } = pool ?? {}
  if (resourceSliceCount <= 0) {
    errors.push(fieldInvalid('spec.pool.resourceSliceCount', resourceSliceCount, 'must be greater than zero'))
  }
  if (generation < 0) {
    errors.push(fieldInvalid('spec.pool.generation', generation, 'must be greater than or equal to zero'))
  }
  if (old) {
    errors.push(
      ...immutable('spec.pool.name', pool?.name, old.spec.pool?.name),
      ...immutable('spec.driver', spec.driver, old.spec.driver),
      ...immutable('spec.nodeName', spec.nodeName, old.spec.nodeName),
    )
  }
  errors.push(...validateNodes(spec))
  if (sharedCounters && spec.devices) {
    errors.push(fieldInvalid('spec', '', 'only one of `sharedCounters` or `devices` is allowed'))
  }
  const advanced = devices.some(({ taints, consumesCounters }) => taints?.length || consumesCounters?.length)
  const before = new Map((old?.spec.devices ?? []).map((device) => [device.name, device]))
  return [
    ...errors,
    ...validateSet<Device>(
      devices,
      advanced ? maxAdvancedDevices : maxDevices,
      'spec.devices',
      (device, at) => validateDevice(device, before.get(device.name), at, spec.perDeviceNodeSelection ?? false),
      ({ name }) => name,
    ),
    ...validateSet<CounterSet>(
      sharedCounters,
      maxCounterSets,
      'spec.sharedCounters',
      validateCounterSet,
      (s) => s.name,
    ),
  ]
}

/** The nodes that the devices are for, in exactly one way. */
function validateNodes(spec: Slice['spec']): FieldError[] {
  const errors: FieldError[] = []
  const set: string[] = []
  const { nodeName, nodeSelector } = spec
  if (nodeName === '') {
    errors.push(fieldInvalid('spec.nodeName', nodeName, 'must be either unset or set to a non-empty string'))
  } else if (nodeName !== undefined) {
    set.push('`nodeName`')
    errors.push(...validateSubdomain(nodeName, 'spec.nodeName'))
  }
  if (nodeSelector) {
    set.push('`nodeSelector`')
    errors.push(...validateNodeSelector(nodeSelector, 'spec.nodeSelector'))
    const terms = nodeSelector.nodeSelectorTerms ?? []
    if (terms.length !== 1) {
      const detail = 'must have exactly one node selector term'
      errors.push(fieldInvalid('spec.nodeSelector.nodeSelectorTerms', terms, detail))
    }
  }
  for (const name of ['allNodes', 'perDeviceNodeSelection'] as const) {
    if (spec[name]) set.push(`\`${name}\``)
    else if (spec[name] === false) {
      errors.push(fieldInvalid(`spec.${name}`, false, 'must be either unset or set to true'))
    }
  }
  const rule = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required'
  if (set.length === 0) errors.push(fieldRequired('spec', rule))
  else if (set.length > 1) {
    errors.push(fieldInvalid('spec', `{${set.join(', ')}}`, `${rule}, but multiple fields are set`))
  }
  return errors
}
