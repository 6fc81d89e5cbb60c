export type TokenKind =
  | 'operator'
  | 'int'
  | 'uint'
  | 'float'
  | 'string'
  | 'bytes'
  | 'identifier'
  | 'escaped-identifier'
  | 'end'

/** A token, and where it begins (offset in code points). */
export interface Token {
  kind: TokenKind
  text: string
  offset: number
}

/** Characters that begin no token. */
export interface LexicalError {
  message: string
  offset: number
}

const escapeSequence = String.raw`\\(?:[abfnrtv"'\\?\x60]|[0-3][0-7][0-7]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})`
const string = [
  String.raw`"""(?:${escapeSequence}|[^\\])*?"""`,
  String.raw`'''(?:${escapeSequence}|[^\\])*?'''`,
  String.raw`"(?:${escapeSequence}|[^\\"\n\r])*"`,
  String.raw`'(?:${escapeSequence}|[^\\'\n\r])*'`,
  `[rR]"""[^]*?"""`,
  `[rR]'''[^]*?'''`,
  String.raw`[rR]"[^"\n\r]*"`,
  String.raw`[rR]'[^'\n\r]*'`,
].join('|')

// Order decides between alternatives of equal length; the grammar takes the longest.
const patterns: readonly [TokenKind, RegExp][] = [
  ['float', /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/uy],
  ['uint', /(?:0x[0-9a-fA-F]+[uU]|\d+[uU])/uy],
  ['int', /(?:0x[0-9a-fA-F]+|\d+)/uy],
  ['bytes', new RegExp(`[bB](?:${string})`, 'uy')],
  ['string', new RegExp(`(?:${string})`, 'uy')],
  ['identifier', /[A-Za-z_][A-Za-z0-9_]*/uy],
  ['escaped-identifier', /`[A-Za-z0-9_.\-/ ]+`/uy],
  ['operator', /(?:==|!=|<=|>=|&&|\|\||[<>[\]{}().,\-!?:+*/%])/uy],
]
const space = /(?:[\t \r\n\f]+|\/\/[^\n]*)/uy

/** Splits an expression into tokens, the last of which is the end; what is no token is reported and left out. */
export function tokenize(text: string): { tokens: Token[]; errors: LexicalError[] } {
  const tokens: Token[] = []
  const errors: LexicalError[] = []
  // Offsets count code points; a unit index into the text is kept beside them.
  let unit = 0
  let offset = 0
  const advance = (matched: string): void => {
    unit += matched.length
    offset += codePointLength(matched)
  }
  while (unit < text.length) {
    space.lastIndex = unit
    const blank = space.exec(text)
    if (blank !== null) {
      advance(blank[0])
      continue
    }
    let best: Token | undefined
    for (const [kind, pattern] of patterns) {
      pattern.lastIndex = unit
      const match = pattern.exec(text)
      if (match !== null && match[0].length > (best?.text.length ?? 0)) best = { kind, text: match[0], offset }
    }
    if (best !== undefined) {
      tokens.push(best)
      advance(best.text)
      continue
    }
    const bad = unrecognised(text.slice(unit))
    errors.push({
      message: `token recognition error at: '${bad.replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r')}'`,
      offset,
    })
    advance(bad)
  }
  tokens.push({ kind: 'end', text: '<EOF>', offset })
  return { tokens, errors }
}

/** How far the lexer read before it gave up: a string literal is read to where it fails, anything else is one character. */
function unrecognised(rest: string): string {
  const quote = /^(?:[bB]?[rR]?)?["']/u.exec(rest)
  const first = String.fromCodePoint(rest.codePointAt(0) ?? 0)
  if (quote === null) return /^(?:&|\||=)/.test(rest) ? rest.slice(0, Math.min(rest.length, 1)) + nextOf(rest) : first
  const body = new RegExp(`^(?:[bB]?[rR]?)["'](?:${escapeSequence}|[^\\\\"'\\n\\r])*`, 'u').exec(rest)
  if (body === null) return first
  // An escape is read as far as it is one.
  const partial = /^\\(?:[xX][0-9a-fA-F]?|u[0-9a-fA-F]{0,3}|U[0-9a-fA-F]{0,7}|[0-3][0-7]?)?/.exec(
    rest.slice(body[0].length),
  )
  const read = body[0] + (partial?.[0] ?? '')
  const after = rest.slice(read.length)
  return after === '' ? read : read + String.fromCodePoint(after.codePointAt(0) ?? 0)
}

function nextOf(rest: string): string {
  const point = rest.codePointAt(1)
  return point === undefined ? '' : String.fromCodePoint(point)
}

function codePointLength(text: string): number {
  let length = 0
  for (const _ of text) length++
  return length
}
