import { CelFailure, Duration, Timestamp } from './value.ts'

const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}

/** Go's `time.ParseDuration`: `1h30m`, `-1.5s`; undefined for what is none or overflows. */
export function parseDuration(text: string): Duration | undefined {
  const match = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/u.exec(text)
  if (match?.[2] === undefined) return undefined
  let nanos = 0n
  for (const [, whole = '', fraction = '', unit = ''] of match[2].matchAll(/(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/gu)) {
    const scale = units[unit] ?? 0n
    const digits = fraction.slice(0, 18)
    nanos +=
      BigInt(whole || '0') * scale + (digits === '' ? 0n : (BigInt(digits) * scale) / 10n ** BigInt(digits.length))
  }
  if (match[1] === '-') nanos = -nanos
  return BigInt.asIntN(64, nanos) === nanos ? new Duration(nanos) : undefined
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/

/** A time in RFC 3339 as Go reads it; undefined for what is none. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = rfc3339.exec(text)
  if (match === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
  const daysInMonth = new Date(Date.UTC(2000, month, 0)).getUTCDate()
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const days = month === 2 && !leap ? 28 : daysInMonth
  if (month < 1 || month > 12 || day < 1 || day > days || hour > 23 || minute > 59 || second > 59) return undefined
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  const offsetHours = Number(match[9] ?? 0)
  const offsetMinutes = Number(match[10] ?? 0)
  if (offsetHours > 24 || offsetMinutes > 59) return undefined
  const offset = (offsetHours * 60 + offsetMinutes) * (match[8] === '-' ? -1 : 1)
  const nanos = BigInt((match[7] ?? '').slice(0, 9).padEnd(9, '0'))
  return new Timestamp(BigInt(date.getTime()) * 1_000_000n - BigInt(offset) * 60_000_000_000n + nanos)
}

/** Go's RFC3339Nano in UTC: fractions without trailing zeros. */
export function formatTimestamp(time: Timestamp): string {
  const { milliseconds, nanos } = split(time.nanos)
  const fraction = String(nanos).padStart(9, '0').replace(/0+$/, '')
  const text = new Date(milliseconds).toISOString().replace(/\.\d+Z$/, '')
  const year = /^(?:[+-]\d+|\d{4})/.exec(text)?.[0] ?? ''
  return `${year.replace(/^\+0*/, '').padStart(4, '0')}${text.slice(year.length)}${fraction === '' ? '' : `.${fraction}`}Z`
}

function split(nanos: bigint): { milliseconds: number; nanos: number } {
  const second = 1_000_000_000n
  const rest = ((nanos % second) + second) % second
  return { milliseconds: Number((nanos - rest) / 1_000_000n), nanos: Number(rest) }
}

/** `3600s`, `0.001s`: seconds in the shortest form. */
export function formatDuration(duration: Duration): string {
  const negative = duration.nanos < 0n
  const nanos = negative ? -duration.nanos : duration.nanos
  const fraction = String(nanos % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '')
  return `${negative ? '-' : ''}${nanos / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}s`
}

/** The parts of a time in a zone. */
export interface TimeParts {
  year: number
  /** From 0. */
  month: number
  /** From 1. */
  day: number
  /** From 0. */
  dayOfYear: number
  /** 0 is Sunday. */
  dayOfWeek: number
  hours: number
  minutes: number
  seconds: number
  milliseconds: number
}

/** The parts of a time in UTC, at an offset such as `+02:00`, or in a named zone. */
export function timeParts(time: Timestamp, zone = 'UTC'): TimeParts | CelFailure {
  const { milliseconds, nanos } = split(time.nanos)
  const offset = zoneOffset(zone, milliseconds)
  if (offset instanceof CelFailure) return offset
  const local = new Date(milliseconds + offset)
  const yearStart = new Date(0)
  yearStart.setUTCFullYear(local.getUTCFullYear(), 0, 1)
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth(),
    day: local.getUTCDate(),
    dayOfYear: Math.floor((local.getTime() - yearStart.getTime()) / 86_400_000),
    dayOfWeek: local.getUTCDay(),
    hours: local.getUTCHours(),
    minutes: local.getUTCMinutes(),
    seconds: local.getUTCSeconds(),
    milliseconds: Math.floor(nanos / 1_000_000),
  }
}

function zoneOffset(zone: string, milliseconds: number): number | CelFailure {
  if (zone === '' || zone === 'UTC') return 0
  if (zone.includes(':')) {
    const match = /^([+-]?\d+):(\d+)$/.exec(zone)
    if (match === null) return new CelFailure(`invalid timezone: ${zone}`)
    const minutes = Number(match[2])
    if (minutes > 59) return new CelFailure(`timezone offset minutes out of range [0, 59]: ${zone}`)
    const hours = Number(match[1])
    const sign = match[1]?.startsWith('-') ? -1 : 1
    return (hours * 60 + sign * minutes) * 60_000
  }
  try {
    const parts = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      era: 'short',
    }).formatToParts(new Date(milliseconds))
    const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '0'
    const year = part('era').startsWith('B') ? 1 - Number(part('year')) : Number(part('year'))
    const local = new Date(0)
    local.setUTCFullYear(year, Number(part('month')) - 1, Number(part('day')))
    local.setUTCHours(Number(part('hour')), Number(part('minute')), Number(part('second')))
    return local.getTime() - Math.floor(milliseconds / 1000) * 1000
  } catch {
    return new CelFailure(`unknown time zone ${zone}`)
  }
}
