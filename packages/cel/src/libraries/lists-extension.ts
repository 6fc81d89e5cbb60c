import { declare, type FunctionDecl, global, member } from '../declarations.ts'
import { dynType, intType, listType, optionalType, paramType } from '../types/types.ts'
import { compare, equal } from '../values/equality.ts'
import { ArrayList, CelFailure, CelList, none, noSuchOverload, Optional, typeOf, type Value } from '../values/value.ts'
import { comparable } from './lists.ts'

const t = paramType('T')
const listOfT = listType(t)
const listOfDyn = listType(dynType)

function slice(list: Value = null, start: Value = null, end: Value = null): Value {
  if (!(list instanceof CelList) || typeof start !== 'bigint' || typeof end !== 'bigint') return noSuchOverload()
  const refuse = (why: string): CelFailure => new CelFailure(`cannot slice(${start}, ${end}), ${why}`)
  if (start < 0n || end < 0n) return refuse('negative indexes not supported')
  if (start > end) return refuse('start index must be less than or equal to end index')
  if (BigInt(list.size) < end) return refuse(`list is length ${list.size}`)
  return new ArrayList([...list].slice(Number(start), Number(end)))
}

function flatten(list: Value = null, depth: Value = 1n): Value {
  if (!(list instanceof CelList) || typeof depth !== 'bigint') return noSuchOverload()
  if (depth < 0n) return new CelFailure('level must be non-negative')
  const flat = (from: CelList, levels: bigint): Value[] =>
    [...from].flatMap((item) => (item instanceof CelList && levels > 0n ? flat(item, levels - 1n) : [item]))
  return new ArrayList(flat(list, depth))
}

function sortBy(list: Value = null, keys: Value = null): Value {
  if (!(list instanceof CelList) || !(keys instanceof CelList)) return noSuchOverload()
  if (list.size !== keys.size) {
    const sizes = `but got ${list.size} and ${keys.size} elements respectively`
    return new CelFailure(
      `@sortByAssociatedKeys() expected a list of the same size as the associated keys list, ${sizes}`,
    )
  }
  if (list.size === 0) return list
  const kind = typeOf(keys.get(0)).kind
  if (!comparable.some(([, type]) => type.kind === kind)) return new CelFailure('list elements must be comparable')
  const pairs = [...list].map((item, index) => [keys.get(index), item] as const)
  if (pairs.some(([key]) => typeOf(key).kind !== kind)) return new CelFailure('list elements must have the same type')
  const order = (a: Value, b: Value): number => {
    const compared = compare(a, b)
    return typeof compared === 'number' ? compared : 0
  }
  return new ArrayList(pairs.toSorted(([a], [b]) => order(a, b)).map(([, item]) => item))
}

function range(count: Value = null): Value {
  if (typeof count !== 'bigint') return noSuchOverload()
  if (count > 10_000_000n) return new CelFailure('lists.range() size exceeds limit')
  return new ArrayList(Array.from({ length: Math.max(0, Number(count)) }, (_, index) => BigInt(index)))
}

function distinct(list: Value = null): Value {
  if (!(list instanceof CelList)) return noSuchOverload()
  const unique: Value[] = []
  for (const item of list) if (!unique.some((other) => equal(item, other))) unique.push(item)
  return new ArrayList(unique)
}

const reverse = (list: Value = null): Value =>
  list instanceof CelList ? new ArrayList([...list].toReversed()) : noSuchOverload()

const end =
  (last: boolean) =>
  (list: Value = null): Value => {
    if (!(list instanceof CelList)) return noSuchOverload()
    return list.size === 0 ? none : new Optional(list.get(last ? list.size - 1 : 0))
  }

/** cel-go's functions on lists, version 3 (`ext/lists.go`); `sortBy` is a macro on the last of them. */
export const listsExtension: readonly FunctionDecl[] = [
  declare('slice', [member('list_slice', [listOfT, intType, intType], listOfT, slice)]),
  declare('flatten', [
    member('list_flatten', [listType(listOfT)], listOfT, (list) => flatten(list)),
    member('list_flatten_int', [listOfDyn, intType], listOfDyn, flatten),
  ]),
  declare(
    'sort',
    comparable.map(([, type]) =>
      member(`list_${type.name}_sort`, [listType(type)], listType(type), (list) => sortBy(list, list)),
    ),
  ),
  declare('lists.range', [global('lists_range', [intType], listType(intType), range)]),
  declare('reverse', [member('list_reverse', [listOfT], listOfT, reverse)]),
  declare('distinct', [member('list_distinct', [listOfT], listOfT, distinct)]),
  declare('first', [member('list_first', [listOfT], optionalType(t), end(false))]),
  declare('last', [member('list_last', [listOfT], optionalType(t), end(true))]),
  declare(
    '@sortByAssociatedKeys',
    comparable.map(([, type]) =>
      member(`list_${type.name}_sortByAssociatedKeys`, [listOfT, listType(type)], listOfT, sortBy),
    ),
  ),
]
