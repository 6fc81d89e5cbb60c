import type { CustomResourceDefinitionSpec } from '@wherry/api'
import {
  child,
  type DeepReadonly,
  deepEqual,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  index,
  isDNS1035Label,
  isDNS1123Subdomain,
  semanticEqual,
} from '@wherry/apimachinery'
import type { Version } from '../custom-definition.ts'
import { defaultErrors } from '../schema/defaults.ts'
import { hasDefault, isEmbedded, isIntOrString, type Schema, someSchema } from '../schema/schema.ts'
import { structuralErrors } from '../schema/structural.ts'
import { rootContext, totalCostErrors } from './cel-rules.ts'
import { conversionErrors } from './conversion.ts'
import { deprecationErrors } from './deprecation.ts'
import { namesErrors } from './names.ts'
import { columnErrors, selectableFieldErrors, subresourceErrors } from './paths.ts'
import { type SchemaOptions, schemaErrors } from './schema-rules.ts'

export type Spec = DeepReadonly<CustomResourceDefinitionSpec>

/** Which of today's rules an update of a definition of old need not fulfil. */
export interface SpecOptions extends Omit<SchemaOptions, 'ignoreCost'> {
  readonly requireKnownReviewVersion: boolean
  readonly requireSchema: boolean
  readonly requireStructural: boolean
  readonly requirePrunedDefaults: boolean
  /** Versions whose schema is as it was. */
  readonly unchanged: ReadonlySet<string>
  /** Versions that may go on having too many selectable fields. */
  readonly tooManyFields: ReadonlySet<string>
}

/** As upstream: `validateCustomResourceDefinitionSpec`; errors stand where its internal form has them. */
export function specErrors(spec: Spec, given: SpecOptions): FieldError[] {
  const errors: FieldError[] = [...groupErrors(spec.group ?? ''), ...scopeErrors(spec.scope ?? '')]
  const versions = spec.versions ?? []
  const prunes = spec.preserveUnknownFields !== true
  const has = (test: (schema: Schema) => boolean) =>
    versions.some(({ schema }) => schema?.openAPIV3Schema && someSchema(schema.openAPIV3Schema, test))
  for (const [at, { schema, served }] of versions.entries()) {
    if (schema?.openAPIV3Schema) continue
    const place = `spec.versions[${at}].schema.openAPIV3Schema`
    if (given.requireSchema) errors.push(fieldRequired(place))
    else if (prunes && served) errors.push(fieldRequired(place, 'because otherwise all fields are pruned'))
  }
  if (!prunes && has(hasDefault)) {
    const detail = 'must be false in order to use defaults in the schema'
    errors.push(fieldInvalid('spec.preserveUnknownFields', true, detail))
  }
  const requireStructural = given.requireStructural || prunes || has(hasDefault) || has(hasExtensions)
  const options = { ...given, requireStructural }
  errors.push(
    ...versionsErrors(versions, options),
    ...requiredNames(spec),
    ...namesErrors(spec.names ?? {}, 'spec.names'),
  )
  errors.push(...sharedErrors(versions, options))
  if (!prunes && spec.conversion && spec.conversion.strategy !== 'None') {
    const detail = 'must be None if spec.preserveUnknownFields is true'
    errors.push(fieldInvalid('spec.conversion.strategy', spec.conversion.strategy, detail))
  }
  errors.push(...conversionErrors(spec.conversion, options.requireKnownReviewVersion, 'spec.conversion'))
  return errors
}

function groupErrors(group: string): FieldError[] {
  if (group === '') return [fieldRequired('spec.group')]
  const refused = isDNS1123Subdomain(group)
  if (refused.length > 0) return [fieldInvalid('spec.group', group, refused.join(','))]
  return group.includes('.') ? [] : [fieldInvalid('spec.group', group, 'should be a domain with at least one dot')]
}

function scopeErrors(scope: string): FieldError[] {
  if (scope === '') return [fieldRequired('spec.scope')]
  if (scope === 'Cluster' || scope === 'Namespaced') return []
  return [fieldNotSupported('spec.scope', scope, ['Cluster', 'Namespaced'])]
}

function hasExtensions(schema: Schema): boolean {
  return (
    isEmbedded(schema) ||
    isIntOrString(schema) ||
    schema['x-kubernetes-preserve-unknown-fields'] !== undefined ||
    (schema['x-kubernetes-list-map-keys'] ?? []).length > 0 ||
    schema['x-kubernetes-list-type'] !== undefined ||
    (schema['x-kubernetes-validations'] ?? []).length > 0
  )
}

function requiredNames({ names }: Spec): FieldError[] {
  const wanted = ['plural', 'singular', 'kind', 'listKind'] as const
  return wanted.filter((name) => !names?.[name]).map((name) => fieldRequired(`spec.names.${name}`))
}

/** What all versions have alike stands at the top in upstream's internal form, and so do its errors. */
const sharedParts = {
  schema: (version: Version) => version.schema,
  subresources: (version: Version) => version.subresources,
  columns: (version: Version) =>
    version.additionalPrinterColumns?.length ? version.additionalPrinterColumns : undefined,
  fields: (version: Version) => (version.selectableFields?.length ? version.selectableFields : undefined),
}

function isShared(versions: readonly Version[], part: keyof typeof sharedParts): boolean {
  const read: (version: Version) => unknown = sharedParts[part]
  const [first] = versions
  const value = first && read(first)
  return value !== undefined && versions.every((version) => semanticEqual(read(version), value))
}

function versionsErrors(versions: readonly Version[], options: SpecOptions): FieldError[] {
  const errors: FieldError[] = []
  const shared = (part: keyof typeof sharedParts) => isShared(versions, part)
  for (const [at, version] of versions.entries()) {
    const path = index('spec.versions', at)
    const refused = isDNS1035Label(version.name ?? '')
    if (refused.length > 0) errors.push(fieldInvalid(child(path, 'name'), version.name, refused.join(',')))
    errors.push(...deprecationErrors(version, path))
    if (!shared('schema')) errors.push(...validationErrors(version, hasStatus(version), child(path, 'schema'), options))
    if (!shared('subresources')) errors.push(...subresourceErrors(version.subresources, child(path, 'subresources')))
    if (!shared('columns')) errors.push(...columnsErrors(version, child(path, 'additionalPrinterColumns')))
    if (!shared('fields')) errors.push(...fieldsErrors(version, child(path, 'selectableFields'), options))
  }
  const names = versions.map(({ name }) => name)
  if (new Set(names).size !== names.length) {
    errors.push(fieldInvalid('spec.versions', versions, 'must contain unique version names'))
  }
  if (versions.filter(({ storage }) => storage).length !== 1) {
    const detail = 'must have exactly one version marked as storage version'
    errors.push(fieldInvalid('spec.versions', versions, detail))
  }
  return errors
}

function sharedErrors(versions: readonly Version[], options: SpecOptions): FieldError[] {
  const [first] = versions
  if (!first) return []
  const shared = (part: keyof typeof sharedParts) => isShared(versions, part)
  return [
    ...(shared('schema') ? validationErrors(first, versions.some(hasStatus), 'spec.validation', options) : []),
    ...(shared('subresources') ? subresourceErrors(first.subresources, 'spec.subresources') : []),
    ...(shared('columns') ? columnsErrors(first, 'spec.additionalPrinterColumns') : []),
    ...(shared('fields') ? fieldsErrors(first, 'spec.selectableFields', options) : []),
  ]
}

const hasStatus = ({ subresources }: Version): boolean => Boolean(subresources?.status)

function columnsErrors({ additionalPrinterColumns = [] }: Version, path: string): FieldError[] {
  return additionalPrinterColumns.flatMap((column, at) => columnErrors(column, index(path, at)))
}

function fieldsErrors(
  { name, schema, selectableFields = [] }: Version,
  path: string,
  options: SpecOptions,
): FieldError[] {
  if (selectableFields.length === 0) return []
  if (!schema?.openAPIV3Schema) {
    return [fieldInvalid(path, '', 'may only be set when `version.schema.openAPIV3Schema` is not included')]
  }
  return selectableFieldErrors(selectableFields, schema.openAPIV3Schema, path, options.tooManyFields.has(name))
}

/** Fields that may stand at the root beside a status of its own, by the names that the message gives them. */
const rootFields =
  'Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations'
const notAtRoot = [
  'id',
  '$schema',
  '$ref',
  'nullable',
  'default',
  'maxProperties',
  'minProperties',
  'enum',
  'allOf',
  'oneOf',
  'anyOf',
  'not',
  'additionalProperties',
  'patternProperties',
  'dependencies',
  'additionalItems',
  'definitions',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
] as const

/** As upstream: `validateCustomResourceDefinitionValidation`. */
function validationErrors(
  { name, schema: validation }: Version,
  status: boolean,
  path: string,
  options: SpecOptions,
): FieldError[] {
  const schema = validation?.openAPIV3Schema
  if (!schema) return []
  const at = child(path, 'openAPIV3Schema')
  const errors: FieldError[] = []
  if (status) {
    if (schema.type && schema.type !== 'object') {
      const detail =
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled'
      errors.push(fieldInvalid(child(at, 'type'), schema.type, detail))
    } else if (notAtRoot.some((field) => isSet(schema[field]))) {
      const detail = `only [${rootFields}] fields are allowed at the root of the schema if the status subresource is enabled`
      errors.push(fieldInvalid(at, schema, detail))
    }
  }
  if (schema.nullable) errors.push(fieldForbidden(child(at, 'nullable'), 'nullable cannot be true at the root'))
  let context: ReturnType<typeof rootContext> | undefined
  if (options.requireStructural) {
    const structural = structuralErrors(schema, at)
    const defaults = structural.length > 0 ? [] : defaultErrors(schema, at, options.requirePrunedDefaults)
    errors.push(...structural, ...defaults)
    if (structural.length === 0 && defaults.length === 0) context = rootContext(schema)
  }
  const place = { root: true, insideMeta: false }
  const found = schemaErrors(schema, at, place, { ...options, ignoreCost: options.unchanged.has(name) }, context)
  errors.push(...found.schema, ...found.cel)
  if (context) errors.push(...totalCostErrors(context, at))
  return errors
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return false
  return !(Array.isArray(value) && value.length === 0) && !deepEqual(value, {})
}
