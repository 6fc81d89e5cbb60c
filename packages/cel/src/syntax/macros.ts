import type { Call, Expr, MapEntry, StructField } from './ast.ts'
import type { AstBuilder } from './builder.ts'

/** The variable in which the standard macros accumulate; no expression can name it. */
export const accumulator = '@result'
const formerAccumulator = '__result__'

/** A macro was called with arguments that it cannot take: the message, and the node to blame. */
export interface MacroError {
  error: string
  at: number
}

/** Makes the nodes of an expansion, all at the place of the call. */
export interface MacroFactory {
  literal(value: boolean | bigint): Expr
  ident(name: string): Expr
  accu(): Expr
  list(...elements: Expr[]): Expr
  map(): Expr
  call(name: string, ...args: Expr[]): Expr
  memberCall(name: string, target: Expr, ...args: Expr[]): Expr
  presence(operand: Expr, field: string): Expr
  fold(parts: Fold): Expr
  copy(expr: Expr): Expr
}

export interface Fold {
  range: Expr
  iterVar: string
  iterVar2?: string
  accuVar?: string
  init: Expr
  condition: Expr
  step: Expr
  result?: Expr
}

/** A syntactic function: it rewrites a call before types are checked; undefined leaves the call as it is. */
export interface Macro {
  name: string
  receiver: boolean
  args: number
  expand(make: MacroFactory, target: Expr, args: readonly Expr[]): Expr | MacroError | undefined
}

export const macroKey = (name: string, args: number, receiver: boolean): string => `${name}:${args}:${receiver}`

/** The expansion of a call, an error, or undefined where no macro has this name and shape. */
export function expandMacro(
  macros: ReadonlyMap<string, Macro>,
  builder: AstBuilder,
  call: Call,
  offset: number,
): Expr | MacroError | undefined {
  const macro = macros.get(macroKey(call.name, call.args.length, call.target !== undefined))
  if (macro === undefined) return undefined
  const expanded = macro.expand(factory(builder, offset), call.target ?? call, call.args)
  if (expanded !== undefined && !('error' in expanded)) builder.macroCalls.set(expanded.id, call)
  return expanded
}

function factory(builder: AstBuilder, offset: number): MacroFactory {
  const make: MacroFactory = {
    literal: (value) => builder.literal(offset, value),
    ident: (name) => builder.ident(offset, name),
    accu: () => builder.ident(offset, accumulator),
    list: (...elements) => builder.list(offset, elements),
    map: () => builder.map(offset, []),
    call: (name, ...args) => builder.call(offset, name, args),
    memberCall: (name, target, ...args) => builder.call(offset, name, args, target),
    presence: (operand, field) => builder.select(offset, operand, field, true),
    fold: (parts) =>
      builder.comprehension(offset, {
        range: parts.range,
        iterVar: parts.iterVar,
        iterVar2: parts.iterVar2,
        accuVar: parts.accuVar ?? accumulator,
        accuInit: parts.init,
        condition: parts.condition,
        step: parts.step,
        result: parts.result ?? make.accu(),
      }),
    copy: (expr) => copy(builder, expr, offset),
  }
  return make
}

/** The same tree with ids of its own. */
function copy(builder: AstBuilder, expr: Expr, offset: number): Expr {
  const at = builder.offsets.get(expr.id) ?? offset
  const again = (inner: Expr): Expr => copy(builder, inner, offset)
  switch (expr.kind) {
    case 'literal':
      return builder.literal(at, expr.value)
    case 'ident':
      return builder.ident(at, expr.name)
    case 'select':
      return builder.select(at, again(expr.operand), expr.field, expr.testOnly)
    case 'call':
      return builder.call(at, expr.name, expr.args.map(again), expr.target && again(expr.target))
    case 'list':
      return builder.list(at, expr.elements.map(again), expr.optionals)
    case 'map': {
      const entry = (e: MapEntry): MapEntry => ({ ...e, id: builder.id(at), key: again(e.key), value: again(e.value) })
      return builder.map(at, expr.entries.map(entry))
    }
    case 'struct': {
      const field = (f: StructField): StructField => ({ ...f, id: builder.id(at), value: again(f.value) })
      return builder.struct(at, expr.typeName, expr.fields.map(field))
    }
    case 'comprehension':
      return builder.comprehension(at, {
        ...expr,
        range: again(expr.range),
        accuInit: again(expr.accuInit),
        condition: again(expr.condition),
        step: again(expr.step),
        result: again(expr.result),
      })
    case 'unspecified':
      return builder.unspecified(at)
  }
}

/** Names the variable of a macro, or says why this argument cannot name one. */
export function variableName(arg: Expr | undefined, otherwise: string): string | MacroError {
  if (arg?.kind !== 'ident') return { error: otherwise, at: arg?.id ?? 0 }
  if (arg.name === accumulator || arg.name === formerAccumulator) {
    return { error: 'iteration variable overwrites accumulator variable', at: arg.id }
  }
  return arg.name
}

export function macroTable(macros: readonly Macro[]): ReadonlyMap<string, Macro> {
  return new Map(macros.map((macro) => [macroKey(macro.name, macro.args, macro.receiver), macro]))
}
