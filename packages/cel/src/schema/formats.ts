import { parseDuration } from '../values/time.ts'
import { Duration } from '../values/value.ts'

const second = 1_000_000_000n
const units: readonly (readonly [RegExp, bigint])[] = [
  [/^(?:ns|nanos?)$/i, 1n],
  [/^(?:us|µs|micros?)$/i, 1_000n],
  [/^(?:ms|millis?)$/i, 1_000_000n],
  [/^(?:s|secs?|seconds?)$/i, second],
  [/^(?:m|mins?|minutes?)$/i, 60n * second],
  [/^(?:h|hrs?|hours?)$/i, 3600n * second],
  [/^(?:d|days?)$/i, 86_400n * second],
  [/^(?:w|wks?|weeks?)$/i, 604_800n * second],
]

/** A duration of the OpenAPI format: Go's, or one number with a unit up to weeks (`3 days`), as strfmt reads it. */
export function parseFormattedDuration(text: string): Duration | undefined {
  const plain = parseDuration(text)
  if (plain !== undefined) return plain
  const match = /^(\d+)\s*([\p{L}µ]+)$/u.exec(text.trim())
  const scale = units.find(([unit]) => unit.test(match?.[2] ?? ''))?.[1]
  return match?.[1] === undefined || scale === undefined ? undefined : new Duration(BigInt(match[1]) * scale)
}
