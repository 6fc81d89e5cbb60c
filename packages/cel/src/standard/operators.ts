import { declare, type FunctionDecl, global, type Implementation, member } from '../declarations.ts'
import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  durationType,
  intType,
  listType,
  mapType,
  paramType,
  stringType,
  timestampType,
  uintType,
} from '../types/types.ts'
import { add, divide, modulo, multiply, negate, subtract } from '../values/arithmetic.ts'
import { compare, equal } from '../values/equality.ts'
import { contains } from '../values/map.ts'
import { CelFailure, CelList, CelMap, codePointCount, noSuchOverload, type Value } from '../values/value.ts'

const a = paramType('A')
const b = paramType('B')
const listOfA = listType(a)
const mapOfAB = mapType(a, b)
const cost = { int64: intType, uint64: uintType, double: doubleType, string: stringType, bytes: bytesType }

const sameTypes = (verb: string, ...names: (keyof typeof cost)[]) =>
  names.map((name) => global(`${verb}_${name}`, [cost[name], cost[name]], cost[name]))

function comparison(name: string, verb: string, holds: (order: number) => boolean): FunctionDecl {
  const pair = (id: string, left: CelType, right: CelType = left) => global(`${verb}_${id}`, [left, right], boolType)
  const overloads = [
    pair('bool', boolType),
    pair('int64', intType),
    pair('int64_double', intType, doubleType),
    pair('int64_uint64', intType, uintType),
    pair('uint64', uintType),
    pair('uint64_double', uintType, doubleType),
    pair('uint64_int64', uintType, intType),
    pair('double', doubleType),
    pair('double_int64', doubleType, intType),
    pair('double_uint64', doubleType, uintType),
    pair('string', stringType),
    pair('bytes', bytesType),
    pair('timestamp', timestampType),
    pair('duration', durationType),
  ]
  return declare(name, overloads, (left = null, right = null) => {
    const order = compare(left, right)
    return typeof order === 'number' ? holds(order) : order
  })
}

const binary =
  (op: (left: Value, right: Value) => Value): Implementation =>
  (left = null, right = null) =>
    op(left, right)

function sizeOf(value: Value = null): Value {
  if (typeof value === 'string') return BigInt(codePointCount(value))
  if (value instanceof CelList || value instanceof CelMap) return BigInt(value.size)
  return value instanceof Uint8Array ? BigInt(value.length) : noSuchOverload()
}

function isIn(value: Value, container: Value): Value {
  if (container instanceof CelList) return contains(container, value)
  if (!(container instanceof CelMap)) return noSuchOverload()
  const found = container.find(value)
  return found instanceof CelFailure ? found : found !== undefined
}

/** Operators and `size`: declarations and order as cel-go's `common/stdlib`. */
export const operators: readonly FunctionDecl[] = [
  declare('_?_:_', [global('conditional', [boolType, a, a], a)]),
  declare('_&&_', [global('logical_and', [boolType, boolType], boolType)]),
  declare('_||_', [global('logical_or', [boolType, boolType], boolType)]),
  declare('!_', [global('logical_not', [boolType], boolType)], (value = null) =>
    typeof value === 'boolean' ? !value : noSuchOverload(),
  ),
  {
    name: '@not_strictly_false',
    overloads: [global('not_strictly_false', [boolType], boolType)],
    nonStrict: true,
    call: (value = null) => value !== false,
  },
  declare('_==_', [global('equals', [a, a], boolType)], binary(equal)),
  declare(
    '_!=_',
    [global('not_equals', [a, a], boolType)],
    binary((left, right) => !equal(left, right)),
  ),
  declare(
    '_+_',
    [
      ...sameTypes('add', 'bytes', 'double'),
      global('add_duration_duration', [durationType, durationType], durationType),
      global('add_duration_timestamp', [durationType, timestampType], timestampType),
      global('add_timestamp_duration', [timestampType, durationType], timestampType),
      ...sameTypes('add', 'int64'),
      global('add_list', [listOfA, listOfA], listOfA),
      ...sameTypes('add', 'string', 'uint64'),
    ],
    binary(add),
  ),
  declare('_/_', sameTypes('divide', 'double', 'int64', 'uint64'), binary(divide)),
  declare('_%_', sameTypes('modulo', 'int64', 'uint64'), binary(modulo)),
  declare('_*_', sameTypes('multiply', 'double', 'int64', 'uint64'), binary(multiply)),
  declare(
    '-_',
    [global('negate_double', [doubleType], doubleType), global('negate_int64', [intType], intType)],
    (value = null) => negate(value),
  ),
  declare(
    '_-_',
    [
      ...sameTypes('subtract', 'double'),
      global('subtract_duration_duration', [durationType, durationType], durationType),
      ...sameTypes('subtract', 'int64'),
      global('subtract_timestamp_duration', [timestampType, durationType], timestampType),
      global('subtract_timestamp_timestamp', [timestampType, timestampType], durationType),
      ...sameTypes('subtract', 'uint64'),
    ],
    binary(subtract),
  ),
  comparison('_<_', 'less', (order) => order < 0),
  comparison('_<=_', 'less_equals', (order) => order <= 0),
  comparison('_>_', 'greater', (order) => order > 0),
  comparison('_>=_', 'greater_equals', (order) => order >= 0),
  declare('_[_]', [global('index_list', [listOfA, intType], a), global('index_map', [mapOfAB, a], b)]),
  declare('@in', [global('in_list', [a, listOfA], boolType), global('in_map', [a, mapOfAB], boolType)], binary(isIn)),
  declare(
    'size',
    [
      global('size_bytes', [bytesType], intType),
      member('bytes_size', [bytesType], intType),
      global('size_list', [listOfA], intType),
      member('list_size', [listOfA], intType),
      global('size_map', [mapOfAB], intType),
      member('map_size', [mapOfAB], intType),
      global('size_string', [stringType], intType),
      member('string_size', [stringType], intType),
    ],
    sizeOf,
  ),
]
