import type { Token } from './lexer.ts'

/** A set of tokens that may come next, and how ANTLR writes it. */
export interface Expected {
  accepts(token: Token): boolean
  text: string
}

const literals = ['true', 'false', 'null', 'NUM_FLOAT', 'NUM_INT', 'NUM_UINT', 'STRING', 'BYTES', 'IDENTIFIER']
const order = ['[', ']', '{', '}', '(', ')', '.', ',', '-', '!', '?', ':']

/** `{'[', '{', …}`: the tokens that may begin an expression, with some more, in the grammar's order. */
export function describeExpected(more: readonly string[], expression: boolean): string {
  const signs = new Set([...more, ...(expression ? ['[', '{', '(', '.', '-', '!'] : [])])
  const names = order.filter((sign) => signs.has(sign)).map((sign) => `'${sign}'`)
  if (expression) names.push(...literals.map((name) => (/^[a-z]/.test(name) ? `'${name}'` : name)))
  return names.length === 1 ? (names[0] ?? '') : `{${names.join(', ')}}`
}

export const expressionStart: Expected = {
  accepts: (token) =>
    token.kind === 'operator'
      ? ['[', '{', '(', '.', '-', '!'].includes(token.text)
      : token.kind !== 'end' &&
        token.kind !== 'escaped-identifier' &&
        !(token.kind === 'identifier' && token.text === 'in'),
  text: describeExpected([], true),
}

/** A cursor over tokens that reports what it did not expect in ANTLR's words. */
export class Tokens {
  readonly #tokens: readonly Token[]
  readonly #report: (offset: number, message: string) => void
  #at = 0

  constructor(tokens: readonly Token[], report: (offset: number, message: string) => void) {
    this.#tokens = tokens
    this.#report = report
  }

  peek(ahead = 0): Token {
    const last = this.#tokens.length - 1
    return this.#tokens[Math.min(this.#at + ahead, last)] ?? { kind: 'end', text: '<EOF>', offset: 0 }
  }

  next(): Token {
    const token = this.peek()
    this.#at++
    return token
  }

  is(text: string): boolean {
    const token = this.peek()
    return token.kind === 'operator' && token.text === text
  }

  take(text: string): Token | undefined {
    return this.is(text) ? this.next() : undefined
  }

  mismatch(expected: Expected): void {
    this.mismatchTexts(expected.text)
  }

  mismatchTexts(expected: string): void {
    const token = this.peek()
    this.#report(token.offset, `mismatched input '${token.text}' expecting ${expected}`)
  }

  #extraneous(expected: string): void {
    const token = this.next()
    this.#report(token.offset, `extraneous input '${token.text}' expecting ${expected}`)
  }

  /** Whether an expected token is next, after leaving out one that is not where that helps. */
  sync(expected: Expected): boolean {
    if (expected.accepts(this.peek())) return true
    if (this.peek().kind !== 'end' && expected.accepts(this.peek(1))) {
      this.#extraneous(expected.text)
      return true
    }
    this.mismatch(expected)
    return false
  }

  syncTexts(texts: readonly string[]): boolean {
    const accepts = (token: Token): boolean => token.kind === 'operator' && texts.includes(token.text)
    return this.sync({ accepts, text: describeExpected(texts, false) })
  }

  /** Takes one sign; a token too much before it is left out, and before the end of the text it may be missing. */
  match(text: string): boolean {
    if (this.take(text) !== undefined) return true
    const following = this.peek(1)
    if (this.peek().kind !== 'end' && following.kind === 'operator' && following.text === text) {
      this.#extraneous(`'${text}'`)
      this.next()
      return true
    }
    const token = this.peek()
    if (text !== ':' && (token.kind === 'end' || (token.kind === 'operator' && !['{', '!'].includes(token.text)))) {
      this.#report(token.offset, `missing '${text}' at '${token.text}'`)
      return token.kind !== 'end'
    }
    this.mismatchTexts(`'${text}'`)
    return false
  }

  expectEnd(): boolean {
    if (this.peek().kind === 'end') return true
    if (this.peek(1).kind === 'end') this.#extraneous('<EOF>')
    else this.mismatchTexts('<EOF>')
    return false
  }
}
