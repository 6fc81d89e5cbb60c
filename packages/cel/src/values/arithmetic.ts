import { isNumeric, type Numeric } from './equality.ts'
import { CelFailure, CelList, CelUint, Duration, noSuchOverload, Timestamp, type Value } from './value.ts'

const intOverflow = new CelFailure('integer overflow')
const uintOverflow = new CelFailure('unsigned integer overflow')
const durationOverflow = new CelFailure('duration overflow')
const timestampOverflow = new CelFailure('timestamp overflow')
const divisionByZero = new CelFailure('division by zero')
const modulusByZero = new CelFailure('modulus by zero')

export const int = (value: bigint): Value => (BigInt.asIntN(64, value) === value ? value : intOverflow)
export const uint = (value: bigint): Value => (BigInt.asUintN(64, value) === value ? new CelUint(value) : uintOverflow)
export const duration = (nanos: bigint): Value =>
  BigInt.asIntN(64, nanos) === nanos ? new Duration(nanos) : durationOverflow

const minTime = -62135596800n * 1_000_000_000n
const maxTime = 253402300799n * 1_000_000_000n + 999_999_999n
/** A time in the years 1 to 9999. */
export const timestamp = (nanos: bigint): Value =>
  nanos < minTime || nanos > maxTime ? timestampOverflow : new Timestamp(nanos)

export function add(a: Value, b: Value): Value {
  if (typeof a === 'bigint') return typeof b === 'bigint' ? int(a + b) : noSuchOverload()
  if (typeof a === 'string') return typeof b === 'string' ? a + b : noSuchOverload()
  if (typeof a === 'number') return typeof b === 'number' ? a + b : noSuchOverload()
  if (a instanceof CelUint && b instanceof CelUint) return uint(a.value + b.value)
  if (a instanceof CelList && b instanceof CelList) return a.concat(b)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return new Uint8Array(Buffer.concat([a, b]))
  if (a instanceof Duration && b instanceof Duration) return duration(a.nanos + b.nanos)
  if (a instanceof Timestamp && b instanceof Duration) return timestamp(a.nanos + b.nanos)
  if (a instanceof Duration && b instanceof Timestamp) return timestamp(a.nanos + b.nanos)
  return noSuchOverload()
}

export function subtract(a: Value, b: Value): Value {
  if (typeof a === 'bigint') return typeof b === 'bigint' ? int(a - b) : noSuchOverload()
  if (typeof a === 'number') return typeof b === 'number' ? a - b : noSuchOverload()
  if (a instanceof CelUint && b instanceof CelUint) return uint(a.value - b.value)
  if (a instanceof Duration && b instanceof Duration) return duration(a.nanos - b.nanos)
  if (a instanceof Timestamp && b instanceof Timestamp) return duration(a.nanos - b.nanos)
  if (a instanceof Timestamp && b instanceof Duration) return timestamp(a.nanos - b.nanos)
  return noSuchOverload()
}

export function multiply(a: Value, b: Value): Value {
  if (typeof a === 'bigint') return typeof b === 'bigint' ? int(a * b) : noSuchOverload()
  if (typeof a === 'number') return typeof b === 'number' ? a * b : noSuchOverload()
  return a instanceof CelUint && b instanceof CelUint ? uint(a.value * b.value) : noSuchOverload()
}

export function divide(a: Value, b: Value): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') return b === 0n ? divisionByZero : int(a / b)
  if (typeof a === 'number' && typeof b === 'number') return a / b
  if (!(a instanceof CelUint && b instanceof CelUint)) return noSuchOverload()
  return b.value === 0n ? divisionByZero : uint(a.value / b.value)
}

export function modulo(a: Value, b: Value): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    if (b === 0n) return modulusByZero
    return a === -(1n << 63n) && b === -1n ? intOverflow : a % b
  }
  if (!(a instanceof CelUint && b instanceof CelUint)) return noSuchOverload()
  return b.value === 0n ? modulusByZero : uint(a.value % b.value)
}

export function negate(a: Value): Value {
  if (typeof a === 'bigint') return int(-a)
  if (typeof a === 'number') return -a
  return a instanceof Duration ? duration(-a.nanos) : noSuchOverload()
}

/** Towards zero; what does not fit overflows. */
export function toInt(value: Numeric): Value {
  if (typeof value === 'bigint') return value
  if (value instanceof CelUint) return int(value.value)
  if (!(value > -(2 ** 63) && value < 2 ** 63)) return intOverflow
  return BigInt(Math.trunc(value))
}

export function toUint(value: Numeric): Value {
  if (value instanceof CelUint) return value
  if (typeof value === 'bigint') return uint(value)
  if (!(value >= 0 && value < 2 ** 64)) return uintOverflow
  return uint(BigInt(Math.trunc(value)))
}

export const toDouble = (value: Numeric): number => Number(value instanceof CelUint ? value.value : value)

/** A list index from an int, or from a double or uint that is a whole number. */
export function toIndex(value: Value): number | CelFailure {
  if (!isNumeric(value)) return new CelFailure(`unsupported index type '${typeName(value)}' in list`)
  const index = Number(value instanceof CelUint ? value.value : value)
  return Number.isSafeInteger(index) ? index : new CelFailure(`unsupported index value ${String(index)} in list`)
}

const typeName = (value: Value): string =>
  typeof value === 'string' ? 'string' : typeof value === 'boolean' ? 'bool' : value === null ? 'null_type' : 'dyn'
