import { goQuote } from '@wherry/apimachinery'

interface Bounds {
  readonly min: number
  readonly max: number
  readonly names?: readonly string[]
}

const fields: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  {
    min: 1,
    max: 12,
    names: ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { min: 0, max: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
]
const descriptors = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']

/** Why a text is no schedule, in the words of robfig/cron, whose parser upstream uses; undefined: it is one. */
export function scheduleFault(schedule: string): string | undefined {
  const text = schedule.replace(/^(TZ|CRON_TZ)=\S+\s+/, '')
  if (text.startsWith('@')) {
    if (descriptors.includes(text) || /^@every \S+$/.test(text)) return undefined
    return `unrecognized descriptor: ${text}`
  }
  const parts = text.trim().split(/\s+/)
  if (parts.length !== fields.length) {
    return `expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`
  }
  for (const [i, bounds] of fields.entries()) {
    for (const expression of (parts[i] ?? '').split(',')) {
      const fault = rangeFault(expression, bounds)
      if (fault) return fault
    }
  }
  return undefined
}

function rangeFault(expression: string, bounds: Bounds): string | undefined {
  const [range = '', step, ...rest] = expression.split('/')
  if (rest.length > 0) return `too many slashes: ${expression}`
  const [low = '', high, ...more] = range.split('-')
  if (more.length > 0) return `too many hyphens: ${expression}`
  const any = low === '*' || low === '?'
  const start = any ? bounds.min : numberOf(low, bounds)
  if (typeof start === 'string') return start
  const end = high === undefined ? (any || step !== undefined ? bounds.max : start) : numberOf(high, bounds)
  if (typeof end === 'string') return end
  if (step !== undefined) {
    const size = numberOf(step, { min: 0, max: 0 })
    if (typeof size === 'string') return size
    if (size === 0) return `step of range should be a positive number: ${expression}`
  }
  if (start < bounds.min) return `beginning of range (${start}) below minimum (${bounds.min}): ${expression}`
  if (end > bounds.max) return `end of range (${end}) above maximum (${bounds.max}): ${expression}`
  return start > end ? `beginning of range (${start}) beyond end of range (${end}): ${expression}` : undefined
}

/** A number or a name; a text says what is wrong with it. */
function numberOf(text: string, { names }: Bounds): number | string {
  const named = names?.indexOf(text.toLowerCase()) ?? -1
  if (named >= 0 && text !== '') return named
  if (!/^[+-]?\d+$/.test(text)) {
    return `failed to parse int from ${text}: strconv.Atoi: parsing ${goQuote(text)}: invalid syntax`
  }
  const value = Number(text)
  return value < 0 ? `negative number (${value}) not allowed: ${text}` : value
}
