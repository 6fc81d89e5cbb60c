import type { JSONSchemaProps } from '@wherry/api'
import { type DeepReadonly, isMap } from '@wherry/apimachinery'

/** A structural schema: what a CustomResourceDefinition says of one value. */
export type Schema = DeepReadonly<JSONSchemaProps>

/** The schema of a list's items. */
export function itemsOf(schema: Schema | undefined): Schema | undefined {
  return asSchema(schema?.items)
}

/** The schema of the members that `properties` does not name; `'any'` where `additionalProperties` is true. */
export function additionalOf(schema: Schema): Schema | 'any' | undefined {
  const { additionalProperties } = schema
  if (additionalProperties === undefined || additionalProperties === null) return undefined
  return asSchema(additionalProperties) ?? 'any'
}

/** The schema of a property that is named. */
export function propertyOf(schema: Schema | undefined, name: string): Schema | undefined {
  const properties = schema?.properties
  return properties && Object.hasOwn(properties, name) ? properties[name] : undefined
}

export const isPreserving = (schema: Schema): boolean => schema['x-kubernetes-preserve-unknown-fields'] === true
export const isEmbedded = (schema: Schema): boolean => schema['x-kubernetes-embedded-resource'] === true
export const isIntOrString = (schema: Schema): boolean => schema['x-kubernetes-int-or-string'] === true

/** Whether the schema gives absent values one. A default of null is none. */
export const hasDefault = (schema: Schema): boolean => schema.default !== undefined && schema.default !== null

/** The members of an object whose schema is JSONSchemaPropsOrBool or …OrArray, where it is a schema. */
export function asSchema(value: unknown): Schema | undefined {
  return isMap(value) ? value : undefined
}

/** Visits the schema and all that it consists of; stops where `visit` returns true, and says so. */
export function someSchema(schema: Schema, visit: (schema: Schema) => boolean): boolean {
  if (visit(schema)) return true
  const lists = [schema.allOf, schema.anyOf, schema.oneOf].flatMap((all) => all ?? [])
  const named = [schema.properties, schema.patternProperties, schema.definitions].flatMap((all) =>
    Object.values(all ?? {}),
  )
  const single = [schema.not, asSchema(schema.additionalProperties), asSchema(schema.additionalItems)]
  const items = Array.isArray(schema.items) ? schema.items : [schema.items]
  const dependencies = Object.values(schema.dependencies ?? {})
  const parts = [...lists, ...named, ...single, ...items.map(asSchema), ...dependencies.map(asSchema)]
  return parts.some((part) => part !== undefined && someSchema(part, visit))
}
