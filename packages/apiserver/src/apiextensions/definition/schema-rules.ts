import {
  child,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  index,
} from '@wherry/apimachinery'
import { additionalOf, asSchema, hasDefault, isEmbedded, itemsOf, type Schema } from '../schema/schema.ts'
import { type CelContext, celErrors } from './cel-rules.ts'
import { mapKeyErrors, setItemErrors } from './list-rules.ts'
import { ruleErrors } from './rule-forms.ts'

/** Which of today's rules an update of a definition of old need not fulfil. */
export interface SchemaOptions {
  readonly requireValidTypes: boolean
  readonly requireAtomicSets: boolean
  readonly requireMapKeys: boolean
  /** Rules whose schema has not changed may cost what they cost. */
  readonly ignoreCost: boolean
}

/** Where in the whole schema a part stands. */
export interface Place {
  readonly root: boolean
  readonly insideMeta: boolean
  /** Why there may be no defaults here; absent: there may. */
  readonly noDefaults?: string
  /** The first part around that cannot be told apart from one version of an object to the next. */
  readonly uncorrelatable?: string
}

/** Errors of the schema itself, and those of its rules in CEL, which make sense only where there are no others. */
export interface SchemaErrors {
  readonly schema: FieldError[]
  readonly cel: FieldError[]
}

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string']
const metaFields: ReadonlySet<string> = new Set(['metadata', 'kind', 'apiVersion'])

/** As upstream: `ValidateCustomResourceDefinitionOpenAPISchema`. */
export function schemaErrors(
  schema: Schema | undefined,
  path: string,
  place: Place,
  options: SchemaOptions,
  context: CelContext | undefined,
): SchemaErrors {
  const all: SchemaErrors = { schema: [], cel: [] }
  if (!schema) return all
  const add = (errors: readonly FieldError[]) => all.schema.push(...errors)
  const descend = (part: Schema | undefined, at: string, where: Place, within?: CelContext) => {
    const errors = schemaErrors(part, at, where, options, within)
    all.schema.push(...errors.schema)
    all.cel.push(...errors.cel)
  }
  const inner: Place = { ...place, root: false }
  add(standardErrors(schema, path, place, options))
  if (schema.uniqueItems) {
    const detail = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'
    add([fieldForbidden(child(path, 'uniqueItems'), detail)])
  }
  const properties = Object.entries(schema.properties ?? {})
  const additional = additionalOf(schema)
  if (additional !== undefined) {
    const at = child(path, 'additionalProperties')
    const open = additional === 'any' && schema.additionalProperties !== false
    if (properties.length > 0 && !open) {
      add([fieldForbidden(at, 'additionalProperties and properties are mutual exclusive')])
    }
    const reason = 'inside additionalProperties applying to object metadata'
    const where = place.insideMeta ? { ...inner, noDefaults: reason } : inner
    if (additional !== 'any') descend(additional, at, where, context?.additional(additional))
  }
  for (const [name, property] of properties) {
    let where = inner
    if ((place.root || isEmbedded(schema)) && metaFields.has(name)) {
      where = { ...where, insideMeta: true, ...(place.root ? { noDefaults: `in top-level ${name}` } : {}) }
    }
    descend(property, index(child(path, 'properties'), name), where, context?.property(property, name))
  }
  if (schema.not) descend(schema.not, child(path, 'not'), inner)
  for (const name of ['allOf', 'oneOf', 'anyOf'] as const) {
    for (const [at, part] of (schema[name] ?? []).entries()) descend(part, index(child(path, name), at), inner)
  }
  for (const [name, part] of Object.entries(schema.definitions ?? {})) {
    descend(part, index(child(path, 'definitions'), name), inner)
  }
  const items = itemsOf(schema)
  const where = schema['x-kubernetes-list-type'] === 'map' ? inner : uncorrelatable(inner, path)
  if (items) descend(items, child(path, 'items'), where, context?.items(items))
  for (const [name, part] of Object.entries(schema.dependencies ?? {})) {
    descend(asSchema(part), index(child(path, 'dependencies'), name), inner)
  }
  add(extensionErrors(schema, path, options))
  const rules = schema['x-kubernetes-validations'] ?? []
  if (rules.length > 0) {
    add(ruleErrors(schema, path))
    if (all.schema.length === 0 && context) {
      all.cel.push(
        ...celErrors(schema, path, context, { ignoreCost: options.ignoreCost, uncorrelatable: place.uncorrelatable }),
      )
    }
  }
  return all
}

/** The outermost such part counts. */
function uncorrelatable(place: Place, path: string): Place {
  return place.uncorrelatable === undefined ? { ...place, uncorrelatable: path } : place
}

/** What OpenAPI has and custom resources have not. */
function standardErrors(
  schema: Schema,
  path: string,
  place: Place,
  { requireValidTypes }: SchemaOptions,
): FieldError[] {
  const errors: FieldError[] = []
  const forbid = (name: string, detail = `${name} is not supported`) =>
    errors.push(fieldForbidden(child(path, name), detail))
  const { type = '' } = schema
  if (requireValidTypes && type !== '' && !types.includes(type)) {
    errors.push(fieldNotSupported(child(path, 'type'), type, types))
  }
  if (hasDefault(schema) && place.noDefaults !== undefined) forbid('default', `must not be set ${place.noDefaults}`)
  if (schema.id) forbid('id')
  if (schema.additionalItems !== undefined && schema.additionalItems !== null) forbid('additionalItems')
  if (Object.keys(schema.patternProperties ?? {}).length > 0) forbid('patternProperties')
  if (Object.keys(schema.definitions ?? {}).length > 0) forbid('definitions')
  if (schema.dependencies) forbid('dependencies')
  if (schema.$ref !== undefined) forbid('$ref')
  if (type === 'null') forbid('type', 'type cannot be set to null, use nullable as an alternative')
  if (Array.isArray(schema.items)) forbid('items', 'items must be a schema object and not an array')
  if (place.insideMeta && isEmbedded(schema)) {
    forbid('x-kubernetes-embedded-resource', 'must not be used inside of resource meta')
  }
  return errors
}

function extensionErrors(schema: Schema, path: string, options: SchemaOptions): FieldError[] {
  const errors: FieldError[] = []
  const preserve = child(path, 'x-kubernetes-preserve-unknown-fields')
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    errors.push(fieldInvalid(preserve, false, 'must be true or undefined'))
  }
  const mustBe = (wanted: string, extension: string) => {
    const detail = `must be ${wanted} if ${extension} is specified`
    const at = child(path, 'type')
    if (!schema.type) errors.push(fieldRequired(at, detail))
    else if (schema.type !== wanted) errors.push(fieldInvalid(at, schema.type, detail))
    return schema.type === wanted
  }
  const mapType = schema['x-kubernetes-map-type']
  if (mapType !== undefined) {
    mustBe('object', 'x-kubernetes-map-type')
    if (mapType !== 'atomic' && mapType !== 'granular') {
      errors.push(fieldNotSupported(child(path, 'x-kubernetes-map-type'), mapType, ['atomic', 'granular']))
    }
  }
  const listType = schema['x-kubernetes-list-type']
  if (listType !== undefined) {
    const isList = mustBe('array', 'x-kubernetes-list-type')
    if (isList && listType === 'set' && options.requireAtomicSets) errors.push(...setItemErrors(schema, path))
    if (listType !== 'atomic' && listType !== 'set' && listType !== 'map') {
      errors.push(fieldNotSupported(child(path, 'x-kubernetes-list-type'), listType, ['atomic', 'set', 'map']))
    }
  }
  errors.push(...mapKeyErrors(schema, path, options.requireMapKeys))
  return errors
}
