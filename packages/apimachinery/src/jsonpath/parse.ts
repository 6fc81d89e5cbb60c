import { unquoteGo } from './unquote.ts'
import type { Bound, Node } from './nodes.ts'

/**
 * Parses a template of kubectl's JSONPath dialect: text with actions in braces. Throws in upstream's words.
 * As client-go util/jsonpath/parser.go.
 */
export function parseJSONPath(template: string): Node[] {
  return new Parser(template).parse()
}

const terminators = new Set(['.', ',', '[', ']', '$', '@', '{', '}', ' ', '\r', '\n'])

class Parser {
  readonly #input: string
  #at = 0
  readonly #root: Node[] = []

  constructor(input: string) {
    this.#input = input
  }

  parse(): Node[] {
    while (this.#at < this.#input.length) {
      const open = this.#input.indexOf('{', this.#at)
      const end = open === -1 ? this.#input.length : open
      if (end > this.#at) this.#root.push({ kind: 'text', text: this.#input.slice(this.#at, end) })
      this.#at = end
      if (open !== -1) {
        this.#at++
        const nodes: Node[] = []
        this.#root.push({ kind: 'list', nodes })
        this.#parseAction(nodes)
      }
    }
    return this.#root
  }

  /** The text of one action up to its closing brace. */
  #parseAction(nodes: Node[]): void {
    for (;;) {
      const rest = this.#input.slice(this.#at)
      const next = rest[0]
      if (next === undefined || next === '\n' || next === '\r') throw new Error('unclosed action')
      if (next === '}') {
        this.#at++
        return
      }
      if (rest.startsWith('[?(')) nodes.push(this.#filter())
      else if (rest.startsWith('..')) this.#recursive(nodes)
      else if (next === ' ' || next === '@' || next === '$') this.#at++
      else if (next === '[') this.#array(nodes)
      else if (next === '"' || next === "'") nodes.push(this.#quoted(next))
      else if (next === '.') {
        this.#at++
        nodes.push(this.#field())
      } else if (/[-+\d]/.test(next)) nodes.push(this.#number())
      else if (/[\p{L}\p{N}_]/u.test(next)) nodes.push(this.#identifier())
      else {
        const code = (next.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
        throw new Error(`unrecognized character in action: U+${code} '${next}'`)
      }
    }
  }

  #recursive(nodes: Node[]): void {
    if (nodes.at(-1)?.kind === 'recursive') throw new Error('invalid multiple recursive descent')
    this.#at += 2
    nodes.push({ kind: 'recursive' })
    if (/[\p{L}\p{N}_]/u.test(this.#input[this.#at] ?? '')) nodes.push(this.#field())
  }

  #field(): Node {
    const start = this.#at
    while (this.#at < this.#input.length) {
      const next = this.#input[this.#at] ?? ''
      if (next === '\\') this.#at++
      else if (terminators.has(next)) break
      this.#at++
    }
    const value = this.#input.slice(start, this.#at)
    return value === '*' ? { kind: 'wildcard' } : { kind: 'field', name: value.replaceAll('\\', '') }
  }

  #identifier(): Node {
    const [name = ''] = /^[\p{L}\p{N}_]+/u.exec(this.#input.slice(this.#at)) ?? []
    this.#at += name.length
    return name === 'true' || name === 'false' ? { kind: 'bool', value: name === 'true' } : { kind: 'identifier', name }
  }

  #number(): Node {
    const [text = ''] = /^[-+]?[\d.]*/.exec(this.#input.slice(this.#at)) ?? []
    this.#at += text.length
    const value = Number(text)
    if (Number.isNaN(value) || text === '+' || text === '-') throw new Error(`cannot parse number ${text}`)
    return { kind: 'number', value }
  }

  #quoted(quote: string): Node {
    const start = this.#at++
    for (; ; this.#at++) {
      const next = this.#input[this.#at]
      if (next === undefined || next === '\n') throw new Error('unterminated quoted string')
      if (next === quote && this.#input[this.#at - 1] !== '\\') break
    }
    this.#at++
    return { kind: 'text', text: unquoteGo(this.#input.slice(start + 1, this.#at - 1), quote) }
  }

  #array(nodes: Node[]): void {
    const close = this.#input.indexOf(']', this.#at)
    if (close === -1 || this.#input.slice(this.#at, close).includes('\n')) throw new Error('unterminated array')
    const inner = this.#input.slice(this.#at + 1, close)
    this.#at = close + 1
    const members = inner.split(',')
    if (members.length > 1) {
      nodes.push({ kind: 'union', members: members.map((member) => action(`[${member.trim()}]`)) })
      return
    }
    const key = /^'([^']*)'$/.exec(inner)?.[1]
    if (key !== undefined) {
      const node = action(`.${key}`)
      if (node.kind === 'list') nodes.push(...node.nodes)
      return
    }
    const slice = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(inner === '*' ? ':' : inner)
    if (!slice) throw new Error(`invalid array index ${inner}`)
    const start = bound(slice[1])
    const end = slice[2] === undefined ? { value: (start.value ?? 0) + 1, derived: true } : bound(slice[2].slice(1))
    nodes.push({ kind: 'array', start, end, step: bound(slice[3]?.slice(1)) })
  }

  #filter(): Node {
    const start = (this.#at += 3)
    let quote: string | undefined
    for (; ; this.#at++) {
      const next = this.#input[this.#at]
      if (next === undefined || next === '\n') throw new Error('unterminated filter')
      if (quote !== undefined) {
        if (next === quote && this.#input[this.#at - 1] !== '\\') quote = undefined
      } else if (next === '"' || next === "'") quote = next
      else if (next === ')') break
    }
    if (this.#input[this.#at + 1] !== ']') throw new Error('unclosed array expect ]')
    const text = this.#input.slice(start, this.#at)
    this.#at += 2
    const [, left, operator, right] = /^([^!<>=]+)([!<>=]+)(.+?)$/.exec(text) ?? []
    if (left === undefined || operator === undefined || right === undefined) {
      return { kind: 'filter', left: action(text), right: { kind: 'list', nodes: [] }, operator: 'exists' }
    }
    return { kind: 'filter', left: action(left), right: action(right), operator }
  }
}

function bound(text: string | undefined): Bound {
  return text === undefined || text === '' || text === '-' ? {} : { value: Number(text) }
}

function action(text: string): Node {
  return new Parser(`{${text}}`).parse()[0] ?? { kind: 'list', nodes: [] }
}
