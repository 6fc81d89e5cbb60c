import { equal } from './equality.ts'
import { CelFailure, CelMap, CelUint, typeOf, type Value } from './value.ts'

/** The same text for keys that are equal; undefined for what can be no key. */
export function canonicalKey(key: Value): string | undefined {
  switch (typeof key) {
    case 'string':
      return `s${key}`
    case 'bigint':
      return `n${key}`
    case 'boolean':
      return `b${key}`
    case 'number':
      return Number.isInteger(key) ? `n${BigInt(key)}` : `d${key}`
    default:
      return key instanceof CelUint ? `n${key.value}` : undefined
  }
}

/** A map that an expression built, in the order in which it was written. */
export class KeyedMap extends CelMap {
  readonly #entries: Map<string, readonly [Value, Value]>

  constructor(entries: Map<string, readonly [Value, Value]> = new Map()) {
    super()
    this.#entries = entries
  }

  get size(): number {
    return this.#entries.size
  }

  *keys(): Generator<Value> {
    for (const [key] of this.#entries.values()) yield key
  }

  find(key: Value): Value | undefined {
    const canonical = canonicalKey(key)
    return canonical === undefined ? undefined : this.#entries.get(canonical)?.[1]
  }

  /** The map with one more entry; fails for a key that is there (cel-go's `InsertMapKeyValue`). */
  with(key: Value, value: Value): CelMap | CelFailure {
    const canonical = canonicalKey(key)
    if (canonical === undefined) return new CelFailure('unsupported key type')
    if (this.#entries.has(canonical)) return new CelFailure(`insert failed: key ${String(key)} already exists`)
    return new KeyedMap(new Map([...this.#entries, [canonical, [key, value]]]))
  }
}

/** Collects the entries of `{k: v}`; the last of two equal keys holds. */
export class MapBuilder {
  readonly #entries = new Map<string, readonly [Value, Value]>()

  set(key: Value, value: Value): CelFailure | undefined {
    const canonical = canonicalKey(key)
    if (canonical === undefined) return new CelFailure(`unsupported key type: ${typeOf(key).name}`)
    this.#entries.set(canonical, [key, value])
    return undefined
  }

  delete(key: Value): void {
    const canonical = canonicalKey(key)
    if (canonical !== undefined) this.#entries.delete(canonical)
  }

  build(): KeyedMap {
    return new KeyedMap(this.#entries)
  }
}

/** An object that an expression built: `Object.spec{replicas: 3}`. Absent fields are not set. */
export class StructValue extends CelMap {
  readonly #typeName: string
  readonly #fields: ReadonlyMap<string, Value>

  constructor(typeName: string, fields: ReadonlyMap<string, Value>) {
    super()
    this.#typeName = typeName
    this.#fields = fields
  }

  override get typeName(): string {
    return this.#typeName
  }

  get size(): number {
    return this.#fields.size
  }

  keys(): Iterable<Value> {
    return this.#fields.keys()
  }

  find(key: Value): Value | undefined {
    return typeof key === 'string' ? this.#fields.get(key) : undefined
  }
}

/** Whether a list holds a value. */
export function contains(list: Iterable<Value>, wanted: Value): boolean {
  for (const item of list) if (equal(item, wanted)) return true
  return false
}
