import { goQuote } from './go-quote.ts'

/** Milliseconds since the epoch as `metav1.Time` writes them: whole seconds, UTC. */
export function formatTime(ms: number): string {
  return `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`
}

/** The same with six digits of a second, as `metav1.MicroTime` writes them. */
export function formatMicroTime(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const micros = Math.min(999_999, Math.floor((ms - seconds * 1000) * 1000))
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(micros).padStart(6, '0')}Z`
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)([.,]\d+)?(Z|[+-]\d\d:\d\d)$/

/** Milliseconds since the epoch of a time in RFC 3339. Throws in Go's words where the text is none. */
export function parseTime(text: string): number {
  const match = rfc3339.exec(text)
  if (!match) throw new Error(`parsing time ${goQuote(text)} as "2006-01-02T15:04:05Z07:00": ${firstFault(text)}`)
  const [, year, month, day, hour, minute, second, fraction = '', zone = ''] = match
  const ranges: [value: number, max: number, name: string][] = [
    [Number(month), 12, 'month'],
    [Number(hour), 23, 'hour'],
    [Number(minute), 59, 'minute'],
    [Number(second), 59, 'second'],
    [Number(day), daysIn(Number(year), Number(month)), 'day'],
  ]
  for (const [value, max, name] of ranges) {
    const min = name === 'month' || name === 'day' ? 1 : 0
    if (value < min || value > max) throw new Error(`parsing time ${goQuote(text)}: ${name} out of range`)
  }
  const [zoneHour = 0, zoneMinute = 0] = zone === 'Z' ? [] : zone.slice(1).split(':').map(Number)
  if (zoneHour > 24 || zoneMinute > 59) {
    throw new Error(`parsing time ${goQuote(text)}: time zone offset ${zoneHour > 24 ? 'hour' : 'minute'} out of range`)
  }
  const offset = (zone.startsWith('-') ? -1 : 1) * (zoneHour * 60 + zoneMinute) * 60_000
  const base = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return base + (fraction === '' ? 0 : Number(`0.${fraction.slice(1)}`) * 1000) - offset
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}

/** The parts of the layout, in order: the first that the text does not have is named, with what stands there instead. */
const layout: [pattern: RegExp, name: string][] = [
  [/^\d{4}/, '2006'],
  [/^-/, '-'],
  [/^\d\d/, '01'],
  [/^-/, '-'],
  [/^\d\d/, '02'],
  [/^T/, 'T'],
  [/^\d\d/, '15'],
  [/^:/, ':'],
  [/^\d\d/, '04'],
  [/^:/, ':'],
  [/^\d\d([.,]\d+)?/, '05'],
  [/^(Z|[+-]\d\d:\d\d)/, 'Z07:00'],
]

function firstFault(text: string): string {
  let rest = text
  for (const [pattern, name] of layout) {
    const found = pattern.exec(rest)
    if (!found) return `cannot parse ${goQuote(rest)} as ${goQuote(name)}`
    rest = rest.slice(found[0].length)
  }
  return `extra text: ${goQuote(rest)}`
}
