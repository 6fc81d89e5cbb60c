import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException } from 'js-yaml'
import { setKey } from '../meta/deep.ts'
import { goQuote } from '../values/go-quote.ts'
import { JSONSyntaxError, parseJSON, parseJSONStream } from './json.ts'
import { resolveScalar } from './yaml-scalars.ts'

export interface ParseYAMLOptions {
  /** Keys that stand twice in one mapping are added here, as `line 3: key "app" already set in map`. */
  readonly duplicates?: Set<string>
}

/** Text that is no YAML, or YAML that JSON has no form for. */
export class YAMLError extends Error {
  override readonly name = 'YAMLError'
}

/** Aliases may repeat so many values, no more: a short text must not grow without bound. */
const maxAliased = 100_000
const maxDepth = 500

type Scalar = Extract<Event, { valueStart: number }>
type Collection = Extract<Event, { style: unknown; start: number }>

/**
 * The documents of a YAML text, as the JSON values that they mean; empty documents are left out. JSON is read as JSON,
 * also several values in a row. Scalars mean what they mean to sigs.k8s.io/yaml (YAML 1.1). Throws `YAMLError`.
 */
export function parseYAML(text: string, options: ParseYAMLOptions = {}): unknown[] {
  if (/^\s*\{/.test(text)) {
    const values = jsonValues(text)
    if (values) return values
  }
  return new Composer(text, options.duplicates).documents().filter((document) => document !== null)
}

function jsonValues(text: string): unknown[] | undefined {
  try {
    return [parseJSON(text)]
  } catch (error) {
    if (!(error instanceof JSONSyntaxError)) throw error
  }
  try {
    return parseJSONStream(text)
  } catch {
    // A flow mapping of YAML starts like JSON.
    return undefined
  }
}

/** Builds values from the parser's flat list of events. */
class Composer {
  readonly #text: string
  readonly #events: readonly Event[]
  readonly #duplicates: Set<string> | undefined
  #anchors = new Map<string, unknown>()
  #tagHandles = new Map<string, string>()
  #at = 0
  #aliased = 0

  constructor(text: string, duplicates: Set<string> | undefined) {
    this.#text = text
    this.#duplicates = duplicates
    try {
      this.#events = parseEvents(text, { maxDepth })
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error
      const line = error.mark ? `line ${error.mark.line + 1}: ` : ''
      throw new YAMLError(`yaml: ${line}${error.reason}`, { cause: error })
    }
  }

  documents(): unknown[] {
    const found: unknown[] = []
    while (this.#at < this.#events.length) {
      const event = this.#take()
      if (event.type !== EVENT_ID.DOCUMENT) continue
      this.#anchors = new Map()
      this.#tagHandles = new Map([['!!', 'tag:yaml.org,2002:']])
      for (const directive of event.directives) {
        if (directive.kind === 'tag') this.#tagHandles.set(directive.handle, directive.prefix)
      }
      found.push(this.#peek()?.type === EVENT_ID.POP ? null : this.#value())
      this.#take()
    }
    return found
  }

  #peek(): Event | undefined {
    return this.#events[this.#at]
  }

  #take(): Event {
    const event = this.#events[this.#at++]
    if (!event) throw new YAMLError('yaml: unexpected end of document')
    return event
  }

  #value(): unknown {
    const event = this.#take()
    switch (event.type) {
      case EVENT_ID.SCALAR:
        return this.#anchored(event, this.#scalar(event))
      case EVENT_ID.SEQUENCE:
        return this.#sequence(event)
      case EVENT_ID.MAPPING:
        return this.#mapping(event)
      case EVENT_ID.ALIAS:
        return this.#alias(this.#text.slice(event.anchorStart, event.anchorEnd))
      default:
        throw new YAMLError('yaml: unexpected end of collection')
    }
  }

  #anchored<T>(event: Scalar | Collection, value: T): T {
    if (event.anchorStart >= 0) this.#anchors.set(this.#text.slice(event.anchorStart, event.anchorEnd), value)
    return value
  }

  #alias(name: string): unknown {
    if (!this.#anchors.has(name)) throw new YAMLError(`yaml: unknown anchor '${name}' referenced`)
    return this.#copy(this.#anchors.get(name))
  }

  #copy(value: unknown): unknown {
    if (++this.#aliased > maxAliased) throw new YAMLError('yaml: document contains excessive aliasing')
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map((item) => this.#copy(item))
    const copy: Record<string, unknown> = {}
    for (const [key, member] of Object.entries(value)) setKey(copy, key, this.#copy(member))
    return copy
  }

  #sequence(event: Collection): unknown[] {
    const list: unknown[] = []
    while (this.#peek()?.type !== EVENT_ID.POP) list.push(this.#value())
    this.#take()
    // Anchored only when it is whole, so that no value can hold itself.
    return this.#anchored(event, list)
  }

  #mapping(event: Collection): Record<string, unknown> {
    const map: Record<string, unknown> = {}
    const own = new Set<string>()
    for (;;) {
      const next = this.#peek()
      if (next?.type === EVENT_ID.POP) break
      const merge = next?.type === EVENT_ID.SCALAR && next.style === SCALAR_STYLE.PLAIN && this.#raw(next) === '<<'
      const position = next && 'valueStart' in next ? next.valueStart : event.start
      const key = this.#value()
      if (merge) {
        this.#merge(map, own, this.#value())
        continue
      }
      const name = keyText(key)
      if (own.has(name)) this.#duplicates?.add(`line ${this.#line(position)}: key ${goQuote(name)} already set in map`)
      own.add(name)
      setKey(map, name, this.#value())
    }
    this.#take()
    return this.#anchored(event, map)
  }

  /** Keys that the mapping has itself, before or after, win over merged ones. */
  #merge(map: Record<string, unknown>, own: ReadonlySet<string>, value: unknown): void {
    for (const source of Array.isArray(value) ? value.toReversed() : [value]) {
      if (typeof source !== 'object' || source === null || Array.isArray(source)) {
        throw new YAMLError('yaml: map merge requires map or sequence of maps as the value')
      }
      for (const [key, member] of Object.entries(source)) if (!own.has(key)) setKey(map, key, member)
    }
  }

  #line(position: number): number {
    return this.#text.slice(0, position).split('\n').length
  }

  #raw(event: Scalar): string {
    return getScalarValue(this.#text, event)
  }

  #scalar(event: Scalar): unknown {
    const text = this.#raw(event)
    const tag = event.tagStart >= 0 ? this.#tag(this.#text.slice(event.tagStart, event.tagEnd)) : ''
    if (tag === '') return event.style === SCALAR_STYLE.PLAIN ? jsonable(resolveScalar(text)) : text
    switch (tag) {
      case 'bool':
      case 'int':
      case 'float':
      case 'null': {
        const value = resolveScalar(text)
        const type = value === null ? 'null' : typeof value === 'boolean' ? 'bool' : isNumber(value) ? 'number' : 'str'
        const fits =
          type === tag || (type === 'number' && (tag === 'float' || (tag === 'int' && Number.isInteger(Number(value)))))
        if (!fits) throw new YAMLError(`yaml: cannot decode !!${type} \`${text}\` as a !!${tag}`)
        return jsonable(value)
      }
      case 'binary':
        return atob(text.replace(/\s/g, ''))
      default:
        return text
    }
  }

  /** The short name of a tag of YAML's own, or the whole tag where it is another's. */
  #tag(source: string): string {
    if (source === '!') return 'str'
    const handle = /^!\w*!/.exec(source)?.[0]
    const full = source.startsWith('!<')
      ? source.slice(2, -1)
      : handle
        ? (this.#tagHandles.get(handle) ?? handle) + source.slice(handle.length)
        : source
    return full.replace(/^tag:yaml\.org,2002:/, '')
  }
}

const isNumber = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint'

function jsonable<T>(value: T): T {
  if (typeof value !== 'number' || Number.isFinite(value)) return value
  const name = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
  throw new YAMLError(`json: unsupported value: ${name}`)
}

/** JSON knows strings only as keys. */
function keyText(key: unknown): string {
  if (typeof key === 'string') return key
  if (typeof key === 'number' || typeof key === 'boolean' || typeof key === 'bigint') return String(key)
  if (key === null) throw new YAMLError('unsupported map key of type: %!s(<nil>), key: <nil>')
  throw new YAMLError(`yaml: invalid map key: ${JSON.stringify(key)}`)
}
