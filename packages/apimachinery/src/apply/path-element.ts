import { parseJSON } from '../bodies/json.ts'
import { compareUtf8, isMap } from '../meta/deep.ts'
import { goQuote } from '../values/go-quote.ts'
import type { ApplyList } from './schema.ts'

/**
 * One step of a path, in the form that managedFields write: `f:` and a field's name, `k:` and the key of a list's item,
 * `v:` and the item of a set, `i:` and a position. `.` is no step but stands for the place itself.
 */
export type PathElement = string

export const fieldElement = (name: string): PathElement => `f:${name}`

/** Why a list's item has no path element, in upstream's words. */
export class ElementError extends Error {
  override readonly name = 'ElementError'
}

/** The element of an item of a list that is not atomic. Throws `ElementError`. */
export function itemElement(list: ApplyList, item: unknown): PathElement {
  return list.keys.length > 0 ? keyElement(list, item) : setElement(item)
}

function keyElement({ keys, item: schema }: ApplyList, item: unknown): PathElement {
  if (item === null || item === undefined)
    throw new ElementError('associative list with keys may not have a null element')
  if (!isMap(item)) throw new ElementError('associative list with keys may not have non-map elements')
  if (keys.length === 1 && keys[0] !== undefined) {
    const value = keyValue(schema, keys[0], item)
    if (value !== undefined) return `k:{${JSON.stringify(keys[0])}:${encode(value)}}`
  }
  const parts: string[] = []
  for (const key of keys.toSorted(compareUtf8)) {
    const value = keyValue(schema, key, item)
    if (value !== undefined) parts.push(`${JSON.stringify(key)}:${encode(value)}`)
  }
  if (parts.length > 0) return `k:{${parts.join(',')}}`
  const names = `[${keys.map((key) => goQuote(key)).join(' ')}]`
  throw new ElementError(
    `associative list with keys has an element that omits all key fields ${names} (and doesn't have default values for any key fields)`,
  )
}

function keyValue(schema: ApplyList['item'], key: string, item: Readonly<Record<string, unknown>>): unknown {
  const value = Object.hasOwn(item, key) ? item[key] : undefined
  return value === undefined ? schema.map?.field(key)?.default : value
}

function setElement(item: unknown): PathElement {
  if (item === null || item === undefined) {
    throw new ElementError("associative list without keys has an element that's an explicit null")
  }
  if (Array.isArray(item)) throw new ElementError('not supported: associative list with lists as elements')
  if (isMap(item)) throw new ElementError("associative list without keys has an element that's a map type")
  return `v:${encode(item)}`
}

const escapes: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\\b': '\\u0008',
  '\\f': '\\u000c',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
}

/** JSON as upstream writes it into elements: without spaces, and safe within HTML. */
function encode(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value).replace(/\\[bf\\]|[<>&\u2028\u2029]/g, (found) => escapes[found] ?? found)
  }
  if (Array.isArray(value)) return `[${value.map(encode).join(',')}]`
  if (isMap(value))
    return `{${Object.keys(value)
      .sort(compareUtf8)
      .map((key) => `${encode(key)}:${encode(value[key])}`)
      .join(',')}}`
  return typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'null')
}

/**
 * An element that somebody else wrote, in its one right form; undefined where it is of a kind that nobody knows. Throws
 * for what is no element at all.
 */
export function parseElement(text: string): PathElement | undefined {
  if (text.length < 2) throw new ElementError('key must be 2 characters long:')
  if (text[1] !== ':') throw new ElementError(`missing colon: ${text}`)
  const rest = text.slice(2)
  switch (text[0]) {
    case 'f':
      return text
    case 'i':
      if (!/^[+-]?\d+$/.test(rest)) throw new ElementError(`strconv.Atoi: parsing ${goQuote(rest)}: invalid syntax`)
      return `i:${Number(rest)}`
    case 'k': {
      const value = parseJSON(rest)
      if (!isMap(value)) throw new ElementError('expected an object')
      return `k:${encode(value)}`
    }
    case 'v':
      return `v:${encode(parseJSON(rest))}`
    default:
      return undefined
  }
}

/** The element as paths show it: `.name`, `[name="a"]`, `[="a"]` or `[0]`. */
export function showElement(element: PathElement): string {
  const rest = element.slice(2)
  if (element.startsWith('f:')) return `.${rest}`
  if (element.startsWith('i:')) return `[${rest}]`
  const value: unknown = JSON.parse(rest)
  if (element.startsWith('v:')) return `[=${show(value)}]`
  return `[${Object.entries(Object(value))
    .map(([name, part]) => `${name}=${show(part)}`)
    .join(',')}]`
}

function show(value: unknown): string {
  if (typeof value === 'string') return goQuote(value)
  if (Array.isArray(value)) return `[${value.map(show).join(',')}]`
  if (isMap(value))
    return Object.entries(value)
      .map(([name, part]) => `${name}=${show(part)}`)
      .join('')
  return String(value)
}

export const showPath = (path: readonly PathElement[]): string => path.map(showElement).join('')

const ranks: Readonly<Record<string, number>> = { '.': 0, f: 1, k: 2, v: 3, i: 4 }

/** Upstream's order: `.`, fields by name, keys by their fields, values by type and value, positions. */
export function compareElements(a: PathElement, b: PathElement): number {
  if (a === b) return 0
  const [x = '', y = ''] = [a[0], b[0]]
  if (x !== y) return (ranks[x] ?? 5) - (ranks[y] ?? 5)
  if (x === 'f') return compareUtf8(a, b)
  const from = x === 'k' ? sameName(a, b) : 0
  if (from > 0) return compareUtf8(a.slice(from), b.slice(from))
  const [left, right]: unknown[] = [JSON.parse(a.slice(2)), JSON.parse(b.slice(2))]
  return x === 'k' ? compareKeys(left, right) : compareValues(left, right)
}

/** Where the values begin of two keys that are one plain text under the same name; 0 where they are more than that. */
function sameName(a: PathElement, b: PathElement): number {
  const from = a.indexOf('":"', 3) + 3
  if (from < 3 || !a.endsWith('"}') || a.slice(0, from) !== b.slice(0, from)) return 0
  return unplain.test(a.slice(from, -2)) || unplain.test(b.slice(from, -2)) ? 0 : from
}

/** What ends a text, escapes something in it, or stands in front of the quote that ends it. */
const unplain = /["\\ !]/

function compareKeys(a: unknown, b: unknown): number {
  const [left, right] = [Object.entries(Object(a)), Object.entries(Object(b))]
  for (let i = 0; i < left.length && i < right.length; i++) {
    const [name = '', value] = left[i] ?? []
    const [other = '', otherValue] = right[i] ?? []
    const order = compareUtf8(name, other) || compareValues(value, otherValue)
    if (order !== 0) return order
  }
  return left.length - right.length
}

const types = ['number', 'string', 'boolean']

function compareValues(a: unknown, b: unknown): number {
  const [x, y] = [typeof a, typeof b]
  if (x !== y || !types.includes(x)) return (types.indexOf(x) + 1 || 9) - (types.indexOf(y) + 1 || 9)
  if (typeof a === 'string' && typeof b === 'string') return compareUtf8(a, b)
  return Number(a) - Number(b)
}
