import { elasticTabs } from '../printers/tab-writer.ts'

/**
 * Gathers the lines of a description. Cells end with tabs and are lined up when the whole is rendered; `flush` ends a block, so
 * that what follows has columns of its own.
 */
export class Lines {
  #done = ''
  #block = ''

  /** A line, two spaces deeper for each level. */
  line(level: number, text: string): void {
    this.#block += `${'  '.repeat(level)}${text}\n`
  }

  /** The lines with their tabs as they are. */
  raw(): string {
    return this.#done + this.#block
  }

  flush(): void {
    this.#done += elasticTabs(this.#block)
    this.#block = ''
  }

  toString(): string {
    this.flush()
    return this.#done
  }
}

/** What the writer makes, as text. */
export function renderLines(write: (lines: Lines) => void): string {
  const lines = new Lines()
  write(lines)
  return lines.toString()
}

/** The text, or `<none>`. */
export function orNone(text: string | undefined): string {
  return text === undefined || text === '' ? '<none>' : text
}

/** As Go prints a truth in descriptions. */
export function titleBool(value: boolean): string {
  return value ? 'True' : 'False'
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** A time in the local zone, as Go prints one: `2026-11-24 14:40:05 +0000 UTC`. */
export function goTime(text: string | undefined): string {
  const date = new Date(text ?? 0)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  const zone = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(date)
  const name = zone.find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC'
  return `${day} ${time} ${offsetOf(date)} ${name}`
}

function offsetOf(date: Date): string {
  const minutes = -date.getTimezoneOffset()
  const two = (value: number) => String(value).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}${two(Math.abs(minutes) % 60)}`
}

/** A time in the local zone, as RFC 1123 with a numeric zone: `Tue, 24 Nov 2026 14:40:05 +0100`. */
export function localTime(text: string | undefined): string {
  if (!text) return 'Mon, 01 Jan 0001 00:00:00 +0000'
  const date = new Date(text)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${days[date.getDay()]}, ${two(date.getDate())} ${months[date.getMonth()]} ${date.getFullYear()}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${offsetOf(date)}`
}
