import type { Value } from '../values/value.ts'

/** A literal: null, a boolean, an int (bigint), a uint, a double (number), a string or bytes. */
export interface Literal {
  kind: 'literal'
  id: number
  value: Value
}

export interface Ident {
  kind: 'ident'
  id: number
  name: string
}

/** `operand.field`, or `has(operand.field)` where `testOnly`. */
export interface Select {
  kind: 'select'
  id: number
  operand: Expr
  field: string
  testOnly: boolean
}

/** `name(args)` or `target.name(args)`; operators are calls of `_+_` and so on. The checker resolves `name`. */
export interface Call {
  kind: 'call'
  id: number
  name: string
  target: Expr | undefined
  args: Expr[]
}

export interface ListExpr {
  kind: 'list'
  id: number
  elements: Expr[]
  /** Indices of the elements written `?x`. */
  optionals: ReadonlySet<number>
}

export interface MapEntry {
  id: number
  key: Expr
  value: Expr
  optional: boolean
}

export interface MapExpr {
  kind: 'map'
  id: number
  entries: MapEntry[]
}

export interface StructField {
  id: number
  name: string
  value: Expr
  optional: boolean
}

export interface StructExpr {
  kind: 'struct'
  id: number
  typeName: string
  fields: StructField[]
}

/** What the macros (`all`, `map`, `cel.bind`, …) expand into: a fold over `range`. */
export interface Comprehension {
  kind: 'comprehension'
  id: number
  range: Expr
  iterVar: string
  /** Present for comprehensions over (index, value) or (key, value). */
  iterVar2: string | undefined
  accuVar: string
  accuInit: Expr
  condition: Expr
  step: Expr
  result: Expr
}

/** Stands where a syntax error was; never reaches the checker. */
export interface Unspecified {
  kind: 'unspecified'
  id: number
}

export type Expr = Literal | Ident | Select | Call | ListExpr | MapExpr | StructExpr | Comprehension | Unspecified

/** The call of a macro as it was written, by the id of its expansion: for printing. */
export type MacroCalls = Map<number, Call>

/** A parsed expression: the tree, where each node began (offset in code points), and the macros that were expanded. */
export interface Ast {
  expr: Expr
  offsets: Map<number, number>
  macroCalls: MacroCalls
}
