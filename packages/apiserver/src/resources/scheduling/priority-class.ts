import { PriorityClass } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'

const systemPrefix = 'system-'
const systemClasses: Readonly<Record<string, number>> = {
  'system-node-critical': 2000001000,
  'system-cluster-critical': 2000000000,
}
const highestUserPriority = 1000000000

export const priorityClasses = defineResource(PriorityClass, {
  shortNames: ['pc'],
  generation: true,
  setDefaults(object) {
    object.value ??= 0
    object.preemptionPolicy ??= 'PreemptLowerPriority'
  },
  validate,
  validateUpdate(object, old) {
    const errors: FieldError[] = []
    if ((object.value ?? 0) !== (old.value ?? 0))
      errors.push(fieldForbidden('value', 'may not be changed in an update.'))
    if (object.preemptionPolicy !== old.preemptionPolicy) {
      errors.push(fieldInvalid('preemptionPolicy', object.preemptionPolicy, 'field is immutable'))
    }
    return errors
  },
  columns: [
    nameColumn(),
    { name: 'Value', type: 'integer', value: (object) => object.value ?? 0 },
    { name: 'Global-Default', type: 'boolean', value: (object) => object.globalDefault ?? false },
    ageColumn(),
    { name: 'PreemptionPolicy', type: 'string', value: (object) => object.preemptionPolicy ?? '' },
  ],
})

function validate(object: DeepReadonly<PriorityClass>): FieldError[] {
  const errors: FieldError[] = []
  const name = object.metadata.name ?? ''
  const value = object.value ?? 0
  if (name.startsWith(systemPrefix)) {
    if (!Object.hasOwn(systemClasses, name) || systemClasses[name] !== value || object.globalDefault) {
      const detail = "priority class names with 'system-' prefix are reserved for system use only. error: "
      errors.push(fieldForbidden('metadata.name', `${detail}${systemFault(name, value)}`))
    }
  } else if (value > highestUserPriority) {
    errors.push(fieldForbidden('value', `maximum allowed value of a user defined priority is ${highestUserPriority}`))
  }
  const policy = object.preemptionPolicy
  if (policy !== undefined && policy !== 'Never' && policy !== 'PreemptLowerPriority') {
    errors.push(fieldNotSupported('preemptionPolicy', policy, ['Never', 'PreemptLowerPriority']))
  }
  return errors
}

function systemFault(name: string, value: number): string {
  if (!Object.hasOwn(systemClasses, name)) return `${name} is not a known system priority class`
  return systemClasses[name] === value
    ? `globalDefault of ${name} must be false`
    : `value of ${name} PriorityClass must be ${systemClasses[name]}`
}
