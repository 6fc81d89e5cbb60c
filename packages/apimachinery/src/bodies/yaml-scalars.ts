import { integerOf } from './json-parser.ts'

const words: ReadonlyMap<string, boolean | null | number> = new Map<string, boolean | null | number>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word): [string, boolean] => [
    word,
    true,
  ]),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word): [string, boolean] => [
    word,
    false,
  ]),
  ...['', '~', 'null', 'Null', 'NULL'].map((word): [string, null] => [word, null]),
  ...['.nan', '.NaN', '.NAN'].map((word): [string, number] => [word, Number.NaN]),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word): [string, number] => [
    word,
    Number.POSITIVE_INFINITY,
  ]),
  ...['-.inf', '-.Inf', '-.INF'].map((word): [string, number] => [word, Number.NEGATIVE_INFINITY]),
])

const firstLetters = new Set([...words.keys()].map((word) => word.charAt(0)))
const timestamp =
  /^\d{4}-\d{1,2}-\d{1,2}([Tt]\d{1,2}:\d{1,2}:\d{1,2}([.,]\d+)?(Z|[+-]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}([.,]\d+)?)?$/
const float = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/
const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/

/**
 * What a plain scalar means: a boolean (YAML 1.1's `yes`, `on` and `y` too), null, a number, or the text itself, which
 * times stay as well. As sigs.k8s.io/yaml, which is go-yaml v2.
 */
export function resolveScalar(text: string): boolean | null | number | bigint | string {
  const word = firstLetters.has(text.charAt(0)) || text === '' ? words.get(text) : undefined
  if (word !== undefined) return word
  const first = text.charCodeAt(0)
  if (first === 0x2e) return float.test(text) ? finite(text, text) : text
  const numeric = (first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d
  if (!numeric || timestamp.test(text)) return text
  const plain = text.replaceAll('_', '')
  const integer = readInteger(plain)
  if (integer !== undefined) return integer
  return float.test(plain) ? finite(plain, text) : text
}

/** Whether a string must be quoted, because as a plain scalar it would mean something else. */
export function looksTyped(text: string): boolean {
  return typeof resolveScalar(text) !== 'string' || timestamp.test(text) || base60.test(text)
}

function finite(number: string, text: string): number | string {
  const value = Number(number)
  return Number.isFinite(value) ? value : text
}

/** As Go's `strconv.ParseInt` with base 0: 0x, 0o and 0b, and a leading zero for octal. */
function readInteger(text: string): number | bigint | undefined {
  const [, sign = '', digits = ''] = /^([+-]?)(.*)$/s.exec(text) ?? []
  let source: string | undefined
  if (/^(0|[1-9][0-9]*)$/.test(digits)) source = digits
  else if (/^0[0-7]+$/.test(digits)) source = `0o${digits.slice(1)}`
  else if (/^0([xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)$/.test(digits)) source = digits
  if (source === undefined || source.length > 80) return undefined
  const value = sign === '-' ? -BigInt(source) : BigInt(source)
  if (value < -(2n ** 63n) || value >= 2n ** 64n) return undefined
  return integerOf(String(value))
}
