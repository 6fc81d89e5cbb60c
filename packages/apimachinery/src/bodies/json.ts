import { isMap } from '../meta/deep.ts'
import { JSONParser, maxDepth } from './json-parser.ts'

export { JSONSyntaxError, NumberLiteral } from './json-parser.ts'

export interface ParseJSONOptions {
  /** Keys that stand twice in one object are added here, as `metadata.labels.app`; the last value counts. */
  readonly duplicates?: Set<string>
  /** Numbers that are not written as integers of 64 bits come as `NumberLiteral`, as `decodeTyped` takes them. */
  readonly literals?: boolean
}

/** A number with a fraction or an exponent, as a member's value or in a list; in a string it does no harm to be careful. */
const fractional = /(?:"\s*:|[[,])\s*-?\d+[.eE]|^\s*-?\d+[.eE]/
/** An escape that may be half a surrogate pair. */
const surrogate = /\\u[dD][89a-fA-F]/

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Reads one JSON value. Throws `JSONSyntaxError` in the words of Go's encoding/json. Integers that a double cannot hold
 * come as bigint where they fit into int64 (write them with `stringifyJSON`); a key named `__proto__` stays a key; bytes
 * that are no UTF-8 become replacement characters.
 */
export function parseJSON(body: Uint8Array | string, options: ParseJSONOptions = {}): unknown {
  const text = typeof body === 'string' ? body : utf8.decode(body)
  const { duplicates, literals = false } = options
  const slowly = () => new JSONParser(text, duplicates, literals).document()
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return slowly()
  }
  if ((literals && fractional.test(text)) || surrogate.test(text)) return slowly()
  const found = { keys: 0, inexact: false, tooDeep: false }
  survey(value, 0, found)
  const doubtful = duplicates !== undefined && found.keys !== countMembers(text)
  return doubtful || found.inexact || found.tooDeep ? slowly() : value
}

/** What tells, of a value that `JSON.parse` gave, whether a closer look at the text is needed. */
interface Survey {
  keys: number
  /** A number may have lost digits. */
  inexact: boolean
  tooDeep: boolean
}

function survey(value: unknown, depth: number, found: Survey): void {
  if (typeof value === 'number') {
    if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) found.inexact = true
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (depth >= maxDepth) {
    found.tooDeep = true
    return
  }
  if (Array.isArray(value)) for (const item of value) survey(item, depth + 1, found)
  else if (isMap(value)) {
    for (const key in value) {
      found.keys++
      survey(value[key], depth + 1, found)
    }
  }
}

/**
 * How many members the objects in a JSON text have, each of a duplicate counted: colons that a string ends in front of.
 * A string that begins with a colon counts too, so that the number may be too high, never too low.
 */
function countMembers(text: string): number {
  let count = 0
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) {
    let before = at - 1
    while (isSpace(text.charCodeAt(before))) before--
    if (text.charCodeAt(before) === 0x22 && slashesBefore(text, before) % 2 === 0) count++
  }
  return count
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09

function slashesBefore(text: string, at: number): number {
  let count = 0
  while (text.charCodeAt(at - 1 - count) === 0x5c) count++
  return count
}

/** Reads JSON values that follow one another, with or without space between. */
export function parseJSONStream(text: string): unknown[] {
  return new JSONParser(text).stream()
}

/** Writes what `parseJSON` reads: as `JSON.stringify`, but for bigint, which becomes an integer. */
export function stringifyJSON(value: unknown, indent?: number): string {
  try {
    return JSON.stringify(value, undefined, indent) ?? 'null'
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
  // Only a bigint brings us here (or a cycle, which throws again): its text goes through as a marked string.
  const mark = `bigint:${mixOf(value)}:`
  const text = JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? mark + member : member), indent)
  return text.replaceAll(new RegExp(`"${mark}(-?\\d+)"`, 'g'), '$1')
}

/** Something that no string of the value holds, so that no string is taken for a marked integer. */
function mixOf(value: unknown): number {
  const text = JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? 0 : member))
  let number = 0
  while (text.includes(`bigint:${number}:`)) number++
  return number
}
