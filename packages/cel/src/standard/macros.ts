import type { Expr } from '../syntax/ast.ts'
import { type Fold, type Macro, type MacroError, type MacroFactory, variableName } from '../syntax/macros.ts'

type LoopOf = (make: MacroFactory, last: readonly Expr[]) => Pick<Fold, 'init' | 'condition' | 'step' | 'result'>

const all: LoopOf = (make, [predicate]) => ({
  init: make.literal(true),
  condition: make.call('@not_strictly_false', make.accu()),
  step: make.call('_&&_', make.accu(), given(predicate)),
})
const exists: LoopOf = (make, [predicate]) => ({
  init: make.literal(false),
  condition: make.call('@not_strictly_false', make.call('!_', make.accu())),
  step: make.call('_||_', make.accu(), given(predicate)),
})
const existsOne: LoopOf = (make, [predicate]) => ({
  init: make.literal(0n),
  condition: make.literal(true),
  step: make.call('_?_:_', given(predicate), make.call('_+_', make.accu(), make.literal(1n)), make.accu()),
  result: make.call('_==_', make.accu(), make.literal(1n)),
})
/** `(transform)` or `(filter, transform)` into a list. */
const toList: LoopOf = (make, args) => ({
  init: make.list(),
  condition: make.literal(true),
  step: filtered(make, args, make.call('_+_', make.accu(), make.list(given(args.at(-1))))),
})
const toMapEntries: LoopOf = (make, args) => ({
  init: make.map(),
  condition: make.literal(true),
  step: filtered(make, args, make.call('cel.@mapInsert', make.accu(), given(args.at(-1)))),
})

function given(arg: Expr | undefined): Expr {
  if (arg === undefined) throw new Error('a macro was expanded without its arguments')
  return arg
}

function filtered(make: MacroFactory, args: readonly Expr[], step: Expr): Expr {
  return args.length === 2 ? make.call('_?_:_', given(args[0]), step, make.accu()) : step
}

function oneVariable(name: string, args: number, loop: LoopOf, otherwise: string): Macro {
  return {
    name,
    receiver: true,
    args,
    expand(make, target, given) {
      const variable = variableName(given[0], otherwise)
      if (typeof variable !== 'string') return variable
      return make.fold({ range: target, iterVar: variable, ...loop(make, given.slice(1)) })
    },
  }
}

type LoopOfTwo = (make: MacroFactory, last: readonly Expr[], first: string) => ReturnType<LoopOf>

function twoVariables(name: string, args: number, loop: LoopOfTwo): Macro {
  return {
    name,
    receiver: true,
    args,
    expand(make, target, given) {
      const names = [given[0], given[1]].map((arg) =>
        arg?.kind === 'ident' ? arg.name : { error: 'argument must be a simple name', at: arg?.id ?? 0 },
      )
      const notAName = names.find((found): found is MacroError => typeof found !== 'string')
      if (notAName !== undefined) return notAName
      if (names[0] === names[1]) return { error: `duplicate variable name: ${String(names[0])}`, at: given[1]?.id ?? 0 }
      const first = variableName(given[0], '')
      const second = variableName(given[1], '')
      if (typeof first !== 'string') return first
      if (typeof second !== 'string') return second
      return make.fold({ range: target, iterVar: first, iterVar2: second, ...loop(make, given.slice(2), first) })
    },
  }
}

const has: Macro = {
  name: 'has',
  receiver: false,
  args: 1,
  expand(make, _target, [arg]) {
    if (arg?.kind === 'select' && !arg.testOnly) return make.presence(arg.operand, arg.field)
    return { error: 'invalid argument to has() macro', at: arg?.id ?? 0 }
  },
}

const filter: Macro = {
  name: 'filter',
  receiver: true,
  args: 2,
  expand(make, target, [item, predicate]) {
    const variable = variableName(item, 'argument is not an identifier')
    if (typeof variable !== 'string') return variable
    const step = make.call('_+_', make.accu(), make.list(given(item)))
    const loop = {
      init: make.list(),
      condition: make.literal(true),
      step: filtered(make, [given(predicate), step], step),
    }
    return make.fold({ range: target, iterVar: variable, ...loop })
  },
}

const simpleName = 'argument must be a simple name'

/** The macros of the language, as cel-go's `parser/macro.go`. */
export const standardMacros: readonly Macro[] = [
  has,
  oneVariable('all', 2, all, simpleName),
  oneVariable('exists', 2, exists, simpleName),
  oneVariable('exists_one', 2, existsOne, simpleName),
  oneVariable('existsOne', 2, existsOne, simpleName),
  oneVariable('map', 2, toList, 'argument is not an identifier'),
  oneVariable('map', 3, toList, 'argument is not an identifier'),
  filter,
]

const toMap: LoopOfTwo = (make, args, key) => ({
  init: make.map(),
  condition: make.literal(true),
  step: filtered(make, args, make.call('cel.@mapInsert', make.accu(), make.ident(key), given(args.at(-1)))),
})

/** The macros over (index, value) and (key, value), as cel-go's `ext/comprehensions.go`. */
export const twoVariableMacros: readonly Macro[] = [
  twoVariables('all', 3, all),
  twoVariables('exists', 3, exists),
  twoVariables('existsOne', 3, existsOne),
  twoVariables('exists_one', 3, existsOne),
  twoVariables('transformList', 3, toList),
  twoVariables('transformList', 4, toList),
  twoVariables('transformMap', 3, toMap),
  twoVariables('transformMap', 4, toMap),
  twoVariables('transformMapEntry', 3, toMapEntries),
  twoVariables('transformMapEntry', 4, toMapEntries),
]

/** A variable bound to a value for one expression: a fold over nothing, whose accumulator is evaluated when first used. */
function bind(make: MacroFactory, name: string, init: Expr, result: Expr): Expr {
  const nothing = { range: make.list(), iterVar: '#unused', condition: make.literal(false), step: make.ident(name) }
  return make.fold({ ...nothing, accuVar: name, init, result })
}

/** `cel.bind(x, init, expr)`. */
export const bindMacro: Macro = {
  name: 'bind',
  receiver: true,
  args: 3,
  expand(make, target, [name, init, result]) {
    if (target.kind !== 'ident' || target.name !== 'cel') return undefined
    const variable = variableName(name, 'cel.bind() variable names must be simple identifiers')
    if (typeof variable !== 'string') return variable
    return bind(make, variable, given(init), given(result))
  },
}

function optionalMap(name: string, wrap: (make: MacroFactory, value: Expr) => Expr): Macro {
  return {
    name,
    receiver: true,
    args: 2,
    expand(make, target, [item, transform]) {
      const variable = variableName(item, `${name}() variable name must be a simple identifier`)
      if (typeof variable !== 'string') return variable
      const value = bind(make, variable, make.memberCall('value', make.copy(target)), given(transform))
      return make.call('_?_:_', make.memberCall('hasValue', target), wrap(make, value), make.call('optional.none'))
    },
  }
}

export const optionalMacros: readonly Macro[] = [
  optionalMap('optMap', (make, value) => make.call('optional.of', value)),
  optionalMap('optFlatMap', (_make, value) => value),
]

/** `list.sortBy(x, key)` of the lists extension. */
export const sortByMacro: Macro = {
  name: 'sortBy',
  receiver: true,
  args: 2,
  expand(make, target, [item, key]) {
    if (!['list', 'select', 'ident', 'comprehension', 'call'].includes(target.kind)) {
      const error = 'sortBy can only be applied to a list, identifier, comprehension, call or select expression'
      return { error, at: target.id }
    }
    const variable = variableName(item, 'argument is not an identifier')
    if (typeof variable !== 'string') return variable
    const input = '@__sortBy_input__'
    const keys = make.fold({
      range: make.ident(input),
      iterVar: variable,
      init: make.list(),
      condition: make.literal(true),
      step: make.call('_+_', make.accu(), make.list(given(key))),
    })
    return bind(make, input, target, make.memberCall('@sortByAssociatedKeys', make.ident(input), keys))
  },
}
