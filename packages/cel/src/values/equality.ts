import { CelType, sameType } from '../types/types.ts'
import {
  CelFailure,
  CelList,
  CelMap,
  CelUint,
  Duration,
  noSuchOverload,
  Opaque,
  Optional,
  Timestamp,
  type Value,
} from './value.ts'

/** `a == b`: numbers compare by value whatever their types, everything else is equal only within its type. */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true
  switch (typeof a) {
    case 'string':
    case 'boolean':
      return false
    case 'bigint':
    case 'number':
      return isNumeric(b) && compareNumbers(a, b) === 0
    default:
  }
  if (a === null || b === null || typeof b === 'string' || typeof b === 'boolean') return false
  if (a instanceof CelUint) return isNumeric(b) && compareNumbers(a, b) === 0
  if (typeof b === 'bigint' || typeof b === 'number') return false
  if (a instanceof CelMap) return b instanceof CelMap && equalMaps(a, b)
  if (a instanceof CelList) return b instanceof CelList && equalLists(a, b)
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0
  if (a instanceof Optional) return b instanceof Optional && equalOptionals(a, b)
  if (a instanceof CelType) return b instanceof CelType && (sameType(a, b) || a.name === b.name)
  return a instanceof Opaque && b instanceof Opaque && a.type.name === b.type.name && a.equals(b)
}

function equalLists(a: CelList, b: CelList): boolean {
  const own = a.equals(b)
  if (own !== undefined) return own
  if (a.size !== b.size) return false
  for (let i = 0; i < a.size; i++) if (!equal(a.get(i), b.get(i))) return false
  return true
}

function equalMaps(a: CelMap, b: CelMap): boolean {
  if (a.size !== b.size) return false
  for (const key of a.keys()) {
    const left = a.find(key)
    const right = b.find(key)
    if (left === undefined || right === undefined || right instanceof CelFailure || !equal(left, right)) return false
  }
  return true
}

function equalOptionals(a: Optional, b: Optional): boolean {
  if (a.value === undefined || b.value === undefined) return a.value === b.value
  return equal(a.value, b.value)
}

export type Numeric = bigint | number | CelUint

export const isNumeric = (value: Value): value is Numeric =>
  typeof value === 'bigint' || typeof value === 'number' || value instanceof CelUint

/** Less than, equal or greater; NaN for a NaN, which has no order. */
export function compareNumbers(a: Numeric, b: Numeric): number {
  const left = a instanceof CelUint ? a.value : a
  const right = b instanceof CelUint ? b.value : b
  if (left < right) return -1
  if (left > right) return 1
  return Number.isNaN(Number(left)) || Number.isNaN(Number(right)) ? Number.NaN : 0
}

/** The order of two values, or why they have none (cel-go's `Comparer`). */
export function compare(a: Value, b: Value): number | CelFailure {
  if (isNumeric(a) && isNumeric(b)) {
    const order = compareNumbers(a, b)
    return Number.isNaN(order) ? new CelFailure('NaN values cannot be ordered') : order
  }
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b)
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (a instanceof Timestamp && b instanceof Timestamp) return compareNumbers(a.nanos, b.nanos)
  if (a instanceof Duration && b instanceof Duration) return compareNumbers(a.nanos, b.nanos)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  return noSuchOverload()
}

/** The order of two texts by code points, which is Go's order of their UTF-8. */
export function compareStrings(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i)
    const right = b.charCodeAt(i)
    if (left === right) continue
    const leftWide = left >= 0xd800 && left <= 0xdfff
    const rightWide = right >= 0xd800 && right <= 0xdfff
    if (leftWide !== rightWide) return leftWide ? 1 : -1
    return left - right
  }
  return a.length - b.length
}
