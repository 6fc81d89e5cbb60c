import { NumberLiteral } from '../bodies/json.ts'
import { isMap, setKey } from '../meta/deep.ts'
import { formatDuration, parseDuration } from '../values/duration.ts'
import { goQuote } from '../values/go-quote.ts'
import { Quantity } from '../values/quantity.ts'
import { formatMicroTime, formatTime, parseTime } from '../values/time.ts'
import { type DecodeContext, DecodeFailure, numberWord, wordOf } from './context.ts'

/** Reads one value of a type: gives what is stored, or undefined where the value is refused or says nothing. */
export interface Decoder {
  decode(value: unknown, context: DecodeContext): unknown
  /** The name of the type in Go's messages. */
  readonly goType: string
  /** What null becomes as an item of a list or a member of a map. */
  zero(): unknown
}

function scalar(goType: string, zero: unknown, decode: Decoder['decode']): Decoder {
  return { goType, zero: () => zero, decode }
}

const string = scalar('string', '', (value, context) =>
  typeof value === 'string' ? value : context.refuse(value, 'string'),
)

const bool = scalar('bool', false, (value, context) =>
  typeof value === 'boolean' ? value : context.refuse(value, 'bool'),
)

function int32Of(value: unknown, context: DecodeContext): unknown {
  if (typeof value === 'number' && (value | 0) === value) return value
  return context.refuse(value, 'int32', numberWord(value))
}

const int32 = scalar('int32', 0, int32Of)

const int64 = scalar('int64', 0, (value, context) => {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  if (typeof value === 'bigint') return value
  return context.refuse(value, 'int64', numberWord(value))
})

const double = scalar('float64', 0, (value, context) => {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (!(value instanceof NumberLiteral)) return context.refuse(value, 'float64')
  return Number.isFinite(value.value) ? value.value : context.refuse(value, 'float64', numberWord(value))
})

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

const bytes = scalar('[]uint8', '', (value, context) => {
  if (typeof value !== 'string') return context.refuse(value, '[]uint8')
  if (base64.test(value)) return value
  const packed = value.replace(/[\r\n]/g, '')
  if (base64.test(packed)) return packed
  return context.note(`illegal base64 data at input byte ${faultOf(value)}`)
})

/** Where Go's decoder stops: at the first character that does not belong, or where the last group is not whole. */
function faultOf(text: string): number {
  const foreign = text.search(/[^A-Za-z0-9+/=\r\n]/)
  const padding = text.indexOf('=')
  if (foreign >= 0 && (padding < 0 || foreign < padding)) return foreign
  if (padding < 0) return text.length - (text.replace(/[\r\n]/g, '').length % 4)
  const before = text.slice(0, padding).replace(/[\r\n]/g, '').length % 4
  if (before < 2) return padding
  return before === 2 && text[padding + 1] !== '=' ? padding + 1 : padding + (before === 2 ? 2 : 1)
}

const canonicalTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
const canonicalMicroTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/
const microTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/

const time = scalar('v1.Time', null, (value, context) => {
  const text = textOf(value, context)
  const ms = inWords(() => parseTime(text))
  return canonicalTime.test(text) ? text : formatTime(yearsOf(ms))
})

const micro = scalar('v1.MicroTime', null, (value, context) => {
  const text = textOf(value, context)
  const ms = inWords(() => parseTime(text))
  if (!microTime.test(text)) {
    const rest = text.slice(19)
    throw new DecodeFailure(
      `parsing time ${goQuote(text)} as "2006-01-02T15:04:05.000000Z07:00": cannot parse ${goQuote(rest)} as ".000000"`,
    )
  }
  if (canonicalMicroTime.test(text)) return text
  // The fraction is taken over as text: milliseconds as a double would not hold all its digits.
  return `${formatMicroTime(Math.floor(yearsOf(ms) / 1000) * 1000).slice(0, 20)}${text.slice(20, 26)}Z`
})

function yearsOf(ms: number): number {
  if (ms < -62_167_219_200_000 || ms > 253_402_300_799_999) {
    throw new DecodeFailure('Time.MarshalJSON: year outside of range [0,9999]')
  }
  return ms
}

const duration = scalar('v1.Duration', '0s', (value, context) => {
  const text = textOf(value, context)
  return inWords(() => formatDuration(parseDuration(text)))
})

const quantity = scalar('resource.Quantity', '0', (value) => {
  const number = value instanceof NumberLiteral ? value.text : String(value)
  const text = typeof value === 'string' ? value.trim() : wordOf(value) === 'number' ? number : '?'
  return inWords(() => Quantity.parse(text).toString())
})

const intOrString = scalar('intstr.IntOrString', 0, (value, context) => {
  if (typeof value === 'string' || (typeof value === 'number' && (value | 0) === value)) return value
  throw new DecodeFailure(context.describe(numberWord(value) ?? wordOf(value), 'int32'))
})

/** Any JSON, kept as it is. */
const anything = scalar('interface {}', null, (value) => withoutLiterals(value))

/** Where the type does not matter, a number is its value. What holds none is taken as it is. */
function withoutLiterals(value: unknown): unknown {
  if (value instanceof NumberLiteral) return value.value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) if (typeof item === 'object') value[at] = withoutLiterals(item)
    return value
  }
  if (!isMap(value)) return value
  for (const [key, member] of Object.entries(value)) {
    if (typeof member === 'object') setKey(value, key, withoutLiterals(member))
  }
  return value
}

function textOf(value: unknown, context: DecodeContext): string {
  if (typeof value === 'string') return value
  throw new DecodeFailure(context.describe(wordOf(value), 'string'))
}

/** Errors of a type's own reader end the decoding, in that reader's words. */
function inWords<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new DecodeFailure(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

/** By the type's name in the field table. */
export const scalarDecoders: ReadonlyMap<string, Decoder> = new Map([
  ['string', string],
  ['bool', bool],
  ['int32', int32],
  ['int64', int64],
  ['double', double],
  ['bytes', bytes],
  ['Time', time],
  ['MicroTime', micro],
  ['Duration', duration],
  ['Quantity', quantity],
  ['IntOrString', intOrString],
  ['RawExtension', anything],
  ['FieldsV1', anything],
  ['JSON', anything],
  ['object', anything],
])
