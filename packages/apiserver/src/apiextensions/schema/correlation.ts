import { deepEqual, isMap, stableStringify } from '@wherry/apimachinery'
import { additionalOf, itemsOf, propertyOf, type Schema } from './schema.ts'

/**
 * A value beside the one that it had before the update. Members of objects belong together by their name, items of lists
 * by their keys, where the list has type `map`. As upstream: apiserver/pkg/cel/common, `CorrelatedObject`.
 */
export class Correlation {
  readonly value: unknown
  readonly old: unknown
  readonly #schema: Schema
  #equal: boolean | undefined
  #byKey: Map<string, unknown> | undefined

  constructor(value: unknown, old: unknown, schema: Schema) {
    this.value = value
    this.old = old
    this.#schema = schema
  }

  /** Whether nothing has changed. */
  get unchanged(): boolean {
    this.#equal ??= deepEqual(this.value, this.old)
    return this.#equal
  }

  /** A member, where it was there before and the schema knows it. */
  key(name: string): Correlation | undefined {
    const { value, old } = this
    if (!isMap(value) || !isMap(old) || !Object.hasOwn(value, name) || !Object.hasOwn(old, name)) return undefined
    const additional = additionalOf(this.#schema)
    const schema = propertyOf(this.#schema, name) ?? (additional === 'any' ? undefined : additional)
    return schema && new Correlation(value[name], old[name], schema)
  }

  /** An item, where one with its keys was there before. */
  index(at: number): Correlation | undefined {
    const { value, old } = this
    const items = itemsOf(this.#schema)
    if (!items || !Array.isArray(value) || !Array.isArray(old)) return undefined
    if (this.#schema['x-kubernetes-list-type'] !== 'map') return undefined
    this.#byKey ??= new Map(old.map((item) => [this.#keyOf(item), item] as const).reverse())
    const before = this.#byKey.get(this.#keyOf(value[at]))
    return before === undefined || before === null ? undefined : new Correlation(value[at], before, items)
  }

  #keyOf(item: unknown): string {
    const keys = this.#schema['x-kubernetes-list-map-keys'] ?? []
    const member = (name: string) => (isMap(item) && Object.hasOwn(item, name) ? item[name] : null)
    return stableStringify(keys.map(member))
  }
}
