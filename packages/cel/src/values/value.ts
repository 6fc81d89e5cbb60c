import {
  boolType,
  bytesType,
  CelType,
  doubleType,
  durationType,
  dynType,
  errorType,
  intType,
  listType,
  mapType,
  nullType,
  optionalType,
  stringType,
  timestampType,
  typeType,
  uintType,
} from '../types/types.ts'

/**
 * What an expression evaluates to. An int is a bigint and a double a number, so that the two are never confused;
 * errors are values too, because `||`, `&&` and the macros on them absorb errors.
 */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | CelUint
  | Timestamp
  | Duration
  | CelList
  | CelMap
  | CelType
  | Optional
  | Opaque
  | CelFailure

export class CelUint {
  readonly value: bigint

  constructor(value: bigint) {
    this.value = value
  }
}

/** A point in time: nanoseconds since 1970. */
export class Timestamp {
  readonly nanos: bigint

  constructor(nanos: bigint) {
    this.nanos = nanos
  }
}

export class Duration {
  readonly nanos: bigint

  constructor(nanos: bigint) {
    this.nanos = nanos
  }
}

/** An evaluation went wrong; `message` is cel-go's text. */
export class CelFailure {
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

export abstract class CelList {
  abstract readonly size: number
  /** The element at an index from 0 to size - 1. */
  abstract get(index: number): Value

  *[Symbol.iterator](): Generator<Value> {
    for (let i = 0; i < this.size; i++) yield this.get(i)
  }

  /** The elements of this list and of another; lists with keys merge. */
  concat(other: CelList): Value {
    return new ArrayList([...this, ...other])
  }

  /** Whether the two are the same; undefined where only the elements, in order, decide. */
  equals(_other: CelList): boolean | undefined {
    return undefined
  }
}

export class ArrayList extends CelList {
  readonly values: readonly Value[]

  constructor(values: readonly Value[]) {
    super()
    this.values = values
  }

  get size(): number {
    return this.values.length
  }

  get(index: number): Value {
    return this.values[index] ?? null
  }
}

/** A map, or an object with fields, which is the same to an expression once types are checked. */
export abstract class CelMap {
  abstract readonly size: number
  abstract keys(): Iterable<Value>
  /** The value of a key; undefined where there is none; a failure where this can be no key. */
  abstract find(key: Value): Value | undefined

  /** Whether `has(map.field)` holds. */
  isSet(field: string): boolean {
    return this.find(field) !== undefined
  }

  /** The name of an object's type; undefined for a map. */
  get typeName(): string | undefined {
    return undefined
  }
}

export class Optional {
  readonly value: Value | undefined

  constructor(value: Value | undefined) {
    this.value = value
  }
}

export const none = new Optional(undefined)

/** A value of a type that only functions understand. */
export abstract class Opaque {
  abstract readonly type: CelType
  abstract equals(other: Opaque): boolean
  abstract toString(): string

  /** What `size()` would give, for costs; undefined where it has none. */
  get size(): number | undefined {
    return undefined
  }
}

const anyList = listType(dynType)
const anyMap = mapType(dynType, dynType)
const anyOptional = optionalType(dynType)

/** The type of a value, as `type(x)` and messages of missing overloads know it. */
export function typeOf(value: Value): CelType {
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
  }
  if (value === null) return nullType
  if (value instanceof CelMap) return value.typeName === undefined ? anyMap : new CelType('struct', value.typeName)
  if (value instanceof CelList) return anyList
  if (value instanceof CelUint) return uintType
  if (value instanceof Uint8Array) return bytesType
  if (value instanceof Timestamp) return timestampType
  if (value instanceof Duration) return durationType
  if (value instanceof Optional) return anyOptional
  if (value instanceof CelType) return typeType
  if (value instanceof CelFailure) return errorType
  return value.type
}

const noOverload = new CelFailure('no such overload')

export const noSuchOverload = (): CelFailure => noOverload

/** `no such overload: name(int, string)`. */
export function noSuchOverloadOf(name: string, args: readonly Value[]): CelFailure {
  return new CelFailure(`no such overload: ${name}(${args.map((arg) => typeOf(arg).name).join(', ')})`)
}

/** The number of code points, which is what `size()` of a string is. */
export function codePointCount(text: string): number {
  let count = text.length
  for (let i = 0; i < text.length - 1; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0xd800 && unit <= 0xdbff) {
      const next = text.charCodeAt(i + 1)
      if (next >= 0xdc00 && next <= 0xdfff) {
        count--
        i++
      }
    }
  }
  return count
}
