import { type DeepReadonly, isMap } from '@wherry/apimachinery'
import type { JSONSchemaProps } from '@wherry/api'
import type { ServedResource } from '../discovery/served.ts'
import type { JSONObject, JSONValue } from './json.ts'
import type { Prose } from './prose.ts'
import { type Dialect, schemaRef } from './schemas.ts'

type Schema = DeepReadonly<JSONSchemaProps>

const objectMeta = 'apimachinery.pkg.apis.meta.v1.ObjectMeta'
const listMeta = 'apimachinery.pkg.apis.meta.v1.ListMeta'

/** The types of the API that the schemas of custom resources refer to. */
export const customReferences: readonly string[] = [objectMeta, listMeta]

/** The schemas of a custom resource and of its list, by type. As upstream: apiextensions-apiserver, `openapi/builder`. */
export function customSchemas(
  { info, definition }: ServedResource,
  dialect: Dialect,
  prose: Prose,
): readonly (readonly [type: string, schema: JSONObject])[] {
  const custom = definition?.schema
  if (!custom) return []
  const context = { dialect, texts: textsOf(prose) }
  const { group, version, kind } = info
  const fields = custom.selectableFields.map((path) => ({ fieldPath: path.replace(/^\./, '') }))
  const selectable = fields.length > 0 ? { 'x-kubernetes-selectable-fields': fields } : {}
  const marks = (name: string): JSONObject => ({
    'x-kubernetes-group-version-kind': [{ group, kind: name, version }],
    ...selectable,
  })
  const closed = custom.openAPIV3Schema
  const open = custom.preserveUnknownFields || closed?.['x-kubernetes-preserve-unknown-fields'] === true
  // Of an open object Swagger can say nothing more: clients would refuse the fields that they do not find.
  const own = !closed || (dialect === 'v2' && open) ? { type: 'object' } : rootSchema(closed, context)
  return [
    [customType(info, kind), { ...own, ...marks(kind) }],
    [customType(info, custom.listKind), { ...listSchema(info, custom.listKind, context), ...marks(custom.listKind) }],
  ]
}

/** The type of a custom kind: its group from the end, as Java packages are named. The mark tells it from the API's own. */
export function customType({ group, version }: { group: string; version: string }, kind: string): string {
  return `=${group.split('.').reverse().join('.')}.${version}.${kind}`
}

interface Context {
  readonly dialect: Dialect
  readonly texts: Texts
}

/** What the API says of the fields that every object has. */
interface Texts {
  readonly kind: JSONObject
  readonly apiVersion: JSONObject
  readonly metadata: JSONObject
  readonly listMetadata: JSONObject
}

function textsOf(prose: Prose): Texts {
  const object = prose('api.core.v1.ConfigMap').fields ?? {}
  const list = prose('api.core.v1.ConfigMapList').fields ?? {}
  const describe = (text: string | undefined): JSONObject => (text === undefined ? {} : { description: text })
  return {
    kind: describe(object.kind),
    apiVersion: describe(object.apiVersion),
    metadata: describe(object.metadata),
    listMetadata: describe(list.metadata),
  }
}

function typeProperties({ texts }: Context): JSONObject {
  return { apiVersion: { ...texts.apiVersion, type: 'string' }, kind: { ...texts.kind, type: 'string' } }
}

function metadataProperty({ dialect, texts }: Context): JSONObject {
  return { ...texts.metadata, ...schemaRef(objectMeta, dialect) }
}

function rootSchema(schema: Schema, context: Context): JSONObject {
  const converted = convert(schema, context)
  const properties = isMap(converted.properties) ? converted.properties : {}
  const given: JSONObject = { ...properties, ...typeProperties(context), metadata: metadataProperty(context) }
  return { ...converted, properties: given }
}

function listSchema(info: ServedResource['info'], listKind: string, context: Context): JSONObject {
  const { dialect, texts } = context
  const text = `List of ${info.resource}. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md`
  return {
    description: `${listKind} is a list of ${info.kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      ...typeProperties(context),
      items: { description: text, type: 'array', items: schemaRef(customType(info, info.kind), dialect) },
      metadata: { ...texts.listMetadata, ...schemaRef(listMeta, dialect) },
    },
  }
}

/** What is said of a value beside its structure, and stands in the documents as it is. */
const plain = [
  'description',
  'type',
  'title',
  'format',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'pattern',
  'maxItems',
  'minItems',
  'uniqueItems',
  'multipleOf',
  'enum',
  'maxProperties',
  'minProperties',
  'required',
  'default',
  'externalDocs',
  'example',
  'nullable',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
] as const
const branches = ['allOf', 'anyOf', 'oneOf'] as const

function convert(schema: Schema, context: Context): JSONObject {
  const result: Record<string, JSONValue> = {}
  const source: Readonly<Record<string, unknown>> = schema
  for (const name of plain) {
    const value = source[name]
    if (value !== undefined && value !== null && value !== false) result[name] = asJSON(value)
  }
  if (isMap(schema.items)) result.items = convert(schema.items, context)
  const { additionalProperties } = schema
  if (isMap(additionalProperties)) result.additionalProperties = convert(additionalProperties, context)
  else if (additionalProperties !== undefined) result.additionalProperties = additionalProperties === true
  const properties = Object.entries(schema.properties ?? {})
  if (properties.length > 0) {
    result.properties = Object.fromEntries(properties.map(([name, part]) => [name, convert(part, context)]))
  }
  if (context.dialect === 'v2') simplify(result, schema)
  else addBranches(result, schema, context)
  if (schema['x-kubernetes-embedded-resource'] && !(context.dialect === 'v2' && isOpen(schema))) embed(result, context)
  return result
}

const isOpen = (schema: Schema): boolean => schema['x-kubernetes-preserve-unknown-fields'] === true

function addBranches(result: Record<string, JSONValue>, schema: Schema, context: Context): void {
  for (const name of branches) {
    const list = schema[name]
    if (list && list.length > 0) result[name] = list.map((part) => convert(part, context))
  }
  if (schema.not) result.not = convert(schema.not, context)
  if (!schema['x-kubernetes-int-or-string'] || isPair(schema.anyOf) || isPair(schema.allOf?.[0]?.anyOf)) return
  const pair = [{ type: 'integer' }, { type: 'string' }]
  if (!schema.anyOf) result.anyOf = pair
  else result.allOf = [{ anyOf: pair }, ...(Array.isArray(result.allOf) ? result.allOf : [])]
}

function isPair(list: Schema['anyOf']): boolean {
  return list?.length === 2 && list[0]?.type === 'integer' && list[1]?.type === 'string'
}

/** Leaves out what Swagger 2.0 cannot say, and what clients of it stumble over. As upstream: `ToStructuralOpenAPIV2`. */
function simplify(result: Record<string, JSONValue>, schema: Schema): void {
  if (schema.nullable) {
    for (const name of ['type', 'nullable', 'items', 'properties']) delete result[name]
  }
  if (isOpen(schema)) {
    delete result.items
    delete result.properties
    if (result.type === 'object') delete result.type
  }
  if (result.items === undefined && result.type === 'array') delete result.type
  const nullable = (name: string) => schema.properties?.[name]?.nullable === true
  const required = (schema.required ?? []).filter((name) => !nullable(name))
  const { additionalProperties } = schema
  if (required.length === 0 || (isMap(additionalProperties) && additionalProperties.nullable)) delete result.required
  else result.required = required
}

function embed(result: Record<string, JSONValue>, context: Context): void {
  const properties = isMap(result.properties) ? result.properties : {}
  result.properties = { ...properties, ...typeProperties(context), metadata: metadataProperty(context) }
  const required = Array.isArray(result.required) ? result.required : []
  result.required = [...required, ...['kind', 'apiVersion'].filter((name) => !required.includes(name))]
}

function asJSON(value: unknown): JSONValue {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(asJSON)
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, asJSON(member)]))
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}
