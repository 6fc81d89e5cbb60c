import { equal } from '../values/equality.ts'
import { ArrayList, CelFailure, CelList, CelMap, type Value } from '../values/value.ts'
import { canonicalKey, contains } from '../values/map.ts'
import { escapeName } from './escaping.ts'

export type Read = (item: unknown) => Value

/** A JSON array whose items are read when they are asked for, once each. */
class JsonList extends CelList {
  readonly #items: readonly unknown[]
  readonly #read: Read
  readonly #known: Value[] = []

  constructor(items: readonly unknown[], read: Read) {
    super()
    this.#items = items
    this.#read = read
  }

  get size(): number {
    return this.#items.length
  }

  get(index: number): Value {
    const known = this.#known[index]
    if (known !== undefined) return known
    const value = this.#read(this.#items[index])
    this.#known[index] = value
    return value
  }
}

export const plainList = (items: readonly unknown[], read: Read): CelList => new JsonList(items, read)

/** x-kubernetes-list-type set: equal without regard to order; `+` is the union. */
class SetList extends JsonList {
  override equals(other: CelList): boolean {
    if (this.size !== other.size) return false
    const wanted = new Set([...this].map(setKey))
    const seen = new Set([...other].map(setKey))
    return wanted.size === seen.size && [...wanted].every((key) => seen.has(key))
  }

  override concat(other: CelList): Value {
    return unionOf([...this], other)
  }
}

const setKey = (value: Value): string => canonicalKey(value) ?? `o${describe(value)}`

function describe(value: Value): string {
  if (value instanceof CelList) return `[${[...value].map(setKey).join(',')}]`
  if (value instanceof CelMap) {
    return `{${[...value.keys()]
      .map((key) => `${setKey(key)}:${setKey(value.find(key) ?? null)}`)
      .toSorted()
      .join(',')}}`
  }
  return String(value)
}

function unionOf(values: Value[], other: Iterable<Value>): Value {
  for (const item of other) if (!contains(values, item)) values.push(item)
  return new UnionList(values)
}

/** What `+` made of a set: still a set. */
class UnionList extends ArrayList {
  override concat(other: CelList): Value {
    return unionOf([...this.values], other)
  }

  override equals(other: CelList): boolean {
    return this.size === other.size && this.values.every((value) => contains(other, value))
  }
}

export const setList = (items: readonly unknown[], read: Read): CelList => new SetList(items, read)

type KeyOf = (value: Value) => string

function keyReader(keys: readonly string[]): KeyOf {
  const escaped = keys.map((key) => escapeName(key) ?? key)
  return (value) => {
    if (!(value instanceof CelMap)) return `!${String(value)}`
    return JSON.stringify(escaped.map((key) => canonicalKey(value.find(key) ?? null) ?? null))
  }
}

function equalByKey(own: Iterable<Value>, other: CelList, keyOf: KeyOf): boolean {
  const byKey = new Map([...own].map((item) => [keyOf(item), item]))
  const seen = new Set<string>()
  for (const item of other) {
    const key = keyOf(item)
    const match = byKey.get(key)
    if (match === undefined || match instanceof CelFailure || !equal(match, item)) return false
    seen.add(key)
  }
  return seen.size === byKey.size
}

/** Places are kept, values with a key of the other list are its, and what is new comes after. */
function mergeByKey(own: Iterable<Value>, other: Iterable<Value>, keyOf: KeyOf): Value {
  const byKey = new Map([...own].map((item) => [keyOf(item), item]))
  for (const item of other) byKey.set(keyOf(item), item)
  return new MergedList([...byKey.values()], keyOf)
}

/** x-kubernetes-list-type map: equal without regard to order; `+` merges by key. */
class KeyedJsonList extends JsonList {
  readonly #keyOf: KeyOf

  constructor(items: readonly unknown[], read: Read, keys: readonly string[]) {
    super(items, read)
    this.#keyOf = keyReader(keys)
  }

  override equals(other: CelList): boolean {
    return this.size === other.size && equalByKey(this, other, this.#keyOf)
  }

  override concat(other: CelList): Value {
    return mergeByKey(this, other, this.#keyOf)
  }
}

class MergedList extends ArrayList {
  readonly #keyOf: KeyOf

  constructor(values: readonly Value[], keyOf: KeyOf) {
    super(values)
    this.#keyOf = keyOf
  }

  override equals(other: CelList): boolean {
    return this.size === other.size && equalByKey(this, other, this.#keyOf)
  }

  override concat(other: CelList): Value {
    return mergeByKey(this, other, this.#keyOf)
  }
}

export const keyedList = (items: readonly unknown[], read: Read, keys: readonly string[]): CelList =>
  new KeyedJsonList(items, read, keys)
