import { declare, type FunctionDecl, global, type Implementation, member } from '../declarations.ts'
import { boolType, durationType, intType, stringType, timestampType } from '../types/types.ts'
import { compileRegex } from '../values/regex.ts'
import { type TimeParts, timeParts } from '../values/time.ts'
import { CelFailure, Duration, noSuchOverload, Timestamp, type Value } from '../values/value.ts'

const onStrings =
  (test: (text: string, part: string) => Value): Implementation =>
  (text, part) =>
    typeof text === 'string' && typeof part === 'string' ? test(text, part) : noSuchOverload()

function matches(text: string, pattern: string): Value {
  const regex = compileRegex(pattern)
  return regex instanceof CelFailure ? regex : regex.test(text)
}

function timeGetter(
  name: string,
  suffix: string,
  part: (parts: TimeParts) => number,
  ofDuration?: bigint,
): FunctionDecl {
  const zoned = suffix === 'seconds' ? 'timestamp_to_seconds_tz' : `timestamp_to_${suffix}_with_tz`
  const overloads = [
    member(`timestamp_to_${suffix}`, [timestampType], intType),
    member(zoned, [timestampType, stringType], intType),
  ]
  if (ofDuration !== undefined) overloads.push(member(`duration_to_${suffix}`, [durationType], intType))
  return declare(name, overloads, (value, zone) => {
    if (value instanceof Duration && ofDuration !== undefined) return value.nanos / ofDuration
    if (!(value instanceof Timestamp) || (zone !== undefined && typeof zone !== 'string')) return noSuchOverload()
    const parts = timeParts(value, zone)
    return parts instanceof CelFailure ? parts : BigInt(part(parts))
  })
}

/** Functions on strings and times: declarations as cel-go's `common/stdlib`. */
export const stringsAndTimes: readonly FunctionDecl[] = [
  declare(
    'contains',
    [member('contains_string', [stringType, stringType], boolType)],
    onStrings((text, part) => text.includes(part)),
  ),
  declare(
    'endsWith',
    [member('ends_with_string', [stringType, stringType], boolType)],
    onStrings((text, part) => text.endsWith(part)),
  ),
  declare(
    'startsWith',
    [member('starts_with_string', [stringType, stringType], boolType)],
    onStrings((text, part) => text.startsWith(part)),
  ),
  declare(
    'matches',
    [
      global('matches', [stringType, stringType], boolType),
      member('matches_string', [stringType, stringType], boolType),
    ],
    onStrings(matches),
  ),
  timeGetter('getFullYear', 'year', (parts) => parts.year),
  timeGetter('getMonth', 'month', (parts) => parts.month),
  timeGetter('getDayOfYear', 'day_of_year', (parts) => parts.dayOfYear),
  timeGetter('getDayOfMonth', 'day_of_month', (parts) => parts.day - 1),
  timeGetter('getDate', 'day_of_month_1_based', (parts) => parts.day),
  timeGetter('getDayOfWeek', 'day_of_week', (parts) => parts.dayOfWeek),
  timeGetter('getHours', 'hours', (parts) => parts.hours, 3_600_000_000_000n),
  timeGetter('getMinutes', 'minutes', (parts) => parts.minutes, 60_000_000_000n),
  timeGetter('getSeconds', 'seconds', (parts) => parts.seconds, 1_000_000_000n),
  timeGetter('getMilliseconds', 'milliseconds', (parts) => parts.milliseconds, 1_000_000n),
]
