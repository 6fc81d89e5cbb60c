import type { FunctionDecl } from '../declarations.ts'
import type { Ast, Call, Comprehension, Expr, Ident, ListExpr, MapExpr, Select, StructExpr } from '../syntax/ast.ts'
import type { CelIssue, Source } from '../syntax/source.ts'
import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  dynType,
  errorType,
  formatSignature,
  formatType,
  intType,
  isOptional,
  listType,
  mapType,
  nullType,
  optionalType,
  paramType,
  sameType,
  stringType,
  uintType,
  unwrapOptional,
} from '../types/types.ts'
import { allAssignable, assignable, Bindings, isDyn, isDynOrError, mostGeneral, substitute } from '../types/unify.ts'
import { CelUint, type Value } from '../values/value.ts'
import type { CheckScope } from './scope.ts'

/** What a name or a call means: a variable or type by its full name, or the overloads that fit. */
export interface Reference {
  name?: string
  /** Present where the name is a type. */
  value?: CelType
  overloads?: string[]
}

/** A tree with the type of each node and the meaning of each name. The checker has put full names into its calls. */
export interface CheckedAst extends Ast {
  types: ReadonlyMap<number, CelType>
  references: ReadonlyMap<number, Reference>
}

/** Types a tree, as cel-go's `checker/checker.go`. */
export function check(ast: Ast, scope: CheckScope, source: Source): { checked: CheckedAst; issues: CelIssue[] } {
  const checker = new Checker(ast, scope, source)
  return checker.run()
}

class Checker {
  readonly #ast: Ast
  readonly #source: Source
  #scope: CheckScope
  readonly #types = new Map<number, CelType>()
  readonly #references = new Map<number, Reference>()
  readonly #issues: CelIssue[] = []
  #bindings = new Bindings()
  #freeVariables = 0

  constructor(ast: Ast, scope: CheckScope, source: Source) {
    this.#ast = ast
    this.#scope = scope
    this.#source = source
  }

  run(): { checked: CheckedAst; issues: CelIssue[] } {
    this.#check(this.#ast.expr)
    for (const [id, type] of this.#types) this.#types.set(id, substitute(this.#bindings, type, true))
    const checked = { ...this.#ast, types: this.#types, references: this.#references }
    return { checked, issues: this.#issues }
  }

  #report(id: number, message: string): void {
    this.#issues.push({ message, location: this.#source.locationOf(this.#ast.offsets.get(id)) })
  }

  #typeOf(expr: Expr): CelType {
    return this.#types.get(expr.id) ?? errorType
  }

  #assignable(a: CelType, b: CelType): boolean {
    const tried = this.#bindings.copy()
    if (!assignable(tried, a, b)) return false
    this.#bindings = tried
    return true
  }

  #mismatch(id: number, expected: CelType, actual: CelType): void {
    this.#report(id, `expected type '${formatType(expected)}' but found '${formatType(actual)}'`)
  }

  #undeclared(id: number, name: string): void {
    this.#report(id, `undeclared reference to '${name}' (in container '')`)
    this.#types.set(id, errorType)
  }

  #newVariable(): CelType {
    return paramType(`_var${this.#freeVariables++}`)
  }

  #check(expr: Expr): void {
    switch (expr.kind) {
      case 'literal':
        this.#types.set(expr.id, literalType(expr.value))
        return
      case 'ident':
        this.#checkIdent(expr)
        return
      case 'select':
        this.#checkSelect(expr)
        return
      case 'call':
        this.#checkCall(expr)
        return
      case 'list':
        this.#checkList(expr)
        return
      case 'map':
        this.#checkMap(expr)
        return
      case 'struct':
        this.#checkStruct(expr)
        return
      case 'comprehension':
        this.#checkComprehension(expr)
        return
      case 'unspecified':
        this.#types.set(expr.id, errorType)
    }
  }

  #checkIdent(expr: Ident): void {
    const found = this.#scope.resolve(expr.name)
    if (found === undefined) {
      this.#undeclared(expr.id, expr.name)
      return
    }
    this.#types.set(expr.id, found.type)
    this.#references.set(expr.id, found.reference)
  }

  #checkSelect(expr: Select): void {
    const path = qualifiedName(expr)
    const found = path === undefined ? undefined : this.#scope.resolveQualified(path)
    if (found !== undefined) {
      this.#types.set(expr.id, found.type)
      this.#references.set(expr.id, found.reference)
      return
    }
    const result = this.#fieldType(expr.id, expr.operand, expr.field, false)
    this.#types.set(expr.id, expr.testOnly ? boolType : substitute(this.#bindings, result, false))
  }

  #fieldType(id: number, operand: Expr, field: string, optional: boolean): CelType {
    this.#check(operand)
    const target = unwrapOptional(substitute(this.#bindings, this.#typeOf(operand), false))
    const result = this.#memberType(id, target.type, field)
    return target.optional || optional ? optionalType(result) : result
  }

  #memberType(id: number, type: CelType, field: string): CelType {
    switch (type.kind) {
      case 'map':
        return type.param(1)
      case 'struct':
        return this.#declaredField(id, type.name, field) ?? errorType
      case 'param':
        this.#assignable(dynType, type)
        return dynType
      default:
        if (!isDynOrError(type)) this.#report(id, `type '${formatType(type)}' does not support field selection`)
        return dynType
    }
  }

  #declaredField(id: number, typeName: string, field: string): CelType | undefined {
    const struct = this.#scope.struct(typeName)
    if (struct === undefined) {
      this.#report(id, `unexpected failed resolution of '${typeName}'`)
      return undefined
    }
    const type = struct.field(field)
    if (type === undefined) this.#report(id, `undefined field '${field}'`)
    return type
  }

  #checkCall(expr: Call): void {
    if (expr.name === '_?._') {
      this.#checkOptionalSelect(expr)
      return
    }
    for (const arg of expr.args) this.#check(arg)
    if (expr.target === undefined) {
      const fn = this.#scope.function(expr.name)
      if (fn === undefined) {
        this.#undeclared(expr.id, expr.name)
        return
      }
      expr.name = fn.name
      this.#resolve(expr, fn)
      return
    }
    const path = qualifiedName(expr.target)
    const namespaced = path === undefined ? undefined : this.#scope.function(`${path.join('.')}.${expr.name}`)
    if (namespaced !== undefined) {
      expr.target = undefined
      expr.name = namespaced.name
      this.#resolve(expr, namespaced)
      return
    }
    this.#check(expr.target)
    const fn = this.#scope.function(expr.name)
    if (fn === undefined) {
      this.#undeclared(expr.id, expr.name)
      return
    }
    this.#resolve(expr, fn)
  }

  #checkOptionalSelect(expr: Call): void {
    const [operand, field] = expr.args
    if (operand === undefined || field?.kind !== 'literal' || typeof field.value !== 'string') {
      this.#report(expr.id, 'unsupported optional field selection')
      this.#types.set(expr.id, errorType)
      return
    }
    this.#types.set(field.id, stringType)
    const result = this.#fieldType(expr.id, operand, field.value, true)
    this.#types.set(expr.id, substitute(this.#bindings, result, false))
    this.#references.set(expr.id, { overloads: ['select_optional_field'] })
  }

  #resolve(call: Call, fn: FunctionDecl): void {
    const args = call.target === undefined ? call.args : [call.target, ...call.args]
    const argTypes = args.map((arg) => this.#typeOf(arg))
    if (fn.name === '_&&_' || fn.name === '_||_') {
      this.#resolveLogical(call, fn, argTypes)
      return
    }
    const fitting: string[] = []
    let result: CelType | undefined
    for (const overload of fn.overloads) {
      if (overload.member !== (call.target !== undefined)) continue
      const fresh = new Bindings(overload.params.map((name) => [name, this.#newVariable()] as const))
      const candidates = overload.args.map((arg) => substitute(fresh, arg, false))
      const tried = this.#bindings.copy()
      if (!allAssignable(tried, argTypes, candidates)) continue
      this.#bindings = tried
      fitting.push(overload.id)
      const type = substitute(this.#bindings, substitute(fresh, overload.result, false), false)
      if (result === undefined) result = type
      else if (!isDyn(result) && !sameType(type, result)) result = dynType
    }
    if (result === undefined) {
      const shown = argTypes.map((type) => substitute(this.#bindings, type, true))
      const signature = formatSignature(shown, call.target !== undefined)
      this.#report(call.id, `found no matching overload for '${fn.name}' applied to '${signature}'`)
      this.#types.set(call.id, errorType)
      return
    }
    this.#types.set(call.id, result)
    this.#references.set(call.id, { overloads: fitting })
  }

  #resolveLogical(call: Call, fn: FunctionDecl, argTypes: readonly CelType[]): void {
    let failed = false
    call.args.forEach((arg, index) => {
      const type = argTypes[index] ?? errorType
      if (this.#assignable(type, boolType)) return
      this.#mismatch(arg.id, boolType, type)
      failed = true
    })
    this.#types.set(call.id, failed ? errorType : boolType)
    if (!failed) this.#references.set(call.id, { overloads: fn.overloads.map((overload) => overload.id) })
  }

  /** The type of both; dyn where they differ, which the validators refuse later. */
  #join(previous: CelType | undefined, current: CelType): CelType {
    if (previous === undefined) return current
    return this.#assignable(previous, current) ? mostGeneral(previous, current) : dynType
  }

  /** The type in an optional entry (`?x`), which must be an optional. */
  #entryType(value: Expr, optional: boolean): CelType {
    const type = this.#typeOf(value)
    if (!optional) return type
    if (!isOptional(type) && !isDyn(type)) this.#mismatch(value.id, optionalType(type), type)
    return unwrapOptional(type).type
  }

  #checkList(expr: ListExpr): void {
    let element: CelType | undefined
    expr.elements.forEach((each, index) => {
      this.#check(each)
      element = this.#join(element, this.#entryType(each, expr.optionals.has(index)))
    })
    this.#types.set(expr.id, listType(element ?? this.#newVariable()))
  }

  #checkMap(expr: MapExpr): void {
    let key: CelType | undefined
    let value: CelType | undefined
    for (const entry of expr.entries) {
      this.#check(entry.key)
      key = this.#join(key, this.#typeOf(entry.key))
      this.#check(entry.value)
      value = this.#join(value, this.#entryType(entry.value, entry.optional))
    }
    this.#types.set(expr.id, mapType(key ?? this.#newVariable(), value ?? this.#newVariable()))
  }

  #checkStruct(expr: StructExpr): void {
    const name = expr.typeName.replace(/^\./, '')
    const named = this.#scope.resolveType(name)
    if (named === undefined) {
      this.#undeclared(expr.id, expr.typeName)
      return
    }
    expr.typeName = name
    this.#references.set(expr.id, { name })
    const isStruct = named.kind === 'struct' && this.#scope.struct(name) !== undefined
    if (!isStruct) this.#report(expr.id, `'${named.name}' is not a message type`)
    this.#types.set(expr.id, isStruct ? named : errorType)
    for (const field of expr.fields) {
      this.#check(field.value)
      const declared = this.#declaredField(field.id, name, field.name) ?? errorType
      const given = this.#entryType(field.value, field.optional)
      if (this.#assignable(declared, given)) continue
      const types = `'${formatType(declared)}' but provided type is '${formatType(given)}'`
      this.#report(field.id, `expected type of field '${field.name}' is ${types}`)
    }
  }

  #checkComprehension(expr: Comprehension): void {
    this.#check(expr.range)
    this.#check(expr.accuInit)
    const range = substitute(this.#bindings, this.#typeOf(expr.range), false)
    const accu = this.#typeOf(expr.accuInit)
    const outer = this.#scope
    const withAccu = outer.with([[expr.accuVar, accu]])
    const [first, second] = this.#iterationTypes(expr, range)
    const variables: [string, CelType][] = [[expr.iterVar, first]]
    if (expr.iterVar2 !== undefined) variables.push([expr.iterVar2, second])
    this.#scope = withAccu.with(variables)
    this.#check(expr.condition)
    this.#assert(expr.condition, boolType)
    this.#check(expr.step)
    this.#assert(expr.step, accu)
    this.#scope = withAccu
    this.#check(expr.result)
    this.#scope = outer
    this.#types.set(expr.id, substitute(this.#bindings, this.#typeOf(expr.result), false))
  }

  #iterationTypes(expr: Comprehension, range: CelType): [CelType, CelType] {
    switch (range.kind) {
      case 'list':
        return expr.iterVar2 === undefined ? [range.param(0), dynType] : [intType, range.param(0)]
      case 'map':
        return [range.param(0), range.param(1)]
      case 'dyn':
      case 'error':
      case 'param':
        this.#assignable(dynType, range)
        return [dynType, dynType]
      default: {
        const wanted = 'cannot be range of a comprehension (must be list, map, or dynamic)'
        this.#report(expr.range.id, `expression of type '${formatType(range)}' ${wanted}`)
        return [errorType, errorType]
      }
    }
  }

  #assert(expr: Expr, type: CelType): void {
    const actual = this.#typeOf(expr)
    if (!this.#assignable(type, actual)) this.#mismatch(expr.id, type, actual)
  }
}

function literalType(value: Value): CelType {
  switch (typeof value) {
    case 'string':
      return stringType
    case 'bigint':
      return intType
    case 'number':
      return doubleType
    case 'boolean':
      return boolType
    default:
      return value === null ? nullType : value instanceof CelUint ? uintType : bytesType
  }
}

/** `a.b.c` as its parts; undefined where this is no plain path from a name. */
export function qualifiedName(expr: Expr): string[] | undefined {
  if (expr.kind === 'ident') return [expr.name]
  if (expr.kind !== 'select' || expr.testOnly) return undefined
  const operand = qualifiedName(expr.operand)
  operand?.push(expr.field)
  return operand
}
