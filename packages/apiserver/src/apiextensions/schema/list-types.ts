import {
  child,
  type FieldError,
  fieldDuplicate,
  fieldInvalid,
  index,
  isMap,
  stableStringify,
} from '@wherry/apimachinery'
import { additionalOf, itemsOf, propertyOf, type Schema } from './schema.ts'

/**
 * Checks that lists of type `set` hold each item once, and those of type `map` each key. As upstream:
 * apiextensions-apiserver, `schema/listtype`.
 */
export function listTypeErrors(value: unknown, schema: Schema | undefined, path = ''): FieldError[] {
  if (!schema) return []
  if (Array.isArray(value)) return listErrors(value, schema, path)
  if (!isMap(value)) return []
  const additional = additionalOf(schema)
  const errors: FieldError[] = []
  for (const [name, member] of Object.entries(value)) {
    if (typeof member !== 'object' || member === null) continue
    if (additional !== undefined && additional !== 'any') {
      errors.push(...listTypeErrors(member, additional, index(path, name)))
    }
    errors.push(...listTypeErrors(member, propertyOf(schema, name), child(path, name)))
  }
  return errors
}

function listErrors(list: readonly unknown[], schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = []
  const type = schema['x-kubernetes-list-type']
  if (type === 'set') {
    for (const at of repeated(list)) errors.push(fieldDuplicate(index(path, at), list[at]))
  } else if (type === 'map') errors.push(...mapErrors(list, schema['x-kubernetes-list-map-keys'] ?? [], path))
  const items = itemsOf(schema)
  if (items) for (const [at, item] of list.entries()) errors.push(...listTypeErrors(item, items, index(path, at)))
  return errors
}

function mapErrors(list: readonly unknown[], keys: readonly string[], path: string): FieldError[] {
  const odd = list.findIndex((item) => item !== null && !isMap(item))
  if (odd >= 0) return [fieldInvalid(index(path, odd), list[odd], 'must be an object for an array of list-type map')]
  const keysOf = (item: unknown) =>
    Object.fromEntries(keys.flatMap((key) => (isMap(item) && Object.hasOwn(item, key) ? [[key, item[key]]] : [])))
  const values = list.map(keysOf)
  return repeated(values).map((at) => fieldDuplicate(index(path, at), values[at]))
}

/** Where a value stands for the second time; a third one is not told again. */
function repeated(list: readonly unknown[]): number[] {
  if (list.length < 2) return []
  const times = new Map<unknown, number>()
  const found: number[] = []
  for (const [at, item] of list.entries()) {
    const key = typeof item === 'object' && item !== null ? stableStringify(item) : item
    // Texts of structures must not meet scalars.
    const id = typeof key === 'string' ? `${typeof item} ${key}` : key
    const before = times.get(id) ?? 0
    times.set(id, before + 1)
    if (before === 1) found.push(at)
  }
  return found
}
