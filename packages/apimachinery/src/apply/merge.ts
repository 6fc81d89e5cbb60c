import { setKey } from '../meta/deep.ts'
import { itemElement, type PathElement } from './path-element.ts'
import { type ApplyList, type ApplyMap, type ApplySchema, asList, asMap, memberSchema, shapeOf } from './schema.ts'

/**
 * What comes of an object when a partial one is laid over it: fields of the partial one win, nothing is removed, and
 * lists stand in its order where it says one. Both must have been validated. As upstream: structured-merge-diff,
 * `TypedValue.Merge`.
 */
export function mergeTyped(schema: ApplySchema, base: unknown, partial: unknown): unknown {
  const shape = partial === undefined ? shapeOf(schema, base) : shapeOf(schema, partial)
  if (shape === 'map' && schema.map) return mergeMaps(schema.map, base, partial)
  if (shape === 'list' && schema.list) return mergeLists(schema.list, base, partial)
  return later(base, partial)
}

const later = (base: unknown, partial: unknown): unknown => (partial === undefined ? base : partial)

function mergeMaps(map: ApplyMap, base: unknown, partial: unknown): unknown {
  const [left, right] = [asMap(base), asMap(partial)]
  const size = (value: object | undefined) => (value ? Object.keys(value).length : 0)
  if (map.atomic || (size(left) === 0 && size(right) === 0)) return later(base, partial)
  const out: Record<string, unknown> = {}
  let some = false
  const put = (key: string, value: unknown) => {
    if (value === undefined) return
    setKey(out, key, value)
    some = true
  }
  for (const key of Object.keys(left ?? {})) put(key, mergeMember(map, key, left?.[key], own(right, key)))
  for (const key of Object.keys(right ?? {})) {
    if (own(left, key) === undefined) put(key, mergeMember(map, key, undefined, right?.[key]))
  }
  return some ? out : undefined
}

const own = (value: Readonly<Record<string, unknown>> | undefined, key: string): unknown =>
  value && Object.hasOwn(value, key) ? value[key] : undefined

function mergeMember(map: ApplyMap, key: string, base: unknown, partial: unknown): unknown {
  if (base === undefined && partial === undefined) return undefined
  const schema = memberSchema(map, key)
  return schema ? mergeTyped(schema, base, partial) : later(base, partial)
}

function mergeLists(list: ApplyList, base: unknown, partial: unknown): unknown {
  const [left, right] = [asList(base), asList(partial)]
  if (list.atomic || (!left?.length && !right?.length)) return later(base, partial)
  return new ListMerge(list, left ?? [], right ?? []).run()
}

/** Items of both sides one after another: those that both have in the order of the right side. */
class ListMerge {
  readonly #list: ApplyList
  readonly #left: readonly unknown[]
  readonly #leftElements: readonly PathElement[]
  readonly #rightElements: readonly PathElement[]
  /** By element; of those that are there twice, null, for they do not merge with a new item. */
  readonly #leftItems = new Map<PathElement, unknown>()
  readonly #rightItems = new Map<PathElement, unknown>()
  readonly #out: unknown[] = []

  constructor(list: ApplyList, left: readonly unknown[], right: readonly unknown[]) {
    this.#list = list
    this.#left = left
    this.#leftElements = left.map((item) => itemElement(list, item))
    this.#rightElements = right.map((item) => itemElement(list, item))
    for (const [i, element] of this.#leftElements.entries()) {
      this.#leftItems.set(element, this.#leftItems.has(element) ? null : left[i])
    }
    for (const [i, element] of this.#rightElements.entries()) this.#rightItems.set(element, right[i])
  }

  run(): unknown[] | undefined {
    const shared = this.#rightElements.filter((element) => this.#leftItems.has(element))
    const merged = new Set<PathElement>()
    let next = shared.shift()
    for (let l = 0, r = 0; l < this.#leftElements.length || r < this.#rightElements.length; ) {
      const left = this.#leftElements[l]
      const right = this.#rightElements[r]
      if (left !== undefined && right !== undefined) {
        if (left === right) {
          merged.add(left)
          this.#push(this.#leftItems.get(left), this.#rightItems.get(right))
          l++
          r++
          next = shared.shift()
          continue
        }
        if (this.#rightItems.has(left) && next !== undefined && next !== left) {
          // Both have it, but it is another one's turn.
          l++
          continue
        }
      }
      if (left !== undefined) {
        if (!this.#rightItems.has(left)) {
          this.#push(this.#left[l], undefined)
          l++
          continue
        }
        if (merged.has(left)) l++
      }
      if (right !== undefined) {
        merged.add(right)
        this.#push(this.#leftItems.get(right), this.#rightItems.get(right))
        r++
        if (next === right) next = shared.shift()
      }
    }
    return this.#out.length > 0 ? this.#out : undefined
  }

  #push(left: unknown, right: unknown): void {
    const item = mergeTyped(this.#list.item, left, right)
    if (item !== undefined) this.#out.push(item)
  }
}
