import { type CelType, dynType } from './types/types.ts'
import { CelList, CelMap, noSuchOverloadOf, Opaque, Optional, typeOf, type Value } from './values/value.ts'

export type Implementation = (...args: Value[]) => Value

/** One signature of a function. A member's receiver is its first argument. */
export interface Overload {
  /** Stable name: costs are looked up by it. */
  id: string
  member: boolean
  args: readonly CelType[]
  result: CelType
  /** Names of the type parameters in the signature. */
  params: readonly string[]
  call?: Implementation
}

export interface FunctionDecl {
  name: string
  overloads: readonly Overload[]
  /** One implementation for all overloads, which sorts out the types itself. */
  call?: Implementation
  /** Gets errors as arguments too. */
  nonStrict?: boolean
}

function typeParams(types: readonly CelType[]): string[] {
  const names = new Set<string>()
  const visit = (type: CelType): void => {
    if (type.kind === 'param') names.add(type.name)
    type.params.forEach(visit)
  }
  types.forEach(visit)
  return [...names]
}

function overload(
  id: string,
  member: boolean,
  args: readonly CelType[],
  result: CelType,
  call?: Implementation,
): Overload {
  const declared = { id, member, args, result, params: typeParams([result, ...args]) }
  return call === undefined ? declared : { ...declared, call }
}

export const global = (id: string, args: readonly CelType[], result: CelType, call?: Implementation): Overload =>
  overload(id, false, args, result, call)

export const member = (id: string, args: readonly CelType[], result: CelType, call?: Implementation): Overload =>
  overload(id, true, args, result, call)

export const declare = (name: string, overloads: readonly Overload[], call?: Implementation): FunctionDecl =>
  call === undefined ? { name, overloads } : { name, overloads, call }

/** Functions by name; those of one name are put together. */
export function functionTable(declarations: Iterable<FunctionDecl>): ReadonlyMap<string, FunctionDecl> {
  const table = new Map<string, FunctionDecl>()
  for (const decl of declarations) {
    const known = table.get(decl.name)
    table.set(decl.name, known === undefined ? decl : merged(known, decl))
  }
  return table
}

function merged(known: FunctionDecl, more: FunctionDecl): FunctionDecl {
  // A function-wide implementation is kept for the overloads that came with it.
  const bound = (decl: FunctionDecl): Overload[] =>
    decl.overloads.map((each) =>
      each.call === undefined && decl.call !== undefined ? { ...each, call: decl.call } : each,
    )
  const fresh = bound(more).filter((each) => !known.overloads.some((old) => old.id === each.id))
  return { name: known.name, overloads: [...bound(known), ...fresh] }
}

/** What runs a call: the one overload that was resolved, or a choice by the types of the arguments at run time. */
export function implementationOf(fn: FunctionDecl, overloadId: string | undefined, isMember: boolean): Implementation {
  if (fn.call !== undefined) return fn.call
  const resolved = overloadId === undefined ? undefined : fn.overloads.find((each) => each.id === overloadId)
  const candidates = resolved === undefined ? fn.overloads.filter((each) => each.member === isMember) : [resolved]
  return (...args) => {
    for (const candidate of candidates) {
      if (candidate.call !== undefined && accepts(candidate, args)) return candidate.call(...args)
    }
    return noSuchOverloadOf(fn.name, args)
  }
}

function accepts(candidate: Overload, args: readonly Value[]): boolean {
  if (candidate.args.length !== args.length) return false
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]
    if (arg === undefined || !isAssignableAtRunTime(candidate.args[i] ?? dynType, arg)) return false
  }
  return true
}

/** Whether a value may be an argument of a type; of containers the first element is looked at, as cel-go does. */
export function isAssignableAtRunTime(type: CelType, value: Value): boolean {
  switch (type.kind) {
    case 'dyn':
    case 'param':
    case 'error':
      return true
    case 'list':
      return value instanceof CelList && (value.size === 0 || isAssignableAtRunTime(type.param(0), value.get(0)))
    case 'map': {
      if (!(value instanceof CelMap)) return false
      for (const key of value.keys()) {
        const first = value.find(key)
        return (
          isAssignableAtRunTime(type.param(0), key) &&
          (first === undefined || isAssignableAtRunTime(type.param(1), first))
        )
      }
      return true
    }
    case 'struct':
      return (
        (value instanceof CelMap && value.typeName === type.name) ||
        (value instanceof Opaque && value.type.name === type.name)
      )
    case 'opaque':
      if (type.name === 'optional_type') return value instanceof Optional
      return value instanceof Opaque && value.type.name === type.name
    default:
      if (value === null && type.nullable) return true
      return typeOf(value).kind === type.kind
  }
}
