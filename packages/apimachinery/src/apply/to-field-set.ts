import { type DraftSet, type FieldSet, SetBuilder } from './field-set.ts'
import { fieldElement, itemElement, type PathElement } from './path-element.ts'
import { type ApplyList, type ApplyMap, type ApplySchema, asList, asMap, memberSchema, shapeOf } from './schema.ts'

/** All fields and items that a value mentions. As upstream: structured-merge-diff, `TypedValue.ToFieldSet`. */
export function toFieldSet(schema: ApplySchema, value: unknown): FieldSet {
  const walker = new FieldSetWalker()
  walker.walk(schema, value)
  return walker.set.finish()
}

class FieldSetWalker {
  readonly set = new SetBuilder()
  readonly #path: PathElement[] = []

  walk(schema: ApplySchema, value: unknown): void {
    const shape = shapeOf(schema, value)
    if (shape === 'map' && schema.map) this.#map(schema.map, value)
    else if (shape === 'list' && schema.list) this.#list(schema.list, value)
    else this.set.insert(this.#path)
  }

  #map(map: ApplyMap, value: unknown): void {
    if (map.atomic) {
      this.set.insert(this.#path)
      return
    }
    for (const [key, member] of Object.entries(asMap(value) ?? {})) {
      if (member === undefined) continue
      this.#path.push(fieldElement(key))
      const schema = memberSchema(map, key)
      if (schema) this.walk(schema, member)
      const empty = member === null || (asMap(member) && Object.keys(Object(member)).length === 0)
      if (empty || !map.field(key)) this.set.insert(this.#path)
      this.#path.pop()
    }
  }

  #list(list: ApplyList, value: unknown): void {
    if (list.atomic) {
      this.set.insert(this.#path)
      return
    }
    const items = asList(value) ?? []
    const elements = items.map((item) => itemElement(list, item))
    const seen = new Set<PathElement>()
    const repeated = new Set(elements.filter((element) => seen.has(element) || !seen.add(element)))
    for (const [i, element] of elements.entries()) {
      this.#path.push(element)
      if (!repeated.has(element)) this.walk(list.item, items[i])
      this.set.insert(this.#path)
      this.#path.pop()
    }
  }
}

/**
 * The set with the named fields that lead to something in it: whoever owns `spec.replicas` owns `spec` then, too, but not
 * the key of a map. As upstream: `Set.EnsureNamedFieldsAreMembers`.
 */
export function withNamedFields(schema: ApplySchema | undefined, set: FieldSet): FieldSet {
  const out: DraftSet = {}
  for (const element of Object.keys(set)) {
    const node = set[element]
    if (element === '.' || !node) continue
    const inner = withNamedFields(innerSchema(schema, element), node)
    const named = element.startsWith('f:') && schema?.map?.field(element.slice(2)) !== undefined
    const children = Object.keys(inner).length > 0
    const member = named || '.' in node || !children
    out[element] = children && member ? { '.': {}, ...inner } : { ...inner }
  }
  return out
}

/** The schema of what a path element leads to; undefined where there is none. */
export function innerSchema(schema: ApplySchema | undefined, element: PathElement): ApplySchema | undefined {
  if (element.startsWith('f:')) return schema?.map && memberSchema(schema.map, element.slice(2))
  return element.startsWith('k:') ? schema?.list?.item : undefined
}
