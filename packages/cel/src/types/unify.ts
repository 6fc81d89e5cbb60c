import { CelType, dynType, listType, mapType, sameType } from './types.ts'

/** What type parameters stand for so far, by their name. */
export class Bindings {
  readonly #bound: Map<string, CelType>

  constructor(bound: Iterable<readonly [string, CelType]> = []) {
    this.#bound = new Map(bound)
  }

  find(type: CelType): CelType | undefined {
    return type.kind === 'param' ? this.#bound.get(type.name) : undefined
  }

  add(type: CelType, to: CelType): void {
    this.#bound.set(type.name, to)
  }

  copy(): Bindings {
    return new Bindings(this.#bound)
  }
}

export const isDyn = (type: CelType): boolean => type.kind === 'dyn'
export const isDynOrError = (type: CelType): boolean => type.kind === 'dyn' || type.kind === 'error'

/** Whether `a` may be used where `b` is wanted; binds type parameters of both as it goes (cel-go's `checker/types.go`). */
export function assignable(bindings: Bindings, a: CelType, b: CelType): boolean {
  if (b.kind === 'param') {
    const { valid, bound } = substitutable(bindings, a, b)
    if (valid) return true
    if (bound) return false
  }
  if (a.kind === 'param') return substitutable(bindings, b, a).valid
  if (isDynOrError(a) || isDynOrError(b)) return true
  if (a.kind === 'null') return acceptsNull(b)
  if (b.kind === 'null') return acceptsNull(a)
  switch (a.kind) {
    case 'type':
      return b.kind === 'type'
    case 'opaque':
    case 'list':
    case 'map':
    case 'function':
      return a.kind === b.kind && a.name === b.name && allAssignable(bindings, a.params, b.params)
    case 'bool':
    case 'bytes':
    case 'double':
    case 'int':
    case 'string':
    case 'uint':
      return a.kind === b.kind
    default:
      return a.kind === b.kind && a.name === b.name
  }
}

export function allAssignable(bindings: Bindings, a: readonly CelType[], b: readonly CelType[]): boolean {
  return a.length === b.length && a.every((type, index) => assignable(bindings, type, b[index] ?? dynType))
}

function acceptsNull(type: CelType): boolean {
  return type.nullable || ['null', 'opaque', 'struct', 'dyn', 'duration', 'timestamp'].includes(type.kind)
}

function substitutable(bindings: Bindings, a: CelType, param: CelType): { valid: boolean; bound: boolean } {
  if (sameType(a, param)) return { valid: true, bound: true }
  const bound = bindings.find(param)
  if (bound !== undefined) {
    if (sameType(a, bound)) return { valid: true, bound: true }
    if (!assignable(bindings, a, bound)) return { valid: false, bound: true }
    const general = mostGeneral(a, bound)
    if (!occurs(bindings, param, general)) bindings.add(param, general)
    return { valid: true, bound: true }
  }
  if (occurs(bindings, param, a)) return { valid: false, bound: false }
  bindings.add(param, a)
  return { valid: true, bound: false }
}

function occurs(bindings: Bindings, type: CelType, within: CelType): boolean {
  if (sameType(type, within)) return true
  const bound = bindings.find(within)
  if (bound !== undefined) return occurs(bindings, type, bound)
  return within.params.some((param) => occurs(bindings, type, param))
}

export const mostGeneral = (a: CelType, b: CelType): CelType => (equalOrLessSpecific(a, b) ? a : b)

function equalOrLessSpecific(a: CelType, b: CelType): boolean {
  if (isDyn(a) || a.kind === 'param') return true
  if (isDyn(b) || b.kind === 'param' || a.kind !== b.kind) return false
  switch (a.kind) {
    case 'opaque':
    case 'list':
    case 'map':
      return (
        a.name === b.name &&
        a.params.length === b.params.length &&
        a.params.every((param, index) => equalOrLessSpecific(param, b.param(index)))
      )
    case 'type':
      return true
    default:
      return sameType(a, b)
  }
}

/** The type with its bound parameters replaced, and the others by dyn where `toDyn`. */
export function substitute(bindings: Bindings, type: CelType, toDyn: boolean): CelType {
  const bound = bindings.find(type)
  if (bound !== undefined) return substitute(bindings, bound, toDyn)
  if (type.kind === 'param') return toDyn ? dynType : type
  if (type.params.length === 0) return type
  const params = type.params.map((param) => substitute(bindings, param, toDyn))
  if (params.every((param, index) => param === type.params[index])) return type
  if (type.kind === 'list') return listType(params[0] ?? dynType)
  if (type.kind === 'map') return mapType(params[0] ?? dynType, params[1] ?? dynType)
  return new CelType(type.kind, type.name, params, type.nullable)
}
