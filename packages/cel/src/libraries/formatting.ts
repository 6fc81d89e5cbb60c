import { goQuote } from '@wherry/apimachinery'
import { formatDouble } from '../standard/numbers.ts'
import { CelType } from '../types/types.ts'
import { formatDuration, formatTimestamp } from '../values/time.ts'
import { CelList, CelMap, CelUint, Duration, Timestamp, typeOf, type Value } from '../values/value.ts'

/** A clause of a format string: its letter, and the precision of `%.2f`. */
export interface Clause {
  verb: string
  precision: number
}

/** Why a text cannot be formatted; `at` is the index of the argument where one is to blame. */
export class FormatError extends Error {
  readonly at: number | undefined

  constructor(message: string, at?: number) {
    super(message)
    this.at = at
  }
}

const problems: Readonly<Record<string, string>> = {
  s: 'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
  d: 'decimal clause can only be used on integers',
  f: 'fixed-point clause can only be used on doubles',
  e: 'scientific clause can only be used on doubles',
  b: 'only integers and bools can be formatted as binary',
  x: 'only integers, byte buffers, and strings can be formatted as hex',
  o: 'octal clause can only be used on integers',
}

/** `error during formatting: …, was given map`. */
export function wrongType(verb: string, type: string, at?: number): FormatError {
  return new FormatError(`error during formatting: ${problems[verb.toLowerCase()] ?? ''}, was given ${type}`, at)
}

/** Puts arguments into a format string; `one` formats each (cel-go's `ext/formatting.go`, before version 4). */
export function formatString(format: string, args: number, one: (index: number, clause: Clause) => string): string {
  let out = ''
  let index = 0
  for (let i = 0; i < format.length; i++) {
    if (format[i] !== '%') {
      out += format[i]
      continue
    }
    if (format[i + 1] === '%') {
      out += '%'
      i++
      continue
    }
    if (index >= args) throw new FormatError(`index ${index} out of range`)
    if (i + 1 >= format.length) throw new FormatError('unexpected end of string')
    const match = /^(?:\.(\d*))?(.?)/su.exec(format.slice(i + 1))
    const [clause = '', precision, verb = ''] = match ?? []
    const unparsed = (why: string): FormatError => new FormatError(`could not parse formatting clause: ${why}`)
    if (verb === '') throw unparsed('error while parsing precision: could not find end of precision specifier')
    if (precision === '') {
      throw unparsed(
        'error while parsing precision: error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax',
      )
    }
    if (!/^[sdfebxXo]$/.test(verb)) throw unparsed(`unrecognized formatting clause "${verb}"`)
    out += one(index++, { verb, precision: precision === undefined ? 6 : Number(precision) })
    i += clause.length
  }
  return out
}

/** An argument as a clause wants it. */
export function runTimeClauses(value: Value, { verb, precision }: Clause): string {
  const wrong = (): FormatError => wrongType(verb, typeOf(value).name)
  const integer = typeof value === 'bigint' ? value : value instanceof CelUint ? value.value : undefined
  switch (verb) {
    case 's':
      return asString(value, wrong)
    case 'd':
      if (integer === undefined) throw wrong()
      return String(integer)
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0'
      if (integer === undefined) throw wrong()
      return integer.toString(2)
    case 'o':
      if (integer === undefined) throw wrong()
      return integer.toString(8)
    case 'x':
    case 'X': {
      const bytes = typeof value === 'string' || value instanceof Uint8Array ? Buffer.from(value) : undefined
      const hex = integer?.toString(16) ?? bytes?.toString('hex')
      if (hex === undefined) throw wrong()
      return verb === 'X' ? hex.toUpperCase() : hex
    }
    default: {
      const special: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity, '-Infinity': -Infinity }
      const number = typeof value === 'number' ? value : typeof value === 'string' ? special[value] : undefined
      if (number === undefined) throw wrong()
      return verb === 'f' ? fixed(number, precision) : scientific(number, precision)
    }
  }
}

const notFinite = (value: number): string => (Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞')

/** With thousands separated, as in American English. */
function fixed(value: number, precision: number): string {
  if (!Number.isFinite(value)) return notFinite(value)
  const [whole = '', fraction] = value.toFixed(Math.min(precision, 100)).split('.')
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** `1.052033 × 10⁰³`. */
function scientific(value: number, precision: number): string {
  if (!Number.isFinite(value)) return notFinite(value)
  const [mantissa = '', exponent = '0'] = value.toExponential(Math.min(precision, 100)).split('e')
  const digits = exponent.replace(/^[+-]/, '').padStart(2, '0')
  const raised = [...digits].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '').join('')
  return `${mantissa}\u202f×\u202f10${exponent.startsWith('-') ? '⁻' : ''}${raised}`
}

function asString(value: Value, wrong: () => FormatError): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return value
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return formatDouble(value)
  if (value instanceof CelUint) return String(value.value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  if (value instanceof Timestamp) return formatTimestamp(value)
  if (value instanceof Duration) return formatDuration(value)
  if (value instanceof CelType) return value.name
  if (value instanceof CelList) return `[${[...value].map(inside).join(', ')}]`
  if (value instanceof CelMap && value.typeName === undefined) return formatMap(value)
  throw wrong()
}

function formatMap(map: CelMap): string {
  const pairs: [string, string][] = []
  for (const key of map.keys()) pairs.push([inside(key), inside(map.find(key) ?? null)])
  pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${pairs.map(([key, value]) => `${key}:${value}`).join(', ')}}`
}

/** A value within a list or a map: texts in quotes, times as calls, doubles with six digits. */
function inside(value: Value): string {
  if (typeof value === 'string') return goQuote(value)
  if (value instanceof Uint8Array) return `b${goQuote(Buffer.from(value).toString('utf8'))}`
  if (value instanceof Timestamp) return `timestamp(${goQuote(formatTimestamp(value))})`
  if (value instanceof Duration) return `duration(${goQuote(formatDuration(value))})`
  if (typeof value === 'number') return Number.isFinite(value) ? value.toFixed(6) : goQuote(formatDouble(value))
  const type = typeOf(value)
  return asString(value, () => new FormatError(`error during formatting: no formatting function for ${type.name}`))
}
