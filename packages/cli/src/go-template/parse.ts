import { lexTemplate, type Piece, type Token } from './lex.ts'

export type Operand =
  | { kind: 'dot' }
  | { kind: 'variable'; name: string }
  | { kind: 'constant'; value: string | number | boolean | null }
  | { kind: 'function'; name: string }
  | { kind: 'pipeline'; pipeline: Pipeline }

/** An operand and the fields taken from it: `$x.a.b`. */
export interface Term {
  operand: Operand
  fields: string[]
}

/** Commands whose result goes on as the last argument of the next; it may declare or set variables. */
export interface Pipeline {
  variables: string[]
  assigns: boolean
  commands: Term[][]
}

export type TemplateNode =
  | { kind: 'text'; text: string }
  | { kind: 'print'; pipeline: Pipeline }
  | { kind: 'if' | 'with' | 'range'; pipeline: Pipeline; body: TemplateNode[]; otherwise: TemplateNode[] }
  | { kind: 'break' | 'continue' }

/**
 * Parses the part of Go's text/template that kubectl's users need: fields, variables, pipelines, parentheses, functions, and if,
 * else, with, range, break, continue. Named templates are not there. Throws in words near Go's.
 */
export function parseTemplate(template: string): TemplateNode[] {
  const pieces = lexTemplate(template)
  const { nodes, at, end } = parseBlock(pieces, 0)
  if (end) throw new Error(`unexpected {{${end}}}`)
  if (at < pieces.length) throw new Error('unexpected {{end}}')
  return nodes
}

interface Block {
  nodes: TemplateNode[]
  /** The index after the action that ended the block. */
  at: number
  end?: 'end' | 'else'
  /** What follows `else`, such as `if .x`. */
  rest?: Token[]
}

function parseBlock(pieces: readonly Piece[], start: number): Block {
  const nodes: TemplateNode[] = []
  let at = start
  while (at < pieces.length) {
    const piece = pieces[at++]
    if (!piece) break
    if (piece.kind === 'text') {
      nodes.push(piece)
      continue
    }
    const [first, ...rest] = piece.tokens
    if (!first) throw new Error('missing value for command')
    const keyword = first.kind === 'word' ? first.text : ''
    if (keyword === 'end') return { nodes, at, end: 'end' }
    if (keyword === 'else') return { nodes, at, end: 'else', rest }
    if (keyword === 'break' || keyword === 'continue') nodes.push({ kind: keyword })
    else if (keyword === 'if' || keyword === 'with' || keyword === 'range') {
      const control = parseControl(pieces, at, keyword, rest)
      nodes.push(control.node)
      at = control.at
    } else if (keyword === 'define' || keyword === 'template' || keyword === 'block') {
      throw new Error(`{{${keyword}}} is not supported here`)
    } else nodes.push({ kind: 'print', pipeline: parsePipeline(piece.tokens) })
  }
  return { nodes, at }
}

function parseControl(pieces: readonly Piece[], start: number, kind: 'if' | 'with' | 'range', tokens: Token[]) {
  const pipeline = parsePipeline(tokens)
  const body = parseBlock(pieces, start)
  if (!body.end) throw new Error('unexpected EOF')
  let at = body.at
  let otherwise: TemplateNode[] = []
  if (body.end === 'else') {
    const [first, ...rest] = body.rest ?? []
    if (first?.kind === 'word' && (first.text === 'if' || first.text === 'with')) {
      const chained = parseControl(pieces, at, first.text, rest)
      otherwise = [chained.node]
      at = chained.at
    } else {
      const block = parseBlock(pieces, at)
      if (block.end !== 'end') throw new Error(block.end ? 'expected end; found {{else}}' : 'unexpected EOF')
      otherwise = block.nodes
      at = block.at
    }
  }
  const node: TemplateNode = { kind, pipeline, body: body.nodes, otherwise }
  return { node, at }
}

function parsePipeline(tokens: readonly Token[]): Pipeline {
  const variables: string[] = []
  let at = 0
  let assigns = false
  const operator = tokens.findIndex(
    ({ kind }, index) => kind === 'operator' && index <= 3 && isAssignment(tokens[index]),
  )
  if (operator > 0 && tokens.slice(0, operator).every((token) => token.kind === 'variable' || isText(token, ','))) {
    for (const token of tokens.slice(0, operator)) if (token.kind === 'variable') variables.push(token.text)
    assigns = isText(tokens[operator], '=')
    at = operator + 1
  }
  const commands = splitCommands(tokens.slice(at)).map(parseCommand)
  return { variables, assigns, commands }
}

function isText(token: Token | undefined, text: string): boolean {
  return token?.kind === 'operator' && token.text === text
}

function isAssignment(token: Token | undefined): boolean {
  return isText(token, ':=') || isText(token, '=')
}

function splitCommands(tokens: readonly Token[]): Token[][] {
  const commands: Token[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    if (isText(token, '(')) depth++
    if (isText(token, ')')) depth--
    if (depth < 0) throw new Error('unexpected right paren')
    if (depth === 0 && isText(token, '|')) commands.push([])
    else commands.at(-1)?.push(token)
  }
  if (depth > 0) throw new Error('unclosed left paren')
  return commands
}

function parseCommand(tokens: Token[]): Term[] {
  if (tokens.length === 0) throw new Error('missing value for command')
  const terms: Term[] = []
  let at = 0
  while (at < tokens.length) {
    const token = tokens[at++]
    if (!token) break
    if (token.kind === 'field') {
      const last = terms.at(-1)
      if (!last) throw new Error(`unexpected .${token.text} in operand`)
      last.fields.push(token.text)
    } else if (isText(token, '(')) {
      const close = closing(tokens, at)
      terms.push({ operand: { kind: 'pipeline', pipeline: parsePipeline(tokens.slice(at, close)) }, fields: [] })
      at = close + 1
    } else terms.push({ operand: operandOf(token), fields: [] })
  }
  return terms
}

function operandOf(token: Token): Operand {
  if (token.kind === 'constant') return token
  if (token.kind === 'variable') return { kind: 'variable', name: token.text }
  if (token.kind === 'operator' && token.text === '.') return { kind: 'dot' }
  if (token.kind === 'word') {
    if (token.text === 'true' || token.text === 'false') return { kind: 'constant', value: token.text === 'true' }
    if (token.text === 'nil') return { kind: 'constant', value: null }
    return { kind: 'function', name: token.text }
  }
  throw new Error(`unexpected ${JSON.stringify(token.text)} in operand`)
}

function closing(tokens: readonly Token[], start: number): number {
  let depth = 1
  for (let at = start; at < tokens.length; at++) {
    if (isText(tokens[at], '(')) depth++
    if (isText(tokens[at], ')') && --depth === 0) return at
  }
  throw new Error('unclosed left paren')
}
