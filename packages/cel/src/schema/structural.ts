import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  intType,
  stringType,
  timestampType,
} from '../types/types.ts'
import { type DeclField, type DeclType, declList, declMap, declObject, maxRequestSize, scalar } from './decl-type.ts'
import { escapeName } from './escaping.ts'

/** A structural schema in its JSON form (JSONSchemaProps), as far as types and values depend on it. */
export interface StructuralSchema {
  readonly type?: string
  readonly format?: string
  readonly nullable?: boolean
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly maxLength?: number
  readonly maxItems?: number
  readonly maxProperties?: number
  readonly required?: readonly string[]
  readonly items?: StructuralSchema
  readonly properties?: Readonly<Record<string, StructuralSchema>>
  readonly additionalProperties?: StructuralSchema | boolean
  readonly 'x-kubernetes-int-or-string'?: boolean
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-embedded-resource'?: boolean
  readonly 'x-kubernetes-list-type'?: string
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
}

const stringSchema: StructuralSchema = { type: 'string' }

/** The schema with what every resource has: kind, apiVersion, metadata.name and metadata.generateName. */
export function withObjectMeta(schema: StructuralSchema): StructuralSchema {
  const { kind, apiVersion, metadata } = schema.properties ?? {}
  const known = metadata?.properties
  const complete = [kind, apiVersion, known?.name, known?.generateName].every((each) => each?.type === 'string')
  if (complete && metadata?.type === 'object') return schema
  const meta = { type: 'object', properties: { name: stringSchema, generateName: stringSchema } }
  return {
    ...schema,
    properties: { ...schema.properties, kind: stringSchema, apiVersion: stringSchema, metadata: meta },
  }
}

const unlimitedString = maxRequestSize - 2
const nonNegative = (value: number): number => Math.max(0, value)
const fits = (size: number): number => Math.trunc((maxRequestSize - 2) / size)

/**
 * The type of values of a schema, or undefined where expressions cannot see them (unknown fields that are preserved,
 * arrays of such, …). `isResource`: the root of a custom resource. As k8s' `SchemaDeclType`; object types are named
 * after `name` and their path, as `MaybeAssignTypeName` does.
 */
export function typeFromStructuralSchema(
  schema: StructuralSchema,
  name = 'object',
  isResource = schema['x-kubernetes-embedded-resource'] === true,
): DeclType | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) {
    const { maxLength } = schema
    return scalar(dynType, 1, maxLength === undefined ? unlimitedString : nonNegative(maxLength) * 4)
  }
  const resolved = isResource ? withObjectMeta(schema) : schema
  switch (resolved.type) {
    case 'array':
      return arrayType(resolved, name)
    case 'object':
      return objectType(resolved, name)
    case 'string':
      return textType(resolved)
    case 'boolean':
      return scalar(boolType, 4)
    case 'number':
      return scalar(doubleType, 1)
    case 'integer':
      return scalar(intType, 1)
    default:
      return undefined
  }
}

function arrayType(schema: StructuralSchema, name: string): DeclType | undefined {
  const item = schema.items && typeFromStructuralSchema(schema.items, `${name}.@idx`)
  if (item === undefined) return undefined
  const { maxItems } = schema
  return declList(item, maxItems === undefined ? fits(item.minSerializedSize + 1) : nonNegative(maxItems))
}

function objectType(schema: StructuralSchema, name: string): DeclType | undefined {
  const more = schema.additionalProperties
  if (typeof more === 'object') {
    const value = typeFromStructuralSchema(more, `${name}.@elem`)
    if (value === undefined) return undefined
    const { maxProperties } = schema
    // A key has two quotes at least, a colon and a comma.
    return declMap(value, maxProperties === undefined ? fits(value.minSerializedSize + 6) : nonNegative(maxProperties))
  }
  const fields = new Map<string, DeclField>()
  const required = new Set(schema.required)
  let minSerializedSize = 2
  for (const [property, propertySchema] of Object.entries(schema.properties ?? {})) {
    const escaped = escapeName(property)
    const type = typeFromStructuralSchema(propertySchema, `${name}.${escaped ?? property}`)
    if (type === undefined) continue
    if (escaped !== undefined) fields.set(escaped, { name: escaped, type, required: required.has(property) })
    if (required.has(property) && propertySchema.default === undefined) {
      minSerializedSize += Buffer.byteLength(property) + type.minSerializedSize + 4
    }
  }
  return declObject(name, fields, minSerializedSize)
}

function textType(schema: StructuralSchema): DeclType {
  const { maxLength } = schema
  switch (schema.format) {
    case 'byte':
      return scalar(bytesType, 2, maxLength === undefined ? unlimitedString : nonNegative(maxLength))
    case 'duration':
      return scalar(durationType, 3, 32)
    case 'date':
      return scalar(timestampType, 12, 12)
    case 'date-time':
      return scalar(timestampType, 21, 32)
    default: {
      if (maxLength !== undefined) return scalar(stringType, 2, nonNegative(maxLength) * 4)
      if (schema.enum === undefined || schema.enum.length === 0) return scalar(stringType, 2, unlimitedString)
      const lengths = schema.enum.map((value) => (typeof value === 'string' ? Buffer.byteLength(value) : 0))
      return scalar(stringType, 2, Math.max(...lengths))
    }
  }
}
