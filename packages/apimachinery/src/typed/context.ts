import { NumberLiteral } from '../bodies/json.ts'
import { child, index } from '../errors/field-errors.ts'

/** A step from the root of an object: a field, the place in a list, or the key of a map. */
export type Step = string | number | { readonly key: string }

/** No more unknown fields than this are reported. */
const maxUnknown = 100

/** A value that its type's own reader refuses; unlike a mismatch it ends the decoding at once, as in Go. */
export class DecodeFailure extends Error {
  override readonly name = 'DecodeFailure'
}

/** Where a decoder stands, and what it has found so far. */
export class DecodeContext {
  readonly unknown = new Set<string>()
  readonly path: Step[] = []
  /** The Go names of the structs around. */
  readonly structs: string[] = []
  /** Above zero where unknown fields are passed over in silence. */
  muted = 0
  #mismatch: string | undefined

  /** The first value of a wrong type. Decoding goes on after it, for later ones matter more (see `DecodeFailure`). */
  get mismatch(): string | undefined {
    return this.#mismatch
  }

  /** Notes that the value at hand does not go into the Go type. */
  refuse(value: unknown, goType: string, word = wordOf(value)): undefined {
    this.#mismatch ??= this.describe(word, goType)
    return undefined
  }

  /** The sentence of Go's `UnmarshalTypeError`. */
  describe(word: string, goType: string): string {
    const fields = this.path.filter((step) => typeof step === 'string')
    const target = fields.length === 0 ? 'value' : `struct field ${this.structs.at(-1) ?? ''}.${fields.join('.')}`
    return `json: cannot unmarshal ${word} into Go ${target} of type ${goType}`
  }

  /** Notes an error in other words than those of a mismatch. */
  note(message: string): undefined {
    this.#mismatch ??= message
    return undefined
  }

  unknownField(name: string): void {
    if (this.muted > 0 || this.unknown.size >= maxUnknown) return
    let text = ''
    for (const step of this.path) {
      text = typeof step === 'number' ? index(text, step) : child(text, typeof step === 'string' ? step : step.key)
    }
    this.unknown.add(child(text, name))
  }
}

/** What Go calls a number that does not fit: with what was written. Undefined for other values. */
export function numberWord(value: unknown): string | undefined {
  if (value instanceof NumberLiteral) return `number ${value.text}`
  return typeof value === 'number' || typeof value === 'bigint' ? `number ${value}` : undefined
}

/** What Go calls a JSON value. */
export function wordOf(value: unknown): string {
  if (value instanceof NumberLiteral) return 'number'
  if (Array.isArray(value)) return 'array'
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'bool'
    case 'number':
    case 'bigint':
      return 'number'
    default:
      return 'object'
  }
}
