import { declare, type FunctionDecl, global, type Implementation } from '../declarations.ts'
import {
  boolType,
  bytesType,
  CelType,
  doubleType,
  durationType,
  dynType,
  intType,
  paramType,
  stringType,
  timestampType,
  typeOfType,
  typeToString,
  uintType,
} from '../types/types.ts'
import { int, timestamp, toDouble, toInt, toUint, uint } from '../values/arithmetic.ts'
import { isNumeric } from '../values/equality.ts'
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp } from '../values/time.ts'
import {
  CelFailure,
  CelUint,
  Duration,
  noSuchOverload,
  Opaque,
  Timestamp,
  typeOf,
  type Value,
} from '../values/value.ts'
import { formatDouble } from './numbers.ts'

const failed = (from: CelType, to: CelType): CelFailure =>
  new CelFailure(`type conversion error from '${from.name}' to '${to.name}'`)

function parseInteger(text: string, signed: boolean): bigint | undefined {
  if (!(signed ? /^[+-]?\d+$/ : /^\d+$/).test(text)) return undefined
  const value = BigInt(text.replace(/^\+/, ''))
  const wrapped = signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)
  return wrapped === value ? value : undefined
}

function parseDouble(text: string): number | undefined {
  if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) {
    const value = Number(text)
    return Number.isFinite(value) ? value : undefined
  }
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  return /^nan$/i.test(text) ? Number.NaN : undefined
}

const trues = new Set(['1', 't', 'T', 'true', 'TRUE', 'True'])
const falses = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False'])

function toText(value: Value = null): Value {
  if (typeof value === 'string') return value
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return formatDouble(value)
  if (value instanceof CelUint) return String(value.value)
  if (value instanceof Timestamp) return formatTimestamp(value)
  if (value instanceof Duration) return formatDuration(value)
  if (value instanceof CelType) return typeToString(value)
  if (value instanceof Opaque) return value.toString()
  if (!(value instanceof Uint8Array)) return failed(typeOf(value), stringType)
  const text = Buffer.from(value).toString('utf8')
  return Buffer.from(text).equals(value) ? text : new CelFailure('invalid UTF-8 in bytes, cannot convert to string')
}

function toIntValue(value: Value = null): Value {
  if (isNumeric(value)) return toInt(value)
  if (typeof value === 'string') return parseInteger(value, true) ?? failed(stringType, intType)
  if (value instanceof Timestamp) return int(floorSeconds(value.nanos))
  return value instanceof Duration ? value.nanos : failed(typeOf(value), intType)
}

function floorSeconds(nanos: bigint): bigint {
  const seconds = nanos / 1_000_000_000n
  return nanos < 0n && nanos % 1_000_000_000n !== 0n ? seconds - 1n : seconds
}

function toUintValue(value: Value = null): Value {
  if (isNumeric(value)) return toUint(value)
  if (typeof value !== 'string') return failed(typeOf(value), uintType)
  const parsed = parseInteger(value, false)
  return parsed === undefined ? failed(stringType, uintType) : uint(parsed)
}

function toDoubleValue(value: Value = null): Value {
  if (isNumeric(value)) return toDouble(value)
  return (typeof value === 'string' ? parseDouble(value) : undefined) ?? failed(typeOf(value), doubleType)
}

function toBool(value: Value = null): Value {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string') return failed(typeOf(value), boolType)
  return trues.has(value) ? true : falses.has(value) ? false : failed(stringType, boolType)
}

function toTimestamp(value: Value = null): Value {
  if (value instanceof Timestamp) return value
  if (typeof value === 'bigint') return timestamp(value * 1_000_000_000n)
  const parsed = typeof value === 'string' ? parseTimestamp(value) : undefined
  return parsed === undefined ? failed(typeOf(value), timestampType) : timestamp(parsed.nanos)
}

function toDuration(value: Value = null): Value {
  if (value instanceof Duration) return value
  return (typeof value === 'string' ? parseDuration(value) : undefined) ?? failed(typeOf(value), durationType)
}

const toBytes = (value: Value = null): Value => {
  if (value instanceof Uint8Array) return value
  return typeof value === 'string' ? new Uint8Array(Buffer.from(value)) : failed(typeOf(value), bytesType)
}

const a = paramType('A')

type Signature = readonly [id: string, from: CelType]

/** A conversion of several types to one. */
function conversion(
  name: string,
  to: CelType,
  signatures: readonly Signature[],
  convert: Implementation,
): FunctionDecl {
  return declare(
    name,
    signatures.map(([id, from]) => global(id, [from], to, convert)),
  )
}

/** Conversions between types: declarations as cel-go's `common/stdlib`. */
export const conversions: readonly FunctionDecl[] = [
  declare('type', [global('type', [a], typeOfType(a))], (value) =>
    value === undefined ? noSuchOverload() : typeOf(value),
  ),
  conversion(
    'bool',
    boolType,
    [
      ['bool_to_bool', boolType],
      ['string_to_bool', stringType],
    ],
    toBool,
  ),
  conversion(
    'bytes',
    bytesType,
    [
      ['bytes_to_bytes', bytesType],
      ['string_to_bytes', stringType],
    ],
    toBytes,
  ),
  conversion(
    'double',
    doubleType,
    [
      ['double_to_double', doubleType],
      ['int64_to_double', intType],
      ['string_to_double', stringType],
      ['uint64_to_double', uintType],
    ],
    toDoubleValue,
  ),
  conversion(
    'duration',
    durationType,
    [
      ['duration_to_duration', durationType],
      ['string_to_duration', stringType],
    ],
    toDuration,
  ),
  declare('dyn', [global('to_dyn', [a], dynType)], (value = null) => value),
  conversion(
    'int',
    intType,
    [
      ['int64_to_int64', intType],
      ['double_to_int64', doubleType],
      ['duration_to_int64', durationType],
      ['string_to_int64', stringType],
      ['timestamp_to_int64', timestampType],
      ['uint64_to_int64', uintType],
    ],
    toIntValue,
  ),
  conversion(
    'string',
    stringType,
    [
      ['string_to_string', stringType],
      ['bool_to_string', boolType],
      ['bytes_to_string', bytesType],
      ['double_to_string', doubleType],
      ['duration_to_string', durationType],
      ['int64_to_string', intType],
      ['timestamp_to_string', timestampType],
      ['uint64_to_string', uintType],
    ],
    toText,
  ),
  conversion(
    'timestamp',
    timestampType,
    [
      ['timestamp_to_timestamp', timestampType],
      ['int64_to_timestamp', intType],
      ['string_to_timestamp', stringType],
    ],
    toTimestamp,
  ),
  conversion(
    'uint',
    uintType,
    [
      ['uint64_to_uint64', uintType],
      ['double_to_uint64', doubleType],
      ['int64_to_uint64', intType],
      ['string_to_uint64', stringType],
    ],
    toUintValue,
  ),
]
