import { looksTyped } from './yaml-scalars.ts'
import { compareKeys, formatNumber } from './yaml-order.ts'

/** Plain and quoted text is folded at spaces beyond this column. */
const width = 80
const maxSimpleKey = 128

/**
 * A value as kubectl's `-o yaml` prints it: sorted keys, two spaces, lists not indented under their key, `|` for text of
 * several lines, quotes only where a text would mean something else. Byte for byte as sigs.k8s.io/yaml (go-yaml v2).
 * Members that are `undefined` are left out.
 */
export function toYAML(value: unknown): string {
  const writer = new Writer()
  writer.node(value, -2, { inMapping: false, atRoot: true })
  return writer.text()
}

interface Place {
  readonly inMapping: boolean
  readonly atRoot?: boolean
}

class Writer {
  #out = ''
  /** How much of the line is written, and what it ends with: looking into `#out` would copy it each time. */
  #column = 0
  #last = ''

  text(): string {
    return this.#last === '\n' ? this.#out : `${this.#out}\n`
  }

  /** Writes a value after what stands on the line already; `indent` is that of the collection around it. */
  node(value: unknown, indent: number, place: Place): void {
    if (Array.isArray(value)) {
      if (value.length === 0) this.#word('[]')
      else this.#list(value, place.inMapping ? Math.max(indent, 0) : indent + 2, place)
    } else if (typeof value === 'object' && value !== null) {
      const members = Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .sort(([a], [b]) => compareKeys(a, b))
      if (members.length === 0) this.#word('{}')
      else this.#map(members, indent + 2, place)
    } else if (typeof value === 'string') this.#scalar(value, place.atRoot ? 2 : indent + 2, false)
    else if (typeof value === 'number') this.#word(formatNumber(value))
    else this.#word(value === undefined ? 'null' : String(value))
  }

  #list(items: readonly unknown[], indent: number, place: Place): void {
    let first = true
    for (const item of items) {
      // The first item of a list within a list stands behind the dash of the outer one.
      if (!first || place.inMapping || place.atRoot) this.#newLine(indent)
      else this.#space()
      this.#put('-')
      this.node(item, indent, { inMapping: false })
      first = false
    }
  }

  #map(members: readonly (readonly [string, unknown])[], indent: number, place: Place): void {
    let first = true
    for (const [key, value] of members) {
      if (!first || place.inMapping || place.atRoot) this.#newLine(indent)
      else this.#space()
      first = false
      if (key.length > maxSimpleKey || /[\n\r\x85\u2028\u2029]/.test(key)) {
        this.#put('?')
        this.#scalar(key, indent + 2, false)
        this.#newLine(indent)
        this.#put(':')
        this.node(value, indent, { inMapping: false })
      } else {
        this.#scalar(key, indent, true)
        this.#put(':')
        this.node(value, indent, { inMapping: true })
      }
    }
  }

  #scalar(text: string, indent: number, isKey: boolean): void {
    const style = styleOf(text, isKey)
    if (!isKey) this.#space()
    if (style === 'literal') this.#literal(text, indent)
    else if (style === 'plain') this.#folded(text, indent, isKey)
    else if (style === 'double') this.#double(text, indent, isKey)
    else {
      this.#put("'")
      this.#folded(text.replaceAll("'", "''"), indent, isKey, true)
      this.#put("'")
    }
  }

  #literal(text: string, indent: number): void {
    this.#put(
      `|${/^[ \n]/.test(text) ? '2' : ''}${!text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : ''}`,
    )
    this.#endLine()
    const lines = text.split('\n')
    const last = lines.pop() ?? ''
    for (const line of lines) {
      if (line !== '') this.#put(' '.repeat(indent) + line)
      this.#endLine()
    }
    if (last !== '') this.#put(' '.repeat(indent) + last)
  }

  /** Breaks at single spaces once the line is long enough. */
  #folded(text: string, indent: number, isKey: boolean, quoted = false): void {
    if (isKey || this.#column + text.length <= width || !text.includes(' ')) {
      this.#put(text)
      return
    }
    let spaces = false
    const chars = [...text]
    for (const [i, char] of chars.entries()) {
      if (char !== ' ') {
        this.#put(char)
        spaces = false
        continue
      }
      const inside = !quoted || (i > 0 && i < chars.length - 1)
      if (!spaces && this.#column > width && inside && chars[i + 1] !== ' ') this.#newLine(Math.max(indent, 0))
      else this.#put(' ')
      spaces = true
    }
  }

  #double(text: string, indent: number, isKey: boolean): void {
    this.#put('"')
    let spaces = false
    const chars = [...text]
    for (const [i, char] of chars.entries()) {
      if (char !== ' ') {
        this.#put(mustEscape(char) ? escapeChar(char) : char)
        spaces = false
        continue
      }
      if (!isKey && !spaces && this.#column > width && i > 0 && i < chars.length - 1) {
        this.#newLine(Math.max(indent, 0))
        if (chars[i + 1] === ' ') this.#put('\\')
      } else this.#put(' ')
      spaces = true
    }
    this.#put('"')
  }

  #word(text: string): void {
    this.#space()
    this.#put(text)
  }

  #space(): void {
    if (this.#column > 0 && this.#last !== ' ') this.#put(' ')
  }

  #put(text: string): void {
    if (text === '') return
    this.#out += text
    this.#column += text.length
    this.#last = text.charAt(text.length - 1)
  }

  #endLine(): void {
    this.#out += '\n'
    this.#column = 0
    this.#last = '\n'
  }

  #newLine(indent: number): void {
    if (this.#column > 0) this.#endLine()
    this.#put(' '.repeat(Math.max(indent, 0)))
  }
}

type Style = 'plain' | 'single' | 'double' | 'literal'

/** Printable in go-yaml's sense: nothing beyond the Basic Multilingual Plane, no tab. */
const unprintable = /[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/

function styleOf(text: string, isKey: boolean): Style {
  if (text === '') return 'double'
  const multiline = /[\n\r\x85\u2028\u2029]/.test(text)
  const special = unprintable.test(text) || / [\n\x85\u2028\u2029]/.test(text)
  if (text.includes('\n')) return isKey || special || text.endsWith(' ') ? 'double' : 'literal'
  // As a key, `<<` would merge; go-yaml does not think of that.
  if (looksTyped(text) || (isKey && text === '<<')) return 'double'
  if (special) return 'double'
  const edges = /^[ \x85\u2028\u2029]|[ \x85\u2028\u2029]$/.test(text)
  const plain = !edges && !multiline && !hasIndicators(text)
  if (plain) return 'plain'
  return /[\x85\u2028\u2029] /.test(text) || (multiline && isKey) ? 'double' : 'single'
}

function hasIndicators(text: string): boolean {
  return /^(---|\.\.\.)|^[#,[\]{}&*!|>'"%@`]|^[?:-]([ \t\n]|$)|:([ \t\n]|$)|[ \t\n]#/.test(text)
}

const mustEscape = (char: string): boolean =>
  char === '"' || char === '\\' || char.length > 1 || unprintable.test(char) || /[\n\x85\u2028\u2029]/.test(char)

const named: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\x85': '\\N',
  '\xa0': '\\_',
  '\u2028': '\\L',
  '\u2029': '\\P',
}

function escapeChar(char: string): string {
  const known = named[char]
  if (known !== undefined) return known
  const code = char.codePointAt(0) ?? 0
  const hex = code.toString(16).toUpperCase()
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
