import { child, type FieldError, fieldForbidden, fieldInvalid, fieldRequired, index } from '@wherry/apimachinery'
import { hasDefault, itemsOf, propertyOf, type Schema } from '../schema/schema.ts'

/** Items of sets must be owned as a whole. */
export function setItemErrors(schema: Schema, path: string): FieldError[] {
  const items = itemsOf(schema)
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set'
  if (items?.type === 'array') {
    const type = items['x-kubernetes-list-type']
    if (type === undefined || type === 'atomic') return []
    return [fieldInvalid(child(child(path, 'items'), 'x-kubernetes-list-type'), type, detail)]
  }
  if (items?.type !== 'object' || items['x-kubernetes-map-type'] === 'atomic') return []
  const type = items['x-kubernetes-list-type'] ?? null
  return [fieldInvalid(child(child(path, 'items'), 'x-kubernetes-map-type'), type, detail)]
}

/** The keys of lists of type `map`: scalar properties of the items, each once, that are always there. */
export function mapKeyErrors(schema: Schema, path: string, requireAlways: boolean): FieldError[] {
  const type = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const at = { type: child(path, 'x-kubernetes-list-type'), keys: child(path, 'x-kubernetes-list-map-keys') }
  const errors: FieldError[] = []
  if (keys.length > 0 && type !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty'
    errors.push(type === undefined ? fieldRequired(at.type, detail) : fieldInvalid(at.type, type, detail))
  }
  const items = itemsOf(schema)
  const itemsPath = child(path, 'items')
  if (type === 'map') {
    if (keys.length === 0) errors.push(fieldRequired(at.keys, 'must not be empty if x-kubernetes-list-type is map'))
    if (schema.items === undefined) {
      errors.push(fieldRequired(itemsPath, 'must have a schema if x-kubernetes-list-type is map'))
    } else if (!items) {
      const detail = 'must only have a single schema if x-kubernetes-list-type is map'
      errors.push(fieldInvalid(itemsPath, schema.items, detail))
    } else if (items.type !== 'object') {
      const detail = "must be object if parent array's x-kubernetes-list-type is map"
      errors.push(fieldInvalid(child(itemsPath, 'type'), items.type ?? '', detail))
    } else errors.push(...keyErrors(keys, items, itemsPath, at.keys))
  }
  if (requireAlways && items && (type === 'map' || type === 'set'))
    errors.push(...presenceErrors(schema, items, itemsPath))
  return errors
}

function keyErrors(keys: readonly string[], items: Schema, itemsPath: string, keysPath: string): FieldError[] {
  const errors: FieldError[] = []
  for (const [i, key] of keys.entries()) {
    const property = propertyOf(items, key)
    if (!property) errors.push(fieldInvalid(keysPath, keys, 'entries must all be names of item properties'))
    else if (property.type === 'array' || property.type === 'object') {
      const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map"
      const place = child(index(child(itemsPath, 'properties'), key), 'type')
      errors.push(fieldInvalid(place, items.type, detail))
    }
    if (keys.indexOf(key) < i) errors.push(fieldInvalid(keysPath, keys, 'must not contain duplicate entries'))
  }
  return errors
}

function presenceErrors(schema: Schema, items: Schema, itemsPath: string): FieldError[] {
  const type = schema['x-kubernetes-list-type'] ?? ''
  const errors: FieldError[] = []
  if (items.nullable) {
    const detail = `cannot be nullable when x-kubernetes-list-type is ${type}`
    errors.push(fieldForbidden(child(itemsPath, 'nullable'), detail))
  }
  if (type !== 'map') return errors
  for (const key of schema['x-kubernetes-list-map-keys'] ?? []) {
    const property = propertyOf(items, key)
    if (!property) continue
    const at = index(child(itemsPath, 'properties'), key)
    const what = 'this property is in x-kubernetes-list-map-keys, so it'
    if (!items.required?.includes(key) && !hasDefault(property)) {
      errors.push(fieldRequired(child(at, 'default'), `${what} must have a default or be a required property`))
    }
    if (property.nullable) errors.push(fieldForbidden(child(at, 'nullable'), `${what} cannot be nullable`))
  }
  return errors
}

/** Whether a schema breaks the rules of keys, as those of old may. */
export function hasLooseKeys(schema: Schema): boolean {
  const items = itemsOf(schema)
  const type = schema['x-kubernetes-list-type']
  return items !== undefined && (type === 'map' || type === 'set') && presenceErrors(schema, items, '').length > 0
}

/** Whether a schema is a set of items that are not owned as a whole. */
export function isLooseSet(schema: Schema): boolean {
  return schema['x-kubernetes-list-type'] === 'set' && setItemErrors(schema, '').length > 0
}
