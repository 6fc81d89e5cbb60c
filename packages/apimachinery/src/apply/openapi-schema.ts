import { isMap } from '../meta/deep.ts'
import { applySchemaOf } from './table-schema.ts'
import { type ApplyField, type ApplyMap, type ApplySchema, deducedSchema, untypedAtomic } from './schema.ts'

const objectMeta = 'apimachinery.pkg.apis.meta.v1.ObjectMeta'

/** Whether the schema stands for a whole object, with kind, apiVersion and metadata. */
interface Place {
  readonly resource: boolean
  /** Unknown members are kept here: said by this schema or one around it. */
  readonly open: boolean
}

/**
 * How custom resources of a structural schema merge, the root with kind, apiVersion and metadata. As upstream:
 * kube-openapi's `schemaconv`, on what apiextensions-apiserver's `ToStructuralOpenAPIV3` makes of the schema.
 */
export function applySchemaFromOpenAPI(structuralSchema: unknown): ApplySchema {
  return convert(structuralSchema, { resource: true, open: false })
}

function convert(value: unknown, place: Place): ApplySchema {
  const schema: Readonly<Record<string, unknown>> = isMap(value) ? value : {}
  if (schema['x-kubernetes-int-or-string'] === true) return { scalar: 'untyped' }
  const open = place.open || schema['x-kubernetes-preserve-unknown-fields'] === true
  const resource = place.resource || schema['x-kubernetes-embedded-resource'] === true
  switch (schema.type) {
    case 'object':
      return { map: mapOf(schema, { resource, open }) }
    case 'array':
      return { list: listOf(schema, open) }
    case 'integer':
    case 'number':
      return { scalar: 'numeric' }
    case 'boolean':
      return { scalar: 'boolean' }
    case 'string':
      return {
        scalar: schema.format === undefined || schema.format === '' || schema.format === 'byte' ? 'string' : 'untyped',
      }
    default:
      return { scalar: 'untyped', list: listOf(schema, open), map: mapOf(schema, { resource, open }) }
  }
}

function mapOf(schema: Readonly<Record<string, unknown>>, { resource, open }: Place): ApplyMap {
  const properties = isMap(schema.properties) ? schema.properties : {}
  const names = Object.keys(properties)
  const fields = new Map<string, ApplyField>()
  return {
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    present: new Map(),
    element: elementOf(schema, names.length > 0 || resource, open),
    field(name) {
      const made = fields.get(name)
      if (made) return made
      const field = (resource ? typeField(name) : undefined) ?? property(properties, name, open)
      if (field) fields.set(name, field)
      return field
    },
  }
}

function typeField(name: string): ApplyField | undefined {
  if (name === 'metadata') return { schema: applySchemaOf(objectMeta) }
  return name === 'kind' || name === 'apiVersion' ? { schema: { scalar: 'string' } } : undefined
}

function property(properties: Readonly<Record<string, unknown>>, name: string, open: boolean): ApplyField | undefined {
  if (!Object.hasOwn(properties, name)) return undefined
  const value = properties[name]
  const schema = convert(value, { resource: false, open })
  const fallback = isMap(value) ? value.default : undefined
  return fallback === undefined || fallback === null ? { schema } : { schema, default: fallback }
}

function elementOf(schema: Readonly<Record<string, unknown>>, named: boolean, open: boolean): ApplySchema | undefined {
  const { additionalProperties } = schema
  if (isMap(additionalProperties)) return convert(additionalProperties, { resource: false, open })
  if (additionalProperties === true) return deducedSchema
  if (additionalProperties === false) return undefined
  return open || !named ? deducedSchema : undefined
}

function listOf(schema: Readonly<Record<string, unknown>>, open: boolean) {
  const type = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys']
  return {
    atomic: type !== 'set' && type !== 'map',
    keys: type === 'map' && Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : [],
    item: schema.items === undefined ? untypedAtomic : convert(schema.items, { resource: false, open }),
  }
}
