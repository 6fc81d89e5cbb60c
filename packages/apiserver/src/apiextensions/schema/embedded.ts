import {
  child,
  decodeTyped,
  type FieldError,
  fieldInvalid,
  fieldRequired,
  index,
  isDNS1035Label,
  isMap,
  validateObjectMeta,
} from '@wherry/apimachinery'
import type { ObjectMeta } from '@wherry/api'
import { additionalOf, isEmbedded, itemsOf, propertyOf, type Schema, someSchema } from './schema.ts'

type Errors = (value: unknown, path: string) => FieldError[]

/** Checks type and metadata of embedded resources. As upstream: apiextensions-apiserver, `schema/objectmeta`. */
export function compileEmbedded(schema: Schema | undefined): Errors {
  // Most schemas embed nothing: then nobody walks through the objects.
  if (!schema || !someSchema(schema, isEmbedded)) return () => []
  return (value, path) => errorsOf(value, schema, path)
}

function errorsOf(value: unknown, schema: Schema | undefined, path: string): FieldError[] {
  if (!schema) return []
  if (Array.isArray(value)) {
    const items = itemsOf(schema)
    return value.flatMap((item, at) => errorsOf(item, items, index(path, at)))
  }
  if (!isMap(value)) return []
  const errors = isEmbedded(schema) ? embeddedErrors(value, path) : []
  const additional = additionalOf(schema)
  for (const [name, member] of Object.entries(value)) {
    const property = propertyOf(schema, name)
    if (property) errors.push(...errorsOf(member, property, child(path, name)))
    else if (additional !== undefined && additional !== 'any') {
      errors.push(...errorsOf(member, additional, index(path, name)))
    }
  }
  return errors
}

/** What an object must say of itself, wherever it stands. */
export function embeddedErrors(object: Record<string, unknown>, path: string): FieldError[] {
  const { apiVersion, kind } = object
  const errors: FieldError[] = []
  for (const name of ['apiVersion', 'kind']) {
    if (!Object.hasOwn(object, name)) errors.push(fieldRequired(child(path, name)))
  }
  if (Object.hasOwn(object, 'apiVersion')) errors.push(...apiVersionErrors(apiVersion, child(path, 'apiVersion')))
  if (Object.hasOwn(object, 'kind')) errors.push(...kindErrors(kind, child(path, 'kind')))
  if (Object.hasOwn(object, 'metadata')) errors.push(...metadataErrors(object.metadata, child(path, 'metadata')))
  return errors
}

function apiVersionErrors(value: unknown, path: string): FieldError[] {
  if (typeof value !== 'string') return [fieldInvalid(path, value, 'must be a string')]
  if (value === '') return [fieldInvalid(path, value, 'must not be empty')]
  if (value.split('/').length <= 2) return []
  return [fieldInvalid(path, value, `unexpected GroupVersion string: ${value}`)]
}

function kindErrors(value: unknown, path: string): FieldError[] {
  if (typeof value !== 'string') return [fieldInvalid(path, value, 'must be a string')]
  if (value === '') return [fieldInvalid(path, value, 'must not be empty')]
  const refused = isDNS1035Label(value.toLowerCase())
  if (refused.length === 0) return []
  return [fieldInvalid(path, value, `may have mixed case, but should otherwise match: ${refused.join(',')}`)]
}

function metadataErrors(value: unknown, path: string): FieldError[] {
  let meta: ObjectMeta
  try {
    meta = decodeTyped('apimachinery.pkg.apis.meta.v1.ObjectMeta', value).object
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return [fieldInvalid(path, value, cause instanceof Error ? cause.message : String(cause))]
  }
  const named = { ...meta, name: meta.name || 'fakename' }
  return validateObjectMeta(named, { namespaced: Boolean(meta.namespace), validateName: pathSegmentErrors }, path)
}

function pathSegmentErrors(name: string, prefix: boolean): string[] {
  if (!prefix && (name === '.' || name === '..')) return [`may not be '${name}'`]
  return ['/', '%'].filter((char) => name.includes(char)).map((char) => `may not contain '${char}'`)
}
