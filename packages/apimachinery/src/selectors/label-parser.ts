import { fieldInvalid, formatFieldError } from '../errors/field-errors.ts'
import { compareUtf8 } from '../meta/deep.ts'
import { isQualifiedName } from '../validation/names.ts'
import { binaryOperators, checkRequirement, type LabelOperator, type LabelRequirement } from './requirement.ts'

type Kind = 'word' | 'end' | 'error' | ')' | '(' | ',' | '!' | '==' | '=' | '>' | '<' | '!='

interface Token {
  kind: Kind
  text: string
}

const operators: Readonly<Record<string, LabelOperator>> = {
  in: 'in',
  notin: 'notin',
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
}
const symbols: ReadonlySet<string> = new Set(['=', '!', '(', ')', ',', '>', '<'])
const kinds: ReadonlySet<string> = new Set(['=', '==', '!=', '!', '(', ')', ',', '>', '<'])
const isKind = (text: string): text is Kind => kinds.has(text)

/**
 * The requirements of a selector such as `app=web,tier in (a,b),!old`, sorted by key. Throws upstream's words where the
 * text is no selector. As upstream: labels, `Parse`.
 */
export function parseRequirements(selector: string): LabelRequirement[] {
  const parser = new Parser(tokens(selector))
  return parser.requirements().toSorted((a, b) => compareUtf8(a.key, b.key))
}

function tokens(text: string): Token[] {
  const found: Token[] = []
  // Upstream reads a zero byte as the end.
  const source = text.includes('\0') ? text.slice(0, text.indexOf('\0')) : text
  let at = 0
  while (at < source.length) {
    const char = source.charAt(at)
    if (/[ \t\r\n]/.test(char)) at++
    else if (symbols.has(char)) {
      const pair = source.slice(at, at + 2)
      const symbol = isKind(pair) ? pair : char
      at += symbol.length
      found.push({ kind: isKind(symbol) ? symbol : 'error', text: symbol })
    } else {
      const word = /^[^ \t\r\n=!(),><]+/.exec(source.slice(at))?.[0] ?? char
      at += word.length
      found.push({ kind: 'word', text: word })
    }
  }
  return found
}

class Parser {
  readonly #tokens: Token[]
  #at = 0

  constructor(list: Token[]) {
    this.#tokens = list
  }

  requirements(): LabelRequirement[] {
    const found: LabelRequirement[] = []
    for (;;) {
      const first = this.#peek()
      if (first.kind === 'end') return found
      if (first.kind !== 'word' && first.kind !== '!') {
        throw new Error(`found '${first.text}', expected: !, identifier, or 'end of string'`)
      }
      found.push(this.#requirement())
      const next = this.#take()
      if (next.kind === 'end') return found
      if (next.kind !== ',') throw new Error(`found '${next.text}', expected: ',' or 'end of string'`)
      const after = this.#peek()
      if (after.kind !== 'word' && after.kind !== '!') {
        throw new Error(`found '${after.text}', expected: identifier after ','`)
      }
    }
  }

  #requirement(): LabelRequirement {
    try {
      const requirement = this.#readRequirement()
      checkRequirement(requirement)
      return requirement
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw new Error(`unable to parse requirement: ${message}`, { cause: error })
    }
  }

  #readRequirement(): LabelRequirement {
    let token = this.#take()
    const negated = token.kind === '!'
    if (negated) token = this.#take()
    if (token.kind !== 'word') throw new Error(`found '${token.text}', expected: identifier`)
    const key = token.text
    const refusals = isQualifiedName(key)
    if (refusals.length > 0) throw new Error(formatFieldError(fieldInvalid('<nil>', key, refusals.join('; '))))
    if (negated) return { key, operator: '!', values: [] }
    const next = this.#peek()
    if (next.kind === 'end' || next.kind === ',') return { key, operator: 'exists', values: [] }
    const sign = this.#take()
    const operator = Object.hasOwn(operators, sign.text) ? operators[sign.text] : undefined
    if (operator === undefined) {
      throw new Error(`found '${sign.text}', expected: ${binaryOperators.join(', ')}`)
    }
    const values = operator === 'in' || operator === 'notin' ? this.#values() : this.#value()
    return { key, operator, values: [...new Set(values)].sort(compareUtf8) }
  }

  #value(): string[] {
    const next = this.#peek()
    if (next.kind === 'end' || next.kind === ',') return ['']
    const token = this.#take()
    if (token.kind !== 'word') throw new Error(`found '${token.text}', expected: identifier`)
    return [token.text]
  }

  #values(): string[] {
    const open = this.#take()
    if (open.kind !== '(') throw new Error(`found '${open.text}' expected: '('`)
    const first = this.#peek()
    if (first.kind === ')') {
      this.#take()
      return ['']
    }
    if (first.kind !== 'word' && first.kind !== ',') {
      throw new Error(`found '${first.text}', expected: ',', ')' or identifier`)
    }
    const found: string[] = []
    for (;;) {
      const token = this.#take()
      const next = this.#peek()
      if (token.kind === 'word') {
        found.push(token.text)
        if (next.kind === ')') break
        if (next.kind !== ',') throw new Error(`found '${next.text}', expected: ',' or ')'`)
      } else if (token.kind === ',') {
        // An empty value stands before the first comma, between two, and after the last.
        if (found.length === 0) found.push('')
        if (next.kind === ',' || next.kind === ')') found.push('')
        if (next.kind === ')') break
      } else throw new Error(`found '${token.text}', expected: ',', or identifier`)
    }
    this.#take()
    return found
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' }
  }

  #take(): Token {
    const token = this.#peek()
    this.#at++
    return token
  }
}
