import type { CheckedAst } from '../checker/checker.ts'
import type { Call, Comprehension, Expr, ListExpr, MapExpr, Select } from '../syntax/ast.ts'
import { type CelType, dynType, isOptional } from '../types/types.ts'
import { codePointCount } from '../values/value.ts'
import { estimateCall } from './calls.ts'
import { fixed, largest, nothing, plus, type Range, sum, times, union, unknownSize } from './estimates.ts'

/**
 * The size of a value that an expression reads from outside, by its path: a variable, then field names, `@items`,
 * `@keys`, `@values`; the path is empty for what the expression itself makes. Undefined where nothing is known.
 */
export type SizeEstimator = (path: readonly string[], type: CelType) => Range | undefined

/** A node as the cost of calls sees it. */
export interface CostNode {
  expr: Expr | undefined
  path: readonly string[] | undefined
  type: CelType
  /** What the expression itself tells about the size. */
  size: Range | undefined
}

/** The sizes of what a container holds. */
interface EntrySize {
  container: 'list' | 'map'
  key: Range
  value: Range
}

interface Local {
  path: readonly string[] | undefined
  size: Range | undefined
  entrySize: EntrySize | undefined
}

/** The least and the most that an expression may cost, as cel-go's `checker/cost.go` with Kubernetes' libraries. */
export function estimateCost(checked: CheckedAst, sizes: SizeEstimator): Range {
  return new Estimator(checked, sizes).cost(checked.expr)
}

export class Estimator {
  readonly #checked: CheckedAst
  readonly #sizes: SizeEstimator
  readonly #paths = new Map<number, readonly string[]>()
  readonly #computed = new Map<number, Range>()
  readonly #entrySizes = new Map<number, EntrySize>()
  readonly #locals = new Map<string, Local[]>()

  constructor(checked: CheckedAst, sizes: SizeEstimator) {
    this.#checked = checked
    this.#sizes = sizes
  }

  cost(expr: Expr): Range {
    switch (expr.kind) {
      case 'ident':
        return this.#costName(expr.id, expr.name)
      case 'select':
        return this.#costSelect(expr)
      case 'call':
        return this.#costCall(expr)
      case 'list':
        return this.#costList(expr)
      case 'map':
        return this.#costMap(expr)
      case 'struct':
        return plus(sum(expr.fields.map((field) => this.cost(field.value))), fixed(40))
      case 'comprehension':
        return isBind(expr) ? this.#costBind(expr) : this.#costFold(expr)
      default:
        return nothing
    }
  }

  typeOf(expr: Expr): CelType {
    return this.#checked.types.get(expr.id) ?? dynType
  }

  /** The size as far as the expression or the caller tells. */
  sizeOf(node: CostNode): Range {
    return node.size ?? this.#sizes(node.path ?? [], node.type) ?? unknownSize
  }

  #local(name: string): Local | undefined {
    return this.#locals.get(name)?.at(-1)
  }

  #push(name: string, local: Local): void {
    const stack = this.#locals.get(name)
    if (stack === undefined) this.#locals.set(name, [local])
    else stack.push(local)
  }

  #pop(name: string): void {
    this.#locals.get(name)?.pop()
  }

  #pathOf(expr: Expr): readonly string[] | undefined {
    const local = expr.kind === 'ident' ? this.#local(expr.name) : undefined
    return local === undefined ? this.#paths.get(expr.id) : local.path
  }

  #extend(expr: Expr, of: Expr, step: string): void {
    this.#paths.set(expr.id, [...(this.#pathOf(of) ?? []), step])
  }

  #costName(id: number, name: string): Range {
    const local = this.#local(name)
    const path = local === undefined ? [name] : local.path
    if (path !== undefined) this.#paths.set(id, path)
    return fixed(1)
  }

  #costSelect(expr: Select): Range {
    const reference = this.#checked.references.get(expr.id)
    if (reference?.name !== undefined) return this.#costName(expr.id, reference.name)
    const operand = this.cost(expr.operand)
    // has() itself is free in Kubernetes.
    if (expr.testOnly) return operand
    this.#extend(expr, expr.operand, expr.field)
    return ['map', 'struct', 'param'].includes(this.typeOf(expr.operand).kind) ? plus(operand, fixed(1)) : operand
  }

  #node(expr: Expr): CostNode {
    const path = this.#pathOf(expr)
    const isAccumulator = path?.[0] === '@result' || path?.[0] === '__result__'
    return { expr, path: isAccumulator ? undefined : path, type: this.typeOf(expr), size: this.computeSize(expr) }
  }

  #costCall(expr: Call): Range {
    const [first] = expr.args
    if (expr.name === 'dyn' && first !== undefined) {
      const cost = plus(fixed(1), this.cost(first))
      this.#copySizes(expr, first)
      return cost
    }
    const argCosts = expr.args.map((arg) => this.cost(arg))
    const args = expr.args.map((arg) => this.#node(arg))
    const overloads = this.#checked.references.get(expr.id)?.overloads ?? []
    if (overloads.length === 0) return nothing
    const targetCost = expr.target === undefined ? nothing : this.cost(expr.target)
    const target = expr.target && this.#node(expr.target)
    let cost: Range = { min: largest, max: 0n }
    let size: Range | undefined
    for (const overload of overloads) {
      const estimated = estimateCall(this, { name: expr.name, overload, target, args, argCosts })
      cost = union(cost, estimated.cost)
      if (estimated.size !== undefined) size = size === undefined ? estimated.size : union(size, estimated.size)
      this.#followEntries(expr, overload)
      if (overload === 'index_list' || overload === 'index_map') {
        size = first && this.#entrySize(first)?.value
        if (first !== undefined) this.#extend(expr, first, overload === 'index_list' ? '@items' : '@values')
      }
      size ??= this.computeSize(expr)
    }
    if (size !== undefined) this.#computed.set(expr.id, size)
    return plus(targetCost, cost)
  }

  /** What `c ? a : b` and `a + b` hold. */
  #followEntries(expr: Call, overload: string): void {
    const [a, b] =
      overload === 'conditional' ? expr.args.slice(1) : /^add_(?:string|bytes|list)$/.test(overload) ? expr.args : []
    const left = a && this.#entrySize(a)
    const right = b && this.#entrySize(b)
    if (left === undefined || right === undefined) return
    const key = union(left.key, right.key)
    this.#entrySizes.set(expr.id, { container: left.container, key, value: union(left.value, right.value) })
  }

  #costList(expr: ListExpr): Range {
    let cost = nothing
    let value: Range = { min: expr.elements.length === 0 ? 0n : largest, max: 0n }
    for (const element of expr.elements) {
      cost = plus(cost, this.cost(element))
      value = union(value, this.computeSize(element) ?? unknownSize)
    }
    this.#entrySizes.set(expr.id, { container: 'list', key: fixed(1), value })
    return plus(cost, fixed(10))
  }

  #costMap(expr: MapExpr): Range {
    let cost = nothing
    const empty: Range = { min: expr.entries.length === 0 ? 0n : largest, max: 0n }
    let key = empty
    let value = empty
    for (const entry of expr.entries) {
      cost = plus(plus(cost, this.cost(entry.key)), this.cost(entry.value))
      key = union(key, this.computeSize(entry.key) ?? unknownSize)
      value = union(value, this.computeSize(entry.value) ?? unknownSize)
    }
    this.#entrySizes.set(expr.id, { container: 'map', key, value })
    return plus(cost, fixed(30))
  }

  #iterationOf(range: Expr): { container: string; entry: EntrySize | undefined; path: readonly string[] } {
    const entry = this.#entrySize(range)
    return { container: entry?.container ?? this.typeOf(range).kind, entry, path: this.#pathOf(range) ?? [] }
  }

  #costFold(expr: Comprehension): Range {
    let cost = plus(this.cost(expr.range), this.cost(expr.accuInit))
    this.#push(expr.accuVar, this.#asLocal(expr.accuInit))
    const { container, entry, path } = this.#iterationOf(expr.range)
    const isList = container === 'list'
    const local = (step: string, size: Range | undefined): Local => ({
      path: [...path, step],
      size,
      entrySize: undefined,
    })
    if (expr.iterVar2 === undefined) {
      this.#push(expr.iterVar, isList ? local('@items', entry?.value) : local('@keys', entry?.key))
    } else {
      this.#push(expr.iterVar, local(isList ? '@indices' : '@keys', entry?.key))
      this.#push(expr.iterVar2, local(isList ? '@items' : '@values', entry?.value))
    }
    const loop = this.cost(expr.condition)
    const step = this.cost(expr.step)
    this.#pop(expr.iterVar)
    if (expr.iterVar2 !== undefined) this.#pop(expr.iterVar2)
    cost = plus(cost, this.cost(expr.result))
    this.#pop(expr.accuVar)
    const count = this.computeSize(expr.range) ?? unknownSize
    cost = plus(cost, times(count, plus(step, loop)))
    if (expr.accuInit.kind === 'literal') {
      const size = this.computeSize(expr.accuInit)
      if (size !== undefined) this.#computed.set(expr.id, size)
    } else if (expr.accuInit.kind === 'list' || expr.accuInit.kind === 'map') {
      this.#computed.set(expr.id, count)
      const held = this.#entrySize(expr.step)
      if (held !== undefined) this.#entrySizes.set(expr.id, held)
    }
    return cost
  }

  #asLocal(expr: Expr): Local {
    return { path: this.#pathOf(expr), entrySize: this.#entrySize(expr), size: this.computeSize(expr) }
  }

  #costBind(expr: Comprehension): Range {
    let cost = plus(this.cost(expr.range), this.cost(expr.accuInit))
    this.#push(expr.accuVar, this.#asLocal(expr.accuInit))
    cost = plus(cost, this.cost(expr.result))
    this.#pop(expr.accuVar)
    this.#copySizes(expr, expr.result)
    return cost
  }

  #copySizes(to: Expr, from: Expr): void {
    const size = this.computeSize(from)
    if (size !== undefined) this.#computed.set(to.id, size)
    const entrySize = this.#entrySize(from)
    if (entrySize !== undefined) this.#entrySizes.set(to.id, entrySize)
  }

  #entrySize(expr: Expr): EntrySize | undefined {
    const known = this.#entrySizes.get(expr.id)
    if (known !== undefined) return known
    return expr.kind === 'ident' ? this.#local(expr.name)?.entrySize : undefined
  }

  computeSize(expr: Expr): Range | undefined {
    const known = this.#computed.get(expr.id) ?? writtenSize(expr)
    if (known !== undefined) return known
    const type = this.typeOf(expr)
    const path = this.#pathOf(expr)
    const told = this.#sizes(path ?? [], type)
    if (told !== undefined) {
      this.#computed.set(expr.id, told)
      return told
    }
    if (isScalar(type)) return fixed(1)
    return expr.kind === 'ident' ? this.#local(expr.name)?.size : undefined
  }
}

/** The size of what is written out in the expression. */
function writtenSize(expr: Expr): Range | undefined {
  switch (expr.kind) {
    case 'literal':
      if (typeof expr.value === 'string') return fixed(codePointCount(expr.value))
      return fixed(expr.value instanceof Uint8Array ? expr.value.length : 1)
    case 'list':
      return fixed(expr.elements.length)
    case 'map':
      return fixed(expr.entries.length)
    default:
      return undefined
  }
}

function isScalar(type: CelType): boolean {
  if (isOptional(type)) return isScalar(type.param(0))
  return ['bool', 'double', 'duration', 'int', 'timestamp', 'uint'].includes(type.kind)
}

function isBind(expr: Comprehension): boolean {
  const empty = expr.range.kind === 'list' && expr.range.elements.length === 0
  const never = expr.condition.kind === 'literal' && expr.condition.value === false
  return empty && never && expr.accuVar !== '__result__'
}
