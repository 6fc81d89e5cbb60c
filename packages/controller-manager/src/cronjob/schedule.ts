/** A parsed cron schedule. */
export interface Schedule {
  /** The next time after `after`, in milliseconds since the epoch; undefined when there is none within five years. */
  next(after: number): number | undefined
}

interface Field {
  min: number
  max: number
  names?: readonly string[]
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const minuteField: Field = { min: 0, max: 59 }
const hourField: Field = { min: 0, max: 23 }
const dayField: Field = { min: 1, max: 31 }
const monthField: Field = { min: 1, max: 12, names: months }
const weekdayField: Field = { min: 0, max: 6, names: weekdays }

const descriptors: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

const minuteMs = 60_000
const searchMs = 5 * 366 * 24 * 60 * minuteMs

/**
 * Parses a schedule of five fields, a descriptor such as `@daily`, or `@every 1h30m`. Where both days are restricted,
 * either fits. Throws in the words of robfig/cron, which upstream uses.
 */
export function parseSchedule(text: string, parseDuration: (text: string) => number, timeZone = 'UTC'): Schedule {
  const spec = text.trim()
  if (spec === '') throw new Error('empty spec string')
  if (spec.startsWith('@every ')) return every(spec, parseDuration)
  const expanded = spec.startsWith('@') ? descriptors[spec] : spec
  if (expanded === undefined) throw new Error(`unrecognized descriptor: ${spec}`)
  const fields = expanded.split(/\s+/)
  if (fields.length !== 5) {
    throw new Error(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`)
  }
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields
  const set = {
    minute: parseField(minute, minuteField),
    hour: parseField(hour, hourField),
    day: parseField(day, dayField),
    month: parseField(month, monthField),
    weekday: parseField(weekday, weekdayField),
    anyDay: isStar(day) || isStar(weekday),
  }
  const local = newLocalTime(timeZone)
  return { next: (after) => search(set, local, after) }
}

function every(spec: string, parseDuration: (text: string) => number): Schedule {
  const text = spec.slice('@every '.length)
  let period: number
  try {
    period = Math.max(1000, Math.floor(parseDuration(text) / 1000) * 1000)
  } catch (cause) {
    throw new Error(`failed to parse duration ${spec}: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
  return { next: (after) => Math.floor(after / 1000) * 1000 + period }
}

function isStar(text: string): boolean {
  return text.split(',').some((part) => part === '*' || part === '?' || part.startsWith('*/') || part.startsWith('?/'))
}

function parseField(text: string, field: Field): Set<number> {
  const values = new Set<number>()
  for (const part of text.split(',')) for (const value of parseRange(part, field)) values.add(value)
  return values
}

function parseRange(part: string, field: Field): number[] {
  const [range = '', stepText, ...rest] = part.split('/')
  if (rest.length > 0) throw new Error(`too many slashes: ${part}`)
  const [lowText = '', highText, ...more] = range.split('-')
  if (more.length > 0) throw new Error(`too many hyphens: ${part}`)
  const star = lowText === '*' || lowText === '?'
  const start = star ? field.min : parseValue(lowText, field)
  let end = star ? field.max : highText === undefined ? start : parseValue(highText, field)
  const step = stepText === undefined ? 1 : parseNumber(stepText)
  if (stepText !== undefined && !star && highText === undefined) end = field.max
  if (start < field.min) throw new Error(`beginning of range (${start}) below minimum (${field.min}): ${part}`)
  if (end > field.max) throw new Error(`end of range (${end}) above maximum (${field.max}): ${part}`)
  if (start > end) throw new Error(`beginning of range (${start}) beyond end of range (${end}): ${part}`)
  if (step === 0) throw new Error(`step of range should be a positive number: ${part}`)
  const values: number[] = []
  for (let value = start; value <= end; value += step) values.push(value)
  return values
}

function parseValue(text: string, { min, names }: Field): number {
  const index = names?.indexOf(text.toLowerCase()) ?? -1
  return index >= 0 ? index + min : parseNumber(text)
}

function parseNumber(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) {
    throw new Error(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`)
  }
  if (Number(text) < 0) throw new Error(`negative number (${Number(text)}) not allowed: ${text}`)
  return Number(text)
}

interface Fields {
  minute: Set<number>
  hour: Set<number>
  day: Set<number>
  month: Set<number>
  weekday: Set<number>
  anyDay: boolean
}

interface Local {
  month: number
  day: number
  weekday: number
  hour: number
  minute: number
}

/** Skips what cannot fit, by month, day and hour, and so looks at few times. */
function search(fields: Fields, local: (at: number) => Local, after: number): number | undefined {
  let at = Math.floor(after / minuteMs) * minuteMs + minuteMs
  const end = after + searchMs
  while (at <= end) {
    const { month, day, weekday, hour, minute } = local(at)
    const inDay = hour * 60 + minute
    const fitsDay = fields.anyDay
      ? fields.day.has(day) && fields.weekday.has(weekday)
      : fields.day.has(day) || fields.weekday.has(weekday)
    if (!fields.month.has(month) || !fitsDay) at += nextMidnight(local, at, 24 * 60 - inDay)
    else if (!fields.hour.has(hour)) at += (60 - minute) * minuteMs
    else if (!fields.minute.has(minute)) at += minuteMs
    else return at
  }
  return undefined
}

/** Milliseconds to the next local midnight; days on which clocks are changed are longer or shorter. */
function nextMidnight(local: (at: number) => Local, at: number, minutes: number): number {
  const { day } = local(at)
  for (let step = Math.max(1, minutes - 180); step < minutes; step += 15) {
    const then = local(at + step * minuteMs)
    if (then.day !== day) return Math.max(1, step - then.minute - then.hour * 60) * minuteMs
  }
  return minutes * minuteMs
}

const weekdayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** Reads the clocks of a time zone. Throws a RangeError for one that nobody knows. */
function newLocalTime(timeZone: string): (at: number) => Local {
  if (timeZone === 'UTC' || timeZone === 'Etc/UTC') {
    return (at) => {
      const time = new Date(at)
      return {
        month: time.getUTCMonth() + 1,
        day: time.getUTCDate(),
        weekday: time.getUTCDay(),
        hour: time.getUTCHours(),
        minute: time.getUTCMinutes(),
      }
    }
  }
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    month: 'numeric',
    day: 'numeric',
    weekday: 'short',
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
  })
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]))
    const number = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type))
    return {
      month: number('month'),
      day: number('day'),
      weekday: weekdayNames.indexOf(parts.get('weekday') ?? ''),
      hour: number('hour'),
      minute: number('minute'),
    }
  }
}
