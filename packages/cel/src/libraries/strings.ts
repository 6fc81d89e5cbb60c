import { declare, type FunctionDecl, global, type Implementation, member } from '../declarations.ts'
import { dynType, intType, listType, stringType } from '../types/types.ts'
import { ArrayList, CelFailure, CelList, noSuchOverload, type Value } from '../values/value.ts'
import { FormatError, formatString, runTimeClauses } from './formatting.ts'

type Arg = string | bigint

/** A function of strings and ints; code points are what its positions count. */
const on =
  (call: (text: string, ...rest: Arg[]) => Value): Implementation =>
  (text, ...rest) => {
    const given: Arg[] = []
    for (const arg of rest) {
      if (typeof arg !== 'string' && typeof arg !== 'bigint') return noSuchOverload()
      given.push(arg)
    }
    return typeof text === 'string' ? call(text, ...given) : noSuchOverload()
  }

const outOfRange = (index: Arg): CelFailure => new CelFailure(`index out of range: ${index}`)
const text = (arg: Arg | undefined): string => String(arg ?? '')
const number = (arg: Arg | undefined, otherwise: number): number => (arg === undefined ? otherwise : Number(arg))

function charAt(value: string, index: Arg = 0n): Value {
  const points = [...value]
  const at = Number(index)
  return at < 0 || at > points.length ? outOfRange(index) : (points[at] ?? '')
}

const matchesAt = (points: readonly string[], part: readonly string[], at: number): boolean =>
  part.every((point, offset) => points[at + offset] === point)

function indexOf(value: string, part: Arg = '', offset: Arg = 0n): Value {
  const points = [...value]
  const start = Number(offset)
  if (start < 0) return outOfRange(offset)
  if (part === '') return BigInt(Math.min(start, points.length))
  const wanted = [...text(part)]
  for (let at = start; at <= points.length - wanted.length; at++) if (matchesAt(points, wanted, at)) return BigInt(at)
  return -1n
}

function lastIndexOf(value: string, part: Arg = '', offset?: Arg): Value {
  const points = [...value]
  if (offset === undefined) {
    if (part === '') return BigInt(points.length)
    if (Buffer.byteLength(value) < Buffer.byteLength(text(part))) return -1n
  }
  const start = number(offset, points.length - 1)
  if (start < 0) return outOfRange(BigInt(start))
  if (part === '') return BigInt(Math.min(start, points.length))
  if (start >= points.length) return -1n
  const wanted = [...text(part)]
  for (let at = Math.min(start, points.length - wanted.length); at >= 0; at--) {
    if (matchesAt(points, wanted, at)) return BigInt(at)
  }
  return -1n
}

/** Go's `strings.Replace`: an empty text is found before each character and at the end. */
function replace(value: string, from: Arg = '', to: Arg = '', limit?: Arg): Value {
  const most = number(limit, -1)
  if (most < 0) return value.replaceAll(text(from), () => text(to))
  const parts = from === '' ? ['', ...value] : value.split(text(from))
  const replaced = Math.min(most, from === '' ? parts.length : parts.length - 1)
  if (from === '') {
    const points = [...value]
    return `${points
      .slice(0, replaced)
      .map((point) => text(to) + point)
      .join('')}${replaced > points.length ? text(to) : ''}${points.slice(replaced).join('')}`
  }
  return [parts.slice(0, replaced + 1).join(text(to)), ...parts.slice(replaced + 1)].join(text(from))
}

/** Go's `strings.SplitN`. */
function split(value: string, separator: Arg = '', limit?: Arg): Value {
  const most = number(limit, -1)
  if (most === 0) return new ArrayList([])
  const parts = separator === '' ? [...value] : value.split(text(separator))
  if (most < 0 || parts.length <= most) return new ArrayList(parts)
  return new ArrayList([...parts.slice(0, most - 1), parts.slice(most - 1).join(text(separator))])
}

function substring(value: string, start: Arg = 0n, end?: Arg): Value {
  const points = [...value]
  const from = Number(start)
  const to = number(end, points.length)
  if (end !== undefined && from > to) return new CelFailure(`invalid substring range. start: ${start}, end: ${end}`)
  if (from < 0 || from > points.length) return outOfRange(start)
  if (to < 0 || to > points.length) return outOfRange(end ?? 0n)
  return points.slice(from, to).join('')
}

const asciiCase = (upper: boolean) => (value: string) =>
  value.replace(upper ? /[a-z]+/g : /[A-Z]+/g, (found) => (upper ? found.toUpperCase() : found.toLowerCase()))

const trim = (value: string): string =>
  value.replace(
    /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g,
    '',
  )

function join(list: Value = null, separator: Value = ''): Value {
  if (!(list instanceof CelList) || typeof separator !== 'string') return noSuchOverload()
  const parts: string[] = []
  for (const item of list) {
    if (typeof item !== 'string') return new CelFailure(`join: invalid input: ${String(item)}`)
    parts.push(item)
  }
  return parts.join(separator)
}

const escapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

const quote = (value: string): string =>
  `"${[...value.replace(/\p{Surrogate}/gu, '\ufffd')].map((c) => escapes[c] ?? c).join('')}"`

function format(value: Value = null, args: Value = null): Value {
  if (typeof value !== 'string' || !(args instanceof CelList)) return noSuchOverload()
  const values = [...args]
  try {
    return formatString(value, values.length, (index, clause) => runTimeClauses(values[index] ?? null, clause))
  } catch (error) {
    if (error instanceof FormatError) return new CelFailure(error.message)
    throw error
  }
}

const s = stringType
const i = intType
const strings = listType(stringType)

/** cel-go's functions on strings, version 2 (`ext/strings.go`). */
export const stringsExtension: readonly FunctionDecl[] = [
  declare('charAt', [member('string_char_at_int', [s, i], s, on(charAt))]),
  declare('indexOf', [
    member('string_index_of_string', [s, s], i, on(indexOf)),
    member('string_index_of_string_int', [s, s, i], i, on(indexOf)),
  ]),
  declare('lastIndexOf', [
    member('string_last_index_of_string', [s, s], i, on(lastIndexOf)),
    member('string_last_index_of_string_int', [s, s, i], i, on(lastIndexOf)),
  ]),
  declare('lowerAscii', [member('string_lower_ascii', [s], s, on(asciiCase(false)))]),
  declare('replace', [
    member('string_replace_string_string', [s, s, s], s, on(replace)),
    member('string_replace_string_string_int', [s, s, s, i], s, on(replace)),
  ]),
  declare('split', [
    member('string_split_string', [s, s], strings, on(split)),
    member('string_split_string_int', [s, s, i], strings, on(split)),
  ]),
  declare('substring', [
    member('string_substring_int', [s, i], s, on(substring)),
    member('string_substring_int_int', [s, i, i], s, on(substring)),
  ]),
  declare('trim', [member('string_trim', [s], s, on(trim))]),
  declare('upperAscii', [member('string_upper_ascii', [s], s, on(asciiCase(true)))]),
  declare('format', [member('string_format', [s, listType(dynType)], s, format)]),
  declare('strings.quote', [global('strings_quote', [s], s, on(quote))]),
  declare('join', [member('list_join', [strings], s, join), member('list_join_string', [strings, s], s, join)]),
]
