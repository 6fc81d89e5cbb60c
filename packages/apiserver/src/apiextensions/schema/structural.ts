import {
  child,
  compareUtf8,
  deepEqual,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
  formatFieldError,
  index,
} from '@wherry/apimachinery'
import { compilePattern } from './patterns.ts'
import {
  additionalOf,
  asSchema,
  isEmbedded,
  isIntOrString,
  isPreserving,
  itemsOf,
  propertyOf,
  type Schema,
} from './schema.ts'

type Level = 'root' | 'item' | 'field'

/**
 * What keeps a schema from being structural: a type for everything, value validation that adds no structure of its own.
 * As upstream: apiextensions-apiserver, `ValidateStructural`; in the order of the messages.
 */
export function structuralErrors(schema: Schema, path: string): FieldError[] {
  const errors = [...invariants(schema, 'root', path), ...completeness(schema, schema, path, path)]
  return errors
    .map((error) => ({ error, text: formatFieldError(error) }))
    .sort((a, b) => compareUtf8(a.text, b.text))
    .map(({ error }) => error)
}

function invariants(schema: Schema | undefined, level: Level, path: string): FieldError[] {
  if (!schema) return []
  const errors: FieldError[] = []
  const { type = '', properties = {} } = schema
  const items = itemsOf(schema)
  if (type === 'array' && !items) errors.push(fieldRequired(child(path, 'items'), 'must be specified'))
  errors.push(...invariants(items, 'item', child(path, 'items')))
  for (const [name, property] of Object.entries(properties)) {
    errors.push(...invariants(property, 'field', index(child(path, 'properties'), name)))
  }
  const additional = additionalOf(schema)
  if (additional !== undefined) {
    const at = child(path, 'additionalProperties')
    if (level === 'root') errors.push(fieldForbidden(at, 'must not be used at the root'))
    if (additional !== 'any') errors.push(...invariants(additional, 'field', at))
  }
  errors.push(...extensionErrors(schema, path))
  errors.push(
    ...valueErrors(schema, isIntOrStringPair(schema.anyOf), isIntOrStringPair(schema.allOf?.[0]?.anyOf), path),
  )
  errors.push(...typeErrors(schema, level, path))
  if (level === 'root' || isEmbedded(schema)) {
    for (const name of ['kind', 'apiVersion']) {
      const property = propertyOf(schema, name)
      if (property && property.type !== 'string') {
        const at = child(index(child(path, 'properties'), name), 'type')
        errors.push(fieldInvalid(at, property.type ?? '', 'must be string'))
      }
    }
  }
  const metadata = propertyOf(schema, 'metadata')
  if (metadata)
    errors.push(...metadataErrors(metadata, level, isEmbedded(schema), index(child(path, 'properties'), 'metadata')))
  if (isEmbedded(schema) && !isPreserving(schema) && Object.keys(properties).length === 0) {
    const detail =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields'
    errors.push(fieldRequired(child(path, 'properties'), detail))
  }
  return errors
}

function typeErrors(schema: Schema, level: Level, path: string): FieldError[] {
  const { type = '' } = schema
  const at = child(path, 'type')
  const errors: FieldError[] = []
  if (isEmbedded(schema) && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true'
    errors.push(type === '' ? fieldRequired(at, detail) : fieldInvalid(at, type, detail))
  } else if (type === '' && !isIntOrString(schema) && !isPreserving(schema)) {
    const where =
      level === 'root' ? 'at the root' : level === 'item' ? 'for specified array items' : 'for specified object fields'
    errors.push(fieldRequired(at, `must not be empty ${where}`))
  }
  if (isEmbedded(schema) && additionalOf(schema) !== undefined) {
    const detail = 'must not be used if x-kubernetes-embedded-resource is set'
    errors.push(fieldForbidden(child(path, 'additionalProperties'), detail))
  }
  if (level === 'root' && type !== '' && type !== 'object')
    errors.push(fieldInvalid(at, type, 'must be object at the root'))
  return errors
}

/** At the root only the names of objects can be restricted: the rest of metadata is given. */
function metadataErrors(metadata: Schema, level: Level, embedded: boolean, path: string): FieldError[] {
  const errors: FieldError[] = []
  if ((level === 'root' || embedded) && metadata.type !== 'object') {
    errors.push(fieldInvalid(child(path, 'type'), metadata.type ?? '', 'must be object'))
  }
  if (level !== 'root') return errors
  const { type: _type, default: _default, properties = {}, ...rest } = metadata
  const others = Object.keys(properties).some((name) => name !== 'name' && name !== 'generateName')
  const said = Object.values(rest).some((value) => value !== undefined && value !== false && value !== '')
  if (others || said) {
    const detail = 'must not specify anything other than name and generateName, but metadata is implicitly specified'
    errors.push(fieldForbidden(path, detail))
  }
  return errors
}

const pair = [{ type: 'integer' }, { type: 'string' }]

function isIntOrStringPair(list: Schema['anyOf']): boolean {
  return list !== undefined && deepEqual(list, pair)
}

function extensionErrors(schema: Schema, path: string): FieldError[] {
  if (!isIntOrString(schema)) return []
  const detail = 'must be false if x-kubernetes-int-or-string is true'
  return [
    ...(isPreserving(schema) ? [fieldInvalid(child(path, 'x-kubernetes-preserve-unknown-fields'), true, detail)] : []),
    ...(isEmbedded(schema) ? [fieldInvalid(child(path, 'x-kubernetes-embedded-resource'), true, detail)] : []),
  ]
}

function valueErrors(schema: Schema, skipAnyOf: boolean, skipFirst: boolean, path: string): FieldError[] {
  const errors: FieldError[] = []
  const nested = (list: Schema['anyOf'], name: string, skip: (at: number) => boolean) => {
    for (const [at, one] of (list ?? []).entries()) {
      errors.push(...nestedErrors(one, skip(at), index(child(path, name), at)))
    }
  }
  if (!skipAnyOf) nested(schema.anyOf, 'anyOf', () => false)
  nested(schema.allOf, 'allOf', (at) => skipFirst && at === 0)
  nested(schema.oneOf, 'oneOf', () => false)
  if (schema.not) errors.push(...nestedErrors(schema.not, false, child(path, 'not')))
  if (schema.pattern) {
    const compiled = compilePattern(schema.pattern)
    if ('error' in compiled) {
      const detail = `must be a valid regular expression, but isn't: ${compiled.error}`
      errors.push(fieldInvalid(child(path, 'pattern'), schema.pattern, detail))
    }
  }
  return errors
}

/** What may not stand below `anyOf` and its like, with what is said of it. */
const forbiddenNested: readonly (readonly [name: keyof Schema & string, detail: string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
]

function nestedErrors(schema: Schema, skipAnyOf: boolean, path: string): FieldError[] {
  const errors = valueErrors(schema, skipAnyOf, false, path)
  const items = itemsOf(schema)
  if (items) errors.push(...nestedErrors(items, false, child(path, 'items')))
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    errors.push(...nestedErrors(property, false, index(child(path, 'properties'), name)))
  }
  for (const [name, detail] of forbiddenNested) {
    const value: unknown = schema[name]
    const empty =
      value === undefined ||
      value === null ||
      value === '' ||
      value === false ||
      (Array.isArray(value) && value.length === 0)
    if (!empty) errors.push(fieldForbidden(child(path, name), detail))
  }
  if (propertyOf(schema, 'metadata')) {
    errors.push(
      fieldForbidden(index(child(path, 'properties'), 'metadata'), 'must not be specified in a nested context'),
    )
  }
  return errors
}

/** Everything that value validation speaks of must have a structure. */
function completeness(value: Schema, schema: Schema | undefined, at: string, from: string): FieldError[] {
  const errors: FieldError[] = []
  for (const name of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const [i, one] of (value[name] ?? []).entries()) {
      errors.push(...nestedCompleteness(one, schema, at, index(child(from, name), i)))
    }
  }
  if (value.not) errors.push(...nestedCompleteness(value.not, schema, at, child(from, 'not')))
  return errors
}

function nestedCompleteness(value: Schema, schema: Schema | undefined, at: string, from: string): FieldError[] {
  if (!schema) return [fieldRequired(at, `because it is defined in ${from}`)]
  const errors = completeness(value, schema, at, from)
  const items = itemsOf(value)
  if (items) errors.push(...nestedCompleteness(items, itemsOf(schema), child(at, 'items'), child(from, 'items')))
  for (const [name, property] of Object.entries(value.properties ?? {})) {
    const [place, origin] = [index(child(at, 'properties'), name), index(child(from, 'properties'), name)]
    const structure = asSchema(propertyOf(schema, name))
    errors.push(...nestedCompleteness(property, structure, place, origin))
  }
  return errors
}
