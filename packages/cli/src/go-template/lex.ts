import { unquoteGo } from '@wherry/apimachinery'

/** A piece of a template: text, or the tokens of one action between `{{` and `}}`. */
export type Piece = { kind: 'text'; text: string } | { kind: 'action'; tokens: Token[] }

export type Token =
  | { kind: 'word' | 'variable' | 'field' | 'operator'; text: string }
  | { kind: 'constant'; value: string | number }

/** Cuts a template into pieces: `{{-` and `-}}` trim the white space beside them, comments vanish. */
export function lexTemplate(template: string): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  let trimLeft = false
  while (at < template.length) {
    const open = template.indexOf('{{', at)
    let text = template.slice(at, open === -1 ? undefined : open)
    const trimRight = open !== -1 && /^\{\{-\s/.test(template.slice(open, open + 4))
    if (trimLeft) text = text.trimStart()
    if (trimRight) text = text.trimEnd()
    if (text !== '') pieces.push({ kind: 'text', text })
    if (open === -1) break
    const start = open + (trimRight ? 3 : 2)
    const close = endOfAction(template, start)
    const inside = template.slice(start, close)
    trimLeft = /\s-$/.test(inside)
    const action = (trimLeft ? inside.slice(0, -1) : inside).trim()
    if (!(action.startsWith('/*') && action.endsWith('*/'))) pieces.push({ kind: 'action', tokens: lexAction(action) })
    at = close + 2
  }
  return pieces
}

function endOfAction(template: string, start: number): number {
  let quote: string | undefined
  for (let at = start; at < template.length; at++) {
    const next = template[at]
    if (quote !== undefined) {
      if (next === '\\' && quote !== '`') at++
      else if (next === quote) quote = undefined
    } else if (next === '"' || next === '`' || next === "'") quote = next
    else if (template.startsWith('}}', at)) return at
  }
  throw new Error('unclosed action')
}

const patterns: readonly [RegExp, (text: string) => Token | undefined][] = [
  [/^\s+/, () => undefined],
  [/^"(?:[^"\\]|\\.)*"/s, (text) => ({ kind: 'constant', value: unquoteGo(text.slice(1, -1), '"') })],
  [/^`[^`]*`/, (text) => ({ kind: 'constant', value: text.slice(1, -1) })],
  [/^'(?:[^'\\]|\\.)'/, (text) => ({ kind: 'constant', value: unquoteGo(text.slice(1, -1), "'").codePointAt(0) ?? 0 })],
  [/^[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?/i, (text) => ({ kind: 'constant', value: Number(text) })],
  [/^\$[\p{L}\p{N}_]*/u, (text) => ({ kind: 'variable', text })],
  [/^\.[\p{L}_][\p{L}\p{N}_]*/u, (text) => ({ kind: 'field', text: text.slice(1) })],
  [/^(?:\.|:=|=|\||\(|\)|,)/, (text) => ({ kind: 'operator', text })],
  [/^[\p{L}_][\p{L}\p{N}_]*/u, (text) => ({ kind: 'word', text })],
]

function lexAction(action: string): Token[] {
  const tokens: Token[] = []
  let rest = action
  let spaced = true
  outer: while (rest !== '') {
    for (const [pattern, make] of patterns) {
      const text = pattern.exec(rest)?.[0]
      if (text === undefined) continue
      const token = make(text)
      // A field directly after an operand belongs to it: `$x.name`, `(f).name`; after a space it is a new operand.
      if (token?.kind === 'field' && spaced) tokens.push({ kind: 'operator', text: '.' })
      if (token) tokens.push(token)
      spaced = token === undefined || (token.kind === 'operator' && token.text !== ')' && token.text !== '.')
      rest = rest.slice(text.length)
      continue outer
    }
    throw new Error(`unexpected ${JSON.stringify(rest[0])} in command`)
  }
  return tokens
}
