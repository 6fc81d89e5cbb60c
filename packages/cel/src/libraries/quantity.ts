import { Quantity } from '@wherry/apimachinery'
import { declare, type FunctionDecl, global, member } from '../declarations.ts'
import { boolType, CelType, doubleType, intType, stringType } from '../types/types.ts'
import { CelFailure, noSuchOverload, Opaque, type Value } from '../values/value.ts'

export const quantityType = new CelType('struct', 'kubernetes.Quantity')

export class QuantityValue extends Opaque {
  readonly quantity: Quantity

  constructor(quantity: Quantity) {
    super()
    this.quantity = quantity
  }

  get type(): CelType {
    return quantityType
  }

  equals(other: Opaque): boolean {
    return other instanceof QuantityValue && this.quantity.cmp(other.quantity) === 0
  }

  toString(): string {
    return this.quantity.toString()
  }
}

function parse(text: Value = null): Quantity | CelFailure {
  if (typeof text !== 'string') return noSuchOverload()
  try {
    return Quantity.parse(text)
  } catch (error) {
    return new CelFailure(error instanceof Error ? error.message : String(error))
  }
}

const on =
  (call: (quantity: Quantity) => Value) =>
  (value: Value = null): Value =>
    value instanceof QuantityValue ? call(value.quantity) : noSuchOverload()

const onTwo =
  (call: (left: Quantity, right: Quantity) => Value) =>
  (left: Value = null, right: Value = null): Value => {
    if (!(left instanceof QuantityValue)) return noSuchOverload()
    if (typeof right === 'bigint') return call(left.quantity, Quantity.of(right, 'DecimalExponent'))
    return right instanceof QuantityValue ? call(left.quantity, right.quantity) : noSuchOverload()
  }

/** The quantity as an int64 where it is a whole number that fits. */
function asInteger(quantity: Quantity): bigint | undefined {
  const value = quantity.value()
  const whole = Quantity.of(value).cmp(quantity) === 0
  return whole && BigInt.asIntN(64, value) === value ? value : undefined
}

const add = onTwo((left, right) => new QuantityValue(left.add(right)))
const sub = onTwo((left, right) => new QuantityValue(left.sub(right)))
const q = quantityType

/** Quantities (k8s `library/quantity.go`). */
export const quantityLibrary: readonly FunctionDecl[] = [
  declare('quantity', [
    global('string_to_quantity', [stringType], q, (text) => {
      const parsed = parse(text)
      return parsed instanceof CelFailure ? parsed : new QuantityValue(parsed)
    }),
  ]),
  declare('isQuantity', [
    global('is_quantity_string', [stringType], boolType, (text) => !(parse(text) instanceof CelFailure)),
  ]),
  declare('sign', [
    global(
      'quantity_sign',
      [q],
      intType,
      on((quantity) => BigInt(quantity.sign())),
    ),
  ]),
  declare('isGreaterThan', [
    member(
      'quantity_is_greater_than',
      [q, q],
      boolType,
      onTwo((left, right) => left.cmp(right) > 0),
    ),
  ]),
  declare('isLessThan', [
    member(
      'quantity_is_less_than',
      [q, q],
      boolType,
      onTwo((left, right) => left.cmp(right) < 0),
    ),
  ]),
  declare('compareTo', [
    member(
      'quantity_compare_to',
      [q, q],
      intType,
      onTwo((left, right) => BigInt(Math.sign(left.cmp(right)))),
    ),
  ]),
  declare('asApproximateFloat', [
    member(
      'quantity_get_float',
      [q],
      doubleType,
      on((quantity) => quantity.toNumber()),
    ),
  ]),
  declare('asInteger', [
    member(
      'quantity_get_int',
      [q],
      intType,
      on((quantity) => asInteger(quantity) ?? new CelFailure('cannot convert value to integer')),
    ),
  ]),
  declare('isInteger', [
    member(
      'quantity_is_integer',
      [q],
      boolType,
      on((quantity) => asInteger(quantity) !== undefined),
    ),
  ]),
  declare('add', [member('quantity_add', [q, q], q, add), member('quantity_add_int', [q, intType], q, add)]),
  declare('sub', [member('quantity_sub', [q, q], q, sub), member('quantity_sub_int', [q, intType], q, sub)]),
]
