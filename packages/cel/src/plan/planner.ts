import type { CheckedAst } from '../checker/checker.ts'
import type { StructFinder } from '../checker/scope.ts'
import { callCost } from '../cost/run-time.ts'
import { type FunctionDecl, implementationOf } from '../declarations.ts'
import type { Call, Comprehension, Expr, Ident, ListExpr, MapExpr, Select, StructExpr } from '../syntax/ast.ts'
import { canonicalKey, MapBuilder, StructValue } from '../values/map.ts'
import { ArrayList, CelFailure, CelList, CelUint, noSuchOverload, Optional, type Value } from '../values/value.ts'
import { compileRegex } from '../values/regex.ts'
import { type Attribute, type Qualifier, readOf, resolve } from './attributes.ts'
import { fold, readAccumulator } from './fold.ts'
import { Frame, type Run } from './frame.ts'

/** A planned node: how to run it, its value where that is known already, and the path that it is. */
interface Plan {
  run: Run
  constant?: Value
  attribute?: Attribute
}

/** Thrown where a constant part of an expression fails, which cel-go finds when it makes the program. */
export class PlanError extends Error {}

const conversionNames = new Set('bool bytes double duration dyn int string timestamp type uint'.split(' '))

/**
 * Turns a checked tree into closures, once. Constant lists, maps and conversions are evaluated now and cost nothing
 * later, `in` a constant list becomes a look-up: as cel-go does with OptOptimize, because costs depend on it.
 */
export function plan(
  checked: CheckedAst,
  functions: ReadonlyMap<string, FunctionDecl>,
  structs: StructFinder,
  foldConstants = true,
): Run {
  return new Planner(checked, functions, structs, foldConstants).plan(checked.expr).run
}

class Planner {
  readonly #checked: CheckedAst
  readonly #functions: ReadonlyMap<string, FunctionDecl>
  readonly #structs: StructFinder
  readonly #foldConstants: boolean
  /** The variables of the comprehensions around a node, innermost last. */
  #locals: { name: string; slot: number; accumulator: boolean }[] = []
  #slots = 0

  constructor(
    checked: CheckedAst,
    functions: ReadonlyMap<string, FunctionDecl>,
    structs: StructFinder,
    foldConstants: boolean,
  ) {
    this.#checked = checked
    this.#functions = functions
    this.#structs = structs
    this.#foldConstants = foldConstants
  }

  plan(expr: Expr): Plan {
    switch (expr.kind) {
      case 'literal':
        return constant(expr.value)
      case 'ident':
        return this.#planIdent(expr)
      case 'select':
        return this.#planSelect(expr)
      case 'call':
        return this.#planCall(expr)
      case 'list':
        return this.#planList(expr)
      case 'map':
        return this.#planMap(expr)
      case 'struct':
        return this.#planStruct(expr)
      case 'comprehension':
        return this.#planFold(expr)
      case 'unspecified':
        throw new PlanError('unsupported expr')
    }
  }

  #planIdent(expr: Ident): Plan {
    return this.#planName(this.#checked.references.get(expr.id) ?? { name: expr.name })
  }

  #planName(reference: { name?: string; value?: Value }): Plan {
    if (reference.value !== undefined) return constant(reference.value)
    const name = reference.name ?? ''
    const local = this.#locals.findLast((each) => each.name === name)
    if (local === undefined) {
      const global = name.replace(/^\./, '')
      return path((frame) => {
        const value = frame.activation.get(global)
        return value === undefined ? new CelFailure(`no such attribute(s): ${global}`) : value
      })
    }
    const { slot } = local
    if (local.accumulator) return path((frame) => readAccumulator(frame, slot))
    return path((frame) => frame.slots[slot] ?? null)
  }

  #planSelect(expr: Select): Plan {
    const reference = this.#checked.references.get(expr.id)
    if (reference !== undefined) return this.#planName(reference)
    const qualifier = { key: expr.field, keyOf: undefined, optional: false, testOnly: expr.testOnly }
    return extend(this.plan(expr.operand), qualifier)
  }

  #planCall(expr: Call): Plan {
    const args = (expr.target === undefined ? expr.args : [expr.target, ...expr.args]).map((arg) => this.plan(arg))
    const [first, second, third] = args
    if (first !== undefined && second !== undefined) {
      const special = this.#planSpecial(expr, first, second, third)
      if (special !== undefined) return special
    }
    const overloads = this.#checked.references.get(expr.id)?.overloads ?? []
    const resolved = overloads.length === 1 ? overloads[0] : undefined
    const fn = this.#functions.get(expr.name)
    if (fn === undefined) throw new PlanError(`no such overload: ${expr.name}`)
    const membership = resolved === 'in_list' && first && second ? planMembership(first, second) : undefined
    if (membership !== undefined) return membership
    if (expr.name === 'find' || expr.name === 'findAll') checkPattern(second?.constant)
    const planned = planFunction(fn, resolved, expr.target !== undefined, args)
    if (!this.#foldConstants || !conversionNames.has(expr.name)) return planned
    if (args.length !== 1 || first?.constant === undefined) return planned
    const value = planned.run(emptyFrame())
    if (value instanceof CelFailure) throw new PlanError(value.message)
    return constant(value)
  }

  #planSpecial(expr: Call, first: Plan, second: Plan, third: Plan | undefined): Plan | undefined {
    switch (expr.name) {
      case '_&&_':
        return { run: logical(first.run, second.run, false) }
      case '_||_':
        return { run: logical(first.run, second.run, true) }
      case '_?_:_':
        return third && this.#planConditional(first, second, third)
      case '_[_]':
        return planIndex(first, second, false)
      case '_[?_]':
      case '_?._':
        return planIndex(first, second, true)
      case 'or':
        return { run: orElse(first.run, second.run, false) }
      case 'orValue':
        return { run: orElse(first.run, second.run, true) }
      default:
        return undefined
    }
  }

  #planConditional(condition: Plan, whenTrue: Plan, whenFalse: Plan): Plan {
    const branch = (planned: Plan): Run => {
      const { attribute } = planned
      return attribute === undefined ? planned.run : (frame) => resolve(attribute, frame)
    }
    const left = branch(whenTrue)
    const right = branch(whenFalse)
    const base: Run = (frame) => {
      const decided = condition.run(frame)
      if (decided === true) return left(frame)
      if (decided === false) return right(frame)
      return decided instanceof CelFailure ? decided : noSuchOverload()
    }
    return fromAttribute({ base, qualifiers: [], conditional: true }, false)
  }

  #planList(expr: ListExpr): Plan {
    const elements = expr.elements.map((element) => this.plan(element))
    const { optionals } = expr
    const build: Run = (frame) => {
      const values: Value[] = []
      for (const [index, element] of elements.entries()) {
        const value = element.run(frame)
        if (value instanceof CelFailure) return value
        if (!optionals.has(index)) values.push(value)
        else if (!(value instanceof Optional)) {
          return new CelFailure(`cannot initialize optional list element from non-optional value ${String(value)}`)
        } else if (value.value !== undefined) values.push(value.value)
      }
      return new ArrayList(values)
    }
    if (this.#foldConstants && elements.every((element) => element.constant !== undefined)) return constantOf(build)
    return { run: charged(build, 10) }
  }

  #planMap(expr: MapExpr): Plan {
    const entries = expr.entries.map((entry) => ({
      key: this.plan(entry.key),
      value: this.plan(entry.value),
      optional: entry.optional,
    }))
    const build: Run = (frame) => {
      const builder = new MapBuilder()
      for (const entry of entries) {
        const key = entry.key.run(frame)
        if (key instanceof CelFailure) return key
        let value = entry.value.run(frame)
        if (value instanceof CelFailure) return value
        if (entry.optional) {
          if (!(value instanceof Optional)) return nonOptionalEntry(key, value)
          if (value.value === undefined) {
            builder.delete(key)
            continue
          }
          value = value.value
        }
        const failure = builder.set(key, value)
        if (failure !== undefined) return failure
      }
      return builder.build()
    }
    const known = entries.every((entry) => entry.key.constant !== undefined && entry.value.constant !== undefined)
    return known && this.#foldConstants ? constantOf(build) : { run: charged(build, 30) }
  }

  #planStruct(expr: StructExpr): Plan {
    const { typeName } = expr
    if (this.#structs(typeName) === undefined) throw new PlanError(`unknown type: ${typeName}`)
    const fields = expr.fields.map((field) => ({ ...field, run: this.plan(field.value).run }))
    const build: Run = (frame) => {
      const values = new Map<string, Value>()
      for (const field of fields) {
        const value = field.run(frame)
        if (value instanceof CelFailure) return value
        if (!field.optional) values.set(field.name, value)
        else if (!(value instanceof Optional)) return nonOptionalEntry(field.name, value)
        else if (value.value !== undefined) values.set(field.name, value.value)
      }
      return new StructValue(typeName, values)
    }
    return { run: charged(build, 40) }
  }

  #planFold(expr: Comprehension): Plan {
    const init = this.plan(expr.accuInit).run
    const range = this.plan(expr.range).run
    const outer = this.#locals
    const local = (name: string, accumulator: boolean) => ({ name, slot: this.#slots++, accumulator })
    const accu = local(expr.accuVar, true)
    const first = local(expr.iterVar, false)
    const second = expr.iterVar2 === undefined ? undefined : local(expr.iterVar2, false)
    this.#locals = [...outer, accu, first, ...(second === undefined ? [] : [second])]
    const condition = this.plan(expr.condition).run
    const step = this.plan(expr.step).run
    this.#locals = [...outer, accu]
    const result = this.plan(expr.result).run
    this.#locals = outer
    const planned = { range, init, condition, step, result, accu: accu.slot, first: first.slot, second: second?.slot }
    return { run: (frame) => fold(planned, frame) }
  }
}

/** A constant regular expression that is none is an error of the program. */
function checkPattern(pattern: Value | undefined): void {
  const regex = typeof pattern === 'string' ? compileRegex(pattern) : undefined
  if (regex instanceof CelFailure) throw new PlanError(regex.message)
}

const emptyFrame = (): Frame => new Frame(new Map<string, Value>(), Number.POSITIVE_INFINITY)

function constant(value: Value): Plan {
  return { run: () => value, constant: value }
}

function constantOf(build: Run): Plan {
  const value = build(emptyFrame())
  return value instanceof CelFailure ? { run: build } : constant(value)
}

const charged =
  (run: Run, cost: number): Run =>
  (frame) => {
    const value = run(frame)
    frame.charge(cost)
    return value
  }

const nonOptionalEntry = (key: Value, value: Value): CelFailure =>
  new CelFailure(`cannot initialize optional entry '${String(key)}' from non-optional value ${String(value)}`)

const path = (base: Run): Plan => fromAttribute({ base, qualifiers: [], conditional: false }, false)

function fromAttribute(attribute: Attribute, testOnly: boolean): Plan {
  return { run: readOf(attribute, testOnly), attribute }
}

/** The path that a node is, or a path that begins with its value. */
function attributeOf(planned: Plan): Attribute {
  return planned.attribute ?? { base: planned.run, qualifiers: [], conditional: false }
}

function extend(operand: Plan, qualifier: Qualifier): Plan {
  const from = attributeOf(operand)
  return fromAttribute({ ...from, qualifiers: [...from.qualifiers, qualifier] }, qualifier.testOnly)
}

function planIndex(operand: Plan, index: Plan, optional: boolean): Plan {
  const { attribute } = index
  if (index.constant !== undefined)
    return extend(operand, { key: index.constant, keyOf: undefined, optional, testOnly: false })
  const keyOf: Run = attribute === undefined ? index.run : (frame) => resolve(attribute, frame)
  return extend(operand, { key: undefined, keyOf, optional, testOnly: false })
}

/** `x in [constants]` as a look-up; undefined where it cannot be one. */
function planMembership(item: Plan, list: Plan): Plan | undefined {
  if (!(list.constant instanceof CelList)) return undefined
  if (list.constant.size === 0) return constant(false)
  const keys = new Set<string>()
  for (const each of list.constant) {
    const key = each instanceof CelUint || typeof each !== 'object' ? canonicalKey(each) : undefined
    if (key === undefined) return undefined
    keys.add(key)
  }
  return {
    run(frame) {
      const value = item.run(frame)
      if (value instanceof CelFailure) return value
      const key = canonicalKey(value)
      return key !== undefined && keys.has(key)
    },
  }
}

/** `&&` and `||`: either operand decides, and errors count only where neither does. */
function logical(left: Run, right: Run, decisive: boolean): Run {
  const failureOf = (value: Value): CelFailure => (value instanceof CelFailure ? value : noSuchOverload())
  return (frame) => {
    const first = left(frame)
    if (first === decisive) return decisive
    const second = right(frame)
    if (second === decisive) return decisive
    if (typeof first !== 'boolean') return failureOf(first)
    return typeof second === 'boolean' ? !decisive : failureOf(second)
  }
}

function orElse(left: Run, right: Run, unwrap: boolean): Run {
  return (frame) => {
    const first = left(frame)
    if (first instanceof CelFailure) return first
    if (!(first instanceof Optional)) return noSuchOverload()
    if (first.value === undefined) return right(frame)
    return unwrap ? first.value : first
  }
}

function planFunction(fn: FunctionDecl, overload: string | undefined, isMember: boolean, args: readonly Plan[]): Plan {
  const call = implementationOf(fn, overload, isMember)
  const strict = fn.nonStrict !== true
  const cost = callCost(fn.name, overload ?? '')
  const runs = args.map((arg) => arg.run)
  const [one, two] = runs
  if (one !== undefined && two === undefined) {
    return {
      run(frame) {
        const value = one(frame)
        const result = strict && value instanceof CelFailure ? value : call(value)
        frame.charge(cost([value], result))
        return result
      },
    }
  }
  if (one !== undefined && two !== undefined && runs.length === 2) {
    return {
      run(frame) {
        const left = one(frame)
        const right = two(frame)
        const failed = strict
          ? left instanceof CelFailure
            ? left
            : right instanceof CelFailure
              ? right
              : undefined
          : undefined
        const result = failed ?? call(left, right)
        frame.charge(cost([left, right], result))
        return result
      },
    }
  }
  return {
    run(frame) {
      const values: Value[] = []
      for (const run of runs) {
        const value = run(frame)
        if (strict && value instanceof CelFailure) return value
        values.push(value)
      }
      const result = call(...values)
      frame.charge(cost(values, result))
      return result
    },
  }
}
