import { deepEqual } from '../meta/deep.ts'
import { type FieldFilter, type FieldSet, isEmptySet, SetBuilder } from './field-set.ts'
import { fieldElement, itemElement, type PathElement } from './path-element.ts'
import {
  type ApplyList,
  type ApplyMap,
  type ApplySchema,
  asList,
  asMap,
  memberSchema,
  type Shape,
  shapeOf,
} from './schema.ts'

/** How two values of a type differ; no path is in more than one of the sets. */
export interface Comparison {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

/**
 * Compares two values of a type. Throws `ElementError` for an item of a list that has no key. As upstream:
 * structured-merge-diff, `TypedValue.Compare`.
 */
export function compare(schema: ApplySchema, from: unknown, to: unknown): Comparison {
  const walker = new CompareWalker()
  walker.compare(schema, from, to)
  return { added: walker.added.finish(), modified: walker.modified.finish(), removed: walker.removed.finish() }
}

export const isSameComparison = ({ added, modified, removed }: Comparison): boolean =>
  isEmptySet(added) && isEmptySet(modified) && isEmptySet(removed)

export function filterComparison(comparison: Comparison, filter: FieldFilter | undefined): Comparison {
  if (!filter || isSameComparison(comparison)) return comparison
  return {
    added: filter(comparison.added),
    modified: filter(comparison.modified),
    removed: filter(comparison.removed),
  }
}

class CompareWalker {
  readonly added = new SetBuilder()
  readonly modified = new SetBuilder()
  readonly removed = new SetBuilder()
  readonly #path: PathElement[] = []

  compare(schema: ApplySchema, from: unknown, to: unknown): void {
    if (from === to) return
    const left = shapeOf(schema, from)
    const right = shapeOf(schema, to)
    let leaf: boolean
    if (to === undefined) leaf = this.#visit(left, schema, from, to)
    else if (from === undefined || left === right) leaf = this.#visit(right, schema, from, to)
    else {
      this.#visit(left, schema, from, to)
      leaf = this.#visit(right, schema, from, to)
    }
    if (leaf) return
    if (from === undefined) this.added.insert(this.#path)
    else if (to === undefined) this.removed.insert(this.#path)
  }

  /** Whether the value is a leaf, which is compared as a whole. */
  #visit(shape: Shape, { list, map }: ApplySchema, from: unknown, to: unknown): boolean {
    if (shape === 'map' && map) return this.#map(map, from, to)
    if (shape === 'list' && list) return this.#list(list, from, to)
    return this.#leaf(from, to)
  }

  #leaf(from: unknown, to: unknown): true {
    if (from === undefined) this.added.insert(this.#path)
    else if (to === undefined) this.removed.insert(this.#path)
    else if (!deepEqual(from, to)) this.modified.insert(this.#path)
    return true
  }

  #map(map: ApplyMap, from: unknown, to: unknown): boolean {
    const [left, right] = [asMap(from), asMap(to)]
    if (map.atomic || (isEmptyMap(map, left) && isEmptyMap(map, right))) return this.#leaf(from, to)
    for (const key in left) {
      if (left[key] !== undefined) this.#member(map, key, left[key], memberOf(map, right, key))
    }
    for (const key in right) {
      if (right[key] === undefined || (left && left[key] !== undefined && Object.hasOwn(left, key))) continue
      this.#member(map, key, memberOf(map, left, key), right[key])
    }
    // What upstream's types have even when it says nothing matters where the other side has no such value at all.
    if (!left || !right) {
      const side = left ?? right
      for (const [key, value] of map.present) {
        if (!side || (Object.hasOwn(side, key) && side[key] !== undefined)) continue
        if (left) this.#member(map, key, value, undefined)
        else this.#member(map, key, undefined, value)
      }
    }
    return false
  }

  #member(map: ApplyMap, key: string, from: unknown, to: unknown): void {
    if (from === to) return
    // Nearly all of an object is as it was: to see that at once is cheaper than to walk through it by its schema.
    if (from !== undefined && to !== undefined && typeof from === 'object' && deepEqual(from, to)) return
    const schema = memberSchema(map, key)
    if (schema) this.#descend(fieldElement(key), schema, from, to)
  }

  #descend(element: PathElement, schema: ApplySchema, from: unknown, to: unknown): void {
    this.#path.push(element)
    this.compare(schema, from, to)
    this.#path.pop()
  }

  #list(list: ApplyList, from: unknown, to: unknown): boolean {
    const [left, right] = [asList(from), asList(to)]
    if (list.atomic || (!left?.length && !right?.length)) return this.#leaf(from, to)
    if (left && right && deepEqual(left, right)) return false
    const [lefts, rights] = [byElement(list, left), byElement(list, right)]
    for (const [element, items] of lefts) this.#items(list, element, items, rights.get(element) ?? [])
    for (const [element, items] of rights) if (!lefts.has(element)) this.#items(list, element, [], items)
    return false
  }

  /** Items that are there more than once under one element are compared as one. */
  #items(list: ApplyList, element: PathElement, left: readonly unknown[], right: readonly unknown[]): void {
    if (left.length < 2 && right.length < 2) this.#descend(element, list.item, left[0], right[0])
    else if (left.length > 1 && right.length > 1) {
      if (!deepEqual(left, right)) this.#insert(this.modified, element)
    } else if (left.length > 1) {
      if (right.length > 0) this.#descend(element, list.item, undefined, right[0])
      this.#insert(this.removed, element)
    } else {
      if (left.length > 0) this.#descend(element, list.item, left[0], undefined)
      this.#insert(this.added, element)
    }
  }

  #insert(draft: SetBuilder, element: PathElement): void {
    this.#path.push(element)
    draft.insert(this.#path)
    this.#path.pop()
  }
}

function isEmptyMap({ present }: ApplyMap, value: Readonly<Record<string, unknown>> | undefined): boolean {
  if (!value) return true
  if (present.size > 0) return false
  for (const key in value) if (value[key] !== undefined) return false
  return true
}

function memberOf(map: ApplyMap, value: Readonly<Record<string, unknown>> | undefined, key: string): unknown {
  if (!value) return undefined
  const member = Object.hasOwn(value, key) ? value[key] : undefined
  return member === undefined ? map.present.get(key) : member
}

function byElement(list: ApplyList, items: readonly unknown[] | undefined): Map<PathElement, unknown[]> {
  const found = new Map<PathElement, unknown[]>()
  for (const item of items ?? []) {
    const element = itemElement(list, item)
    const same = found.get(element)
    if (same) same.push(item)
    else found.set(element, [item])
  }
  return found
}
