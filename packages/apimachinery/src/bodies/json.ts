import { JSONParser, maxDepth } from './json-parser.ts'

export { JSONSyntaxError } from './json-parser.ts'

export interface ParseJSONOptions {
  /** Keys that stand twice in one object are added here, as `metadata.labels.app`; the last value counts. */
  readonly duplicates?: Set<string>
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Reads one JSON value. Throws `JSONSyntaxError` in the words of Go's encoding/json. Integers that a double cannot hold
 * come as bigint where they fit into int64 (write them with `stringifyJSON`); a key named `__proto__` stays a key; bytes
 * that are no UTF-8 become replacement characters.
 */
export function parseJSON(body: Uint8Array | string, options: ParseJSONOptions = {}): unknown {
  const text = typeof body === 'string' ? body : utf8.decode(body)
  const { duplicates } = options
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return new JSONParser(text, duplicates).document()
  }
  const found = survey(text)
  const careful =
    found.long || found.depth > maxDepth || (duplicates !== undefined && found.colons !== countKeys(value))
  return careful ? new JSONParser(text, duplicates).document() : value
}

interface Survey {
  /** Members of objects in the text, duplicates included. */
  colons: number
  depth: number
  /** There may be an integer of more digits than a double holds. */
  long: boolean
}

const longInteger = /\d{16}/

/** One pass over a text that is known to be JSON, which looks only at what stands outside strings. */
function survey(text: string): Survey {
  let [at, depth, deepest, colons, long] = [0, 0, 0, 0, false]
  for (;;) {
    const quote = text.indexOf('"', at)
    const end = quote < 0 ? text.length : quote
    for (let i = at; i < end; i++) {
      const code = text.charCodeAt(i)
      if (code === 0x3a) colons++
      else if (code === 0x7b || code === 0x5b) {
        if (++depth > deepest) deepest = depth
      } else if (code === 0x7d || code === 0x5d) depth--
    }
    if (end - at >= 16 && !long) long = longInteger.test(text.slice(at, end))
    if (quote < 0) return { colons, depth: deepest, long }
    at = closing(text, quote + 1) + 1
  }
}

/** Where the string ends that starts before `from`: at the first quote that no odd number of backslashes escapes. */
function closing(text: string, from: number): number {
  for (let at = from; ; at++) {
    at = text.indexOf('"', at)
    let slashes = 0
    while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes++
    if (slashes % 2 === 0) return at
  }
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countKeys(item)
    return count
  }
  for (const member of Object.values(value)) count += typeof member === 'object' ? 1 + countKeys(member) : 1
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
