import { declare, type FunctionDecl, global, member } from '../declarations.ts'
import { boolType, dynType, intType, listType, mapType, optionalType, paramType, stringType } from '../types/types.ts'
import { KeyedMap } from '../values/map.ts'
import {
  ArrayList,
  CelFailure,
  CelList,
  CelMap,
  CelUint,
  Duration,
  none,
  noSuchOverload,
  Optional,
  Timestamp,
  type Value,
} from '../values/value.ts'

const k = paramType('K')
const v = paramType('V')
const optionalV = optionalType(v)
const listOfV = listType(v)
const mapOfKV = mapType(k, v)

function isZero(value: Value): boolean {
  if (value === null || value === '' || value === 0n || value === 0 || value === false) return true
  if (value instanceof CelList || value instanceof CelMap) return value.size === 0
  if (value instanceof CelUint) return value.value === 0n
  if (value instanceof Duration) return value.nanos === 0n
  // Go's zero time is the beginning of year 1.
  if (value instanceof Timestamp) return value.nanos === -62135596800n * 1_000_000_000n
  if (value instanceof Uint8Array) return value.length === 0
  return value instanceof Optional && value.value === undefined
}

const onOptional =
  (call: (optional: Optional) => Value) =>
  (value: Value = null): Value =>
    value instanceof Optional ? call(value) : noSuchOverload()

function unwrap(list: Value = null): Value {
  if (!(list instanceof CelList)) return noSuchOverload()
  const values: Value[] = []
  for (const item of list) if (item instanceof Optional && item.value !== undefined) values.push(item.value)
  return new ArrayList(values)
}

/** Optional values (cel-go `cel/library.go`, version 2); `or` and `orValue` are planned as short circuits. */
export const optionalLibrary: readonly FunctionDecl[] = [
  declare('optional.of', [global('optional_of', [v], optionalV, (value) => new Optional(value))]),
  declare('optional.ofNonZeroValue', [
    global('optional_ofNonZeroValue', [v], optionalV, (value = null) => (isZero(value) ? none : new Optional(value))),
  ]),
  declare('optional.none', [global('optional_none', [], optionalV, () => none)]),
  declare('value', [
    member(
      'optional_value',
      [optionalV],
      v,
      onOptional(({ value }) => (value === undefined ? new CelFailure('optional.none() dereference') : value)),
    ),
  ]),
  declare('hasValue', [
    member(
      'optional_hasValue',
      [optionalV],
      boolType,
      onOptional((optional) => optional.value !== undefined),
    ),
  ]),
  declare('or', [member('optional_or_optional', [optionalV, optionalV], optionalV)]),
  declare('orValue', [member('optional_orValue_value', [optionalV, v], v)]),
  declare('_?._', [global('select_optional_field', [dynType, stringType], optionalV)]),
  declare('_[?_]', [
    global('list_optindex_optional_int', [listOfV, intType], optionalV),
    global('optional_list_optindex_optional_int', [optionalType(listOfV), intType], optionalV),
    global('map_optindex_optional_value', [mapOfKV, k], optionalV),
    global('optional_map_optindex_optional_value', [optionalType(mapOfKV), k], optionalV),
  ]),
  declare('_[_]', [
    global('optional_list_index_int', [optionalType(listOfV), intType], optionalV),
    global('optional_map_index_value', [optionalType(mapOfKV), k], optionalV),
  ]),
  declare('optional.unwrap', [global('optional_unwrap', [listType(optionalV)], listOfV, unwrap)]),
  declare('unwrapOpt', [member('optional_unwrapOpt', [listType(optionalV)], listOfV, unwrap)]),
]

function insert(map: Value = null, key: Value = null, value?: Value): Value {
  if (!(map instanceof KeyedMap)) return noSuchOverload()
  if (value !== undefined) return map.with(key, value)
  if (!(key instanceof CelMap)) return noSuchOverload()
  let result: Value = map
  for (const each of key.keys()) {
    result = insert(result, each, key.find(each) ?? null)
    if (result instanceof CelFailure) return result
  }
  return result
}

/** What the macros over two variables build maps with (cel-go `ext/comprehensions.go`). */
export const mapInsert: readonly FunctionDecl[] = [
  declare('cel.@mapInsert', [
    global('@mapInsert_map_key_value', [mapOfKV, k, v], mapOfKV, insert),
    global('@mapInsert_map_map', [mapOfKV, mapOfKV], mapOfKV, (map, more) => insert(map, more)),
  ]),
]
