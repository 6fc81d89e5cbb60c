import { setKey } from '../meta/deep.ts'
import { type FieldSet, hasChildren, isMember, nodeOf } from './field-set.ts'
import { fieldElement, itemElement } from './path-element.ts'
import { type ApplyList, type ApplyMap, type ApplySchema, asList, asMap, memberSchema, shapeOf } from './schema.ts'

/** The value without the fields and items of the set. As upstream: structured-merge-diff, `TypedValue.RemoveItems`. */
export function removeItems(schema: ApplySchema, value: unknown, items: FieldSet): unknown {
  return new ItemWalker(false).walk(schema, value, items)
}

/** Only the fields and items of the set, without what they hold that the set does not. As upstream: `ExtractItems`. */
export function extractItems(schema: ApplySchema, value: unknown, items: FieldSet): unknown {
  return new ItemWalker(true).walk(schema, value, items)
}

class ItemWalker {
  readonly #extract: boolean

  constructor(extract: boolean) {
    this.#extract = extract
  }

  walk(schema: ApplySchema, value: unknown, items: FieldSet): unknown {
    const shape = shapeOf(schema, value)
    if (shape === 'map' && schema.map) return this.#map(schema.map, value, items)
    if (shape === 'list' && schema.list) return this.#list(schema.list, value, items)
    return value
  }

  #list(list: ApplyList, value: unknown, items: FieldSet): unknown {
    const from = asList(value)
    if (!from) return undefined
    if (from.length === 0 || list.atomic) return this.#extract ? value : undefined
    const kept: unknown[] = []
    let touched = false
    for (const item of from) {
      const node = nodeOf(items, itemElement(list, item))
      const below = node && hasChildren(node) ? node : undefined
      if (this.#extract ? !node : isMember(node)) continue
      if (below) touched = true
      kept.push(below ? this.#inner(list.item, item, below) : item)
    }
    return kept.length > 0 || (touched && !this.#extract) ? kept : undefined
  }

  #map(map: ApplyMap, value: unknown, items: FieldSet): unknown {
    const from = asMap(value)
    if (!from) return undefined
    if (Object.keys(from).length === 0 || map.atomic) return this.#extract ? value : undefined
    const kept: Record<string, unknown> = {}
    let some = false
    for (const key of Object.keys(from)) {
      const rest = this.#member(map, key, from[key], items)
      if (rest !== gone) setKey(kept, key, rest)
      some ||= rest !== gone
    }
    return some ? kept : undefined
  }

  #member(map: ApplyMap, key: string, value: unknown, items: FieldSet): unknown {
    const node = nodeOf(items, fieldElement(key))
    const schema = memberSchema(map, key)
    if (isMember(node)) return this.#extract && schema ? (this.walk(schema, value, items) ?? null) : gone
    if (hasChildren(node) && node) return schema ? this.#inner(schema, value, node) : value
    return this.#extract ? gone : value
  }

  /** What is left of a value within another one: an empty object or list, where all that was in it is gone. */
  #inner(schema: ApplySchema, value: unknown, items: FieldSet): unknown {
    const rest = this.walk(schema, value, items)
    if (rest !== undefined && rest !== null) return rest
    if (this.#extract) return null
    return Array.isArray(value) ? [] : asMap(value) ? {} : null
  }
}

const gone = Symbol('gone')
