import { setKey } from '../meta/deep.ts'
import { goQuote } from '../values/go-quote.ts'

/**
 * Deeper nesting is refused: what walks an object later on must not run out of stack. Go refuses what is ten thousand
 * deep, but its stacks grow.
 */
export const maxDepth = 1500

/** No more duplicate fields than this are reported. */
const maxDuplicates = 100

/**
 * A number as it was written, where that says more than its value: with a fraction or an exponent, which Go's integers
 * refuse even where they are whole (`1.0`), or beyond 64 bits.
 */
export class NumberLiteral {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  get value(): number {
    return Number(this.text)
  }
}

/** Text that is no JSON; the message is in the words of Go's encoding/json. */
export class JSONSyntaxError extends Error {
  override readonly name = 'JSONSyntaxError'
}

/**
 * Reads JSON one character at a time: slower than `JSON.parse`, but with Go's error messages, with duplicate keys
 * reported as `spec.containers[0].name`, and with integers beyond 2^53 kept as bigint where they fit into int64.
 */
export class JSONParser {
  readonly #text: string
  readonly #duplicates: Set<string> | undefined
  readonly #literals: boolean
  readonly #path: string[] = []
  #at = 0
  #depth = 0

  constructor(text: string, duplicates?: Set<string>, literals = false) {
    this.#text = text
    this.#duplicates = duplicates
    this.#literals = literals
  }

  /** The one value of the text. */
  document(): unknown {
    const value = this.#value()
    this.#space()
    if (this.#at < this.#text.length) this.#fail('after top-level value')
    return value
  }

  /** Values that follow one another, as in a stream. */
  stream(): unknown[] {
    const values: unknown[] = []
    for (this.#space(); this.#at < this.#text.length; this.#space()) values.push(this.#value())
    return values
  }

  #value(): unknown {
    this.#space()
    switch (this.#text[this.#at]) {
      case '{':
        return this.#nested(() => this.#object())
      case '[':
        return this.#nested(() => this.#array())
      case '"':
        return this.#string()
      case 't':
        return this.#literal('true', true)
      case 'f':
        return this.#literal('false', false)
      case 'n':
        return this.#literal('null', null)
      default:
        return this.#number()
    }
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > maxDepth) throw new JSONSyntaxError('exceeded max depth')
    this.#at++
    const value = read()
    this.#at++
    this.#depth--
    return value
  }

  #object(): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    this.#space()
    if (this.#text[this.#at] === '}') return object
    for (;;) {
      this.#space()
      if (this.#text[this.#at] !== '"') this.#fail('looking for beginning of object key string')
      const key = this.#string()
      if (this.#duplicates && Object.hasOwn(object, key)) this.#duplicate(key)
      this.#space()
      if (this.#text[this.#at] !== ':') this.#fail('after object key')
      this.#at++
      this.#path.push(this.#path.length === 0 ? key : `.${key}`)
      setKey(object, key, this.#value())
      this.#path.pop()
      this.#space()
      if (this.#text[this.#at] === '}') return object
      if (this.#text[this.#at] !== ',') this.#fail('after object key:value pair')
      this.#at++
    }
  }

  #array(): unknown[] {
    const array: unknown[] = []
    this.#space()
    if (this.#text[this.#at] === ']') return array
    for (;;) {
      this.#path.push(`[${array.length}]`)
      array.push(this.#value())
      this.#path.pop()
      this.#space()
      if (this.#text[this.#at] === ']') return array
      if (this.#text[this.#at] !== ',') this.#fail('after array element')
      this.#at++
    }
  }

  #duplicate(key: string): void {
    if (!this.#duplicates || this.#duplicates.size >= maxDuplicates) return
    this.#duplicates.add(this.#path.length === 0 ? key : `${this.#path.join('')}.${key}`)
  }

  #string(): string {
    const start = this.#at++
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === 0x22) break
      if (Number.isNaN(code) || code < 0x20) this.#fail('in string literal')
      if (code === 0x5c) this.#escape()
      else this.#at++
    }
    this.#at++
    // What was checked above is a string to JSON.parse too. Half a surrogate pair is no text to Go.
    return wellFormed(String(JSON.parse(this.#text.slice(start, this.#at))))
  }

  #escape(): void {
    this.#at++
    const char = this.#text[this.#at] ?? ''
    if (!/["\\/bfnrtu]/.test(char)) this.#fail('in string escape code')
    this.#at++
    if (char !== 'u') return
    for (let i = 0; i < 4; i++, this.#at++) {
      if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? '')) this.#fail('in \\u hexadecimal character escape')
    }
  }

  #literal<T>(word: string, value: T): T {
    for (const char of word) {
      if (this.#text[this.#at] !== char) this.#fail(`in literal ${word} (expecting '${char}')`)
      this.#at++
    }
    return value
  }

  #number(): number | bigint | NumberLiteral {
    const start = this.#at
    if (this.#text[this.#at] === '-') {
      this.#at++
      if (!this.#digit()) this.#fail('in numeric literal')
    } else if (!this.#digit()) this.#fail('looking for beginning of value')
    if (this.#text[this.#at] === '0') this.#at++
    else this.#digits()
    let integer = true
    if (this.#text[this.#at] === '.') {
      integer = false
      this.#at++
      if (!this.#digit()) this.#fail('after decimal point in numeric literal')
      this.#digits()
    }
    if (/[eE]/.test(this.#text[this.#at] ?? '')) {
      integer = false
      this.#at++
      if (/[+-]/.test(this.#text[this.#at] ?? '')) this.#at++
      if (!this.#digit()) this.#fail('in exponent of numeric literal')
      this.#digits()
    }
    const text = this.#text.slice(start, this.#at)
    const number = integer ? integerOf(text) : Number(text)
    if (this.#literals && (!integer || (typeof number === 'number' && !Number.isSafeInteger(number)))) {
      return new NumberLiteral(text)
    }
    if (typeof number === 'bigint' || Number.isFinite(number)) return number
    throw new JSONSyntaxError(`json: cannot unmarshal number ${text} into Go value of type float64`)
  }

  #digit(): boolean {
    const code = this.#text.charCodeAt(this.#at)
    return code >= 0x30 && code <= 0x39
  }

  #digits(): void {
    while (this.#digit()) this.#at++
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at++
    }
  }

  #fail(where: string): never {
    const code = this.#text.codePointAt(this.#at)
    if (code === undefined) throw new JSONSyntaxError('unexpected end of JSON input')
    throw new JSONSyntaxError(`invalid character ${quoteByte(code)} ${where}`)
  }
}

/** Text with a replacement character for each half of a surrogate pair that stands alone. */
function wellFormed(text: string): string {
  if (!/[\ud800-\udfff]/.test(text)) return text
  return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
}

/** An integer as Go's int64 holds it; a double where it does not fit. */
export function integerOf(text: string): number | bigint {
  const number = Number(text)
  if (Number.isSafeInteger(number) || text.length > 20) return number
  const exact = BigInt(text)
  return BigInt.asIntN(64, exact) === exact ? exact : number
}

/** Go looks at bytes, so that of a character beyond ASCII it names the first byte. */
function quoteByte(code: number): string {
  if (code === 0x27) return `'\\''`
  if (code === 0x22) return `'"'`
  const byte =
    code < 0x80 ? code : code < 0x800 ? 0xc0 | (code >> 6) : code < 0x10000 ? 0xe0 | (code >> 12) : 0xf0 | (code >> 18)
  return `'${goQuote(String.fromCharCode(byte)).slice(1, -1)}'`
}
