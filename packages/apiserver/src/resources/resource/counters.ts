import type { CounterSet, DeviceCounterConsumption } from '@wherry/api'
import { type DeepReadonly, type FieldError, fieldRequired, fieldTooMany } from '@wherry/apimachinery'
import { shortKey, validateLabelPart } from './names.ts'

const maxCounters = 32

/** Counters that the devices of a pool share. */
export function validateCounterSet({ name, counters }: DeepReadonly<CounterSet>, field: string): FieldError[] {
  return [
    ...(name ? validateLabelPart(name, `${field}.name`) : [fieldRequired(`${field}.name`)]),
    ...validateCounters(counters, `${field}.counters`),
  ]
}

/** As `validateDeviceCounterConsumption`. */
export function validateConsumption(consumption: DeepReadonly<DeviceCounterConsumption>, field: string): FieldError[] {
  const { counterSet, counters } = consumption
  return [
    ...(counterSet ? validateLabelPart(counterSet, `${field}.counterSet`) : [fieldRequired(`${field}.counterSet`)]),
    ...validateCounters(counters, `${field}.counters`),
  ]
}

function validateCounters(counters: DeepReadonly<CounterSet['counters']> | undefined, field: string): FieldError[] {
  const names = Object.keys(counters ?? {})
  if (names.length === 0) return [fieldRequired(field)]
  if (names.length > maxCounters) return [fieldTooMany(field, names.length, maxCounters)]
  return names.flatMap((name) => validateLabelPart(shortKey(name, 63), field))
}
