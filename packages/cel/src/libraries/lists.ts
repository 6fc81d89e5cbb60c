import { declare, type FunctionDecl, type Implementation, member } from '../declarations.ts'
import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  durationType,
  intType,
  listType,
  paramType,
  stringType,
  timestampType,
  uintType,
} from '../types/types.ts'
import { add } from '../values/arithmetic.ts'
import { compare, equal } from '../values/equality.ts'
import { CelFailure, CelList, CelUint, Duration, noSuchOverload, type Value } from '../values/value.ts'

const summable: readonly (readonly [string, CelType, Value])[] = [
  ['int', intType, 0n],
  ['uint', uintType, new CelUint(0n)],
  ['double', doubleType, 0],
  ['duration', durationType, new Duration(0n)],
]

/** The types that have an order. */
export const comparable: readonly (readonly [string, CelType])[] = [
  ['int', intType],
  ['uint', uintType],
  ['double', doubleType],
  ['bool', boolType],
  ['duration', durationType],
  ['timestamp', timestampType],
  ['string', stringType],
  ['bytes', bytesType],
]

function isSorted(list: Value = null): Value {
  if (!(list instanceof CelList)) return noSuchOverload()
  for (let i = 1; i < list.size; i++) {
    const order = compare(list.get(i - 1), list.get(i))
    if (typeof order !== 'number') return order
    if (order > 0) return false
  }
  return true
}

const sumFrom =
  (zero: Value): Implementation =>
  (list) => {
    if (!(list instanceof CelList)) return noSuchOverload()
    let total = zero
    for (const item of list) {
      total = add(total, item)
      if (total instanceof CelFailure) return total
    }
    return total
  }

const extreme =
  (name: string, prefers: (order: number) => boolean): Implementation =>
  (list) => {
    if (!(list instanceof CelList)) return noSuchOverload()
    if (list.size === 0) return new CelFailure(`${name} called on empty list`)
    let best = list.get(0)
    for (const item of list) {
      const order = compare(best, item)
      if (typeof order !== 'number') return order
      if (prefers(order)) best = item
    }
    return best
  }

const index =
  (last: boolean): Implementation =>
  (list, item = null) => {
    if (!(list instanceof CelList)) return noSuchOverload()
    for (let n = 0; n < list.size; n++) {
      const at = last ? list.size - 1 - n : n
      if (equal(list.get(at), item)) return BigInt(at)
    }
    return -1n
  }

const ofComparable = (
  name: string,
  suffix: (type: string) => string,
  result: CelType | undefined,
  call: Implementation,
) =>
  declare(
    name,
    comparable.map(([type, celType]) =>
      member(`list_${type}_${suffix(type)}`, [listType(celType)], result ?? celType, call),
    ),
  )

const a = paramType('A')

/** Kubernetes' functions on lists (k8s `library/lists.go`). */
export const listsLibrary: readonly FunctionDecl[] = [
  ofComparable('isSorted', () => 'is_sorted_bool', boolType, isSorted),
  declare(
    'sum',
    summable.map(([name, type, zero]) => member(`list_${name}_sum_${name}`, [listType(type)], type, sumFrom(zero))),
  ),
  ofComparable(
    'max',
    (type) => `max_${type}`,
    undefined,
    extreme('max', (order) => order < 0),
  ),
  ofComparable(
    'min',
    (type) => `min_${type}`,
    undefined,
    extreme('min', (order) => order > 0),
  ),
  declare('indexOf', [member('list_a_index_of_int', [listType(a), a], intType, index(false))]),
  declare('lastIndexOf', [member('list_a_last_index_of_int', [listType(a), a], intType, index(true))]),
]
