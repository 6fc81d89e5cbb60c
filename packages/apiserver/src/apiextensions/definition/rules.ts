import {
  child,
  deepEqual,
  type FieldError,
  fieldInvalid,
  fieldRequired,
  index,
  semanticEqual,
  validateImmutable,
} from '@wherry/apimachinery'
import { approval, approvedAnnotation, isProtectedGroup } from '../approval.ts'
import { type Definition, isTrue } from '../conditions.ts'
import { schemaOf } from '../custom-definition.ts'
import { defaultErrors } from '../schema/defaults.ts'
import { isRecognizedFormat } from '../schema/formats.ts'
import { type Schema, someSchema } from '../schema/schema.ts'
import { structuralErrors } from '../schema/structural.ts'
import { hasKnownReviewVersion } from './conversion.ts'
import { hasLooseKeys, isLooseSet } from './list-rules.ts'
import { namesErrors } from './names.ts'
import { maxSelectableFields } from './paths.ts'
import { type SpecOptions, specErrors } from './spec.ts'

/** What a new definition must fulfil. As upstream: apiextensions/validation, `ValidateCustomResourceDefinition`. */
export function validateDefinition(definition: Definition): FieldError[] {
  const { metadata, spec } = definition
  const errors: FieldError[] = []
  if (metadata.name !== `${spec.names?.plural ?? ''}.${spec.group ?? ''}`) {
    errors.push(fieldInvalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group'))
  }
  return [
    ...errors,
    ...specErrors(spec, strict),
    ...statusErrors(definition),
    ...storedVersionErrors(definition),
    ...approvalErrors(definition, undefined),
    ...preserveErrors(definition, undefined),
  ]
}

/** What a changed definition must fulfil: what was let through before stays, where it has not changed. */
export function validateDefinitionUpdate(definition: Definition, old: Definition): FieldError[] {
  const { spec } = definition
  const immutable: FieldError[] = []
  if (isTrue(old, 'Established')) {
    immutable.push(
      ...validateImmutable('spec.scope', spec.scope, old.spec.scope),
      ...validateImmutable('spec.names.kind', spec.names.kind, old.spec.names.kind),
    )
  }
  immutable.push(
    ...validateImmutable('spec.group', spec.group, old.spec.group),
    ...validateImmutable('spec.names.plural', spec.names.plural, old.spec.names.plural),
  )
  return [
    ...specErrors(spec, optionsFor(definition, old)),
    ...immutable,
    ...statusErrors(definition),
    ...storedVersionErrors(definition),
    ...approvalErrors(definition, old),
    ...preserveErrors(definition, old),
  ]
}

/** What a changed status must fulfil. */
export function validateDefinitionStatus(definition: Definition, _old: Definition): FieldError[] {
  return statusErrors(definition)
}

/** What is allowed, but means nothing or not what it seems to; each once, and only what is new. */
export function definitionWarnings(definition: Definition, old: Definition | undefined): string[] {
  const before = new Set(old ? warningsOf(old) : [])
  return warningsOf(definition).filter((warning) => !before.has(warning))
}

const strict: SpecOptions = {
  requireKnownReviewVersion: true,
  requireSchema: true,
  requireStructural: true,
  requirePrunedDefaults: true,
  requireValidTypes: true,
  requireAtomicSets: true,
  requireMapKeys: true,
  unchanged: new Set(),
  tooManyFields: new Set(),
}

const types: ReadonlySet<string> = new Set(['array', 'boolean', 'integer', 'number', 'object', 'string'])

function optionsFor(definition: Definition, old: Definition): SpecOptions {
  const schemas = old.spec.versions.map(schemaOf)
  const known = schemas.filter((schema) => schema !== undefined)
  const some = (test: (schema: Schema) => boolean) => known.some((schema) => someSchema(schema, test))
  const before = new Map(old.spec.versions.map((version) => [version.name, version]))
  const sameAsBefore = definition.spec.versions.filter((version) => {
    const other = before.get(version.name)
    return other && semanticEqual(version.schema, other.schema)
  })
  const tooMany = definition.spec.versions.filter(({ name, selectableFields = [] }) => {
    const fields = before.get(name)?.selectableFields ?? []
    return fields.length > maxSelectableFields && deepEqual(fields, selectableFields)
  })
  const structural = !known.some((schema) => structuralErrors(schema, '').length > 0)
  return {
    requireKnownReviewVersion: hasKnownReviewVersion(old.spec.conversion),
    requireSchema: schemas.every((schema) => schema !== undefined),
    requireStructural: structural,
    requirePrunedDefaults: !structural || !known.some(hasUnprunedDefaults),
    requireValidTypes: !some(({ type }) => type !== undefined && type !== '' && !types.has(type)),
    requireAtomicSets: !some(isLooseSet),
    requireMapKeys: !some(hasLooseKeys),
    unchanged: new Set(sameAsBefore.map(({ name }) => name)),
    tooManyFields: new Set(tooMany.map(({ name }) => name)),
  }
}

function hasUnprunedDefaults(schema: Schema): boolean {
  return defaultErrors(schema, '', true).length > defaultErrors(schema, '', false).length
}

function statusErrors({ status }: Definition): FieldError[] {
  return namesErrors(status?.acceptedNames ?? { kind: '', plural: '' }, 'status.acceptedNames')
}

function storedVersionErrors({ spec, status }: Definition): FieldError[] {
  const path = 'status.storedVersions'
  const stored = status?.storedVersions ?? []
  if (stored.length === 0) return [fieldInvalid(path, stored, 'must have at least one stored version')]
  const errors: FieldError[] = []
  for (const { name, storage } of spec.versions) {
    if (storage && !stored.includes(name))
      errors.push(fieldInvalid(path, stored, `must have the storage version ${name}`))
  }
  for (const [at, name] of stored.entries()) {
    if (spec.versions.some((version) => version.name === name)) continue
    const detail = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`
    errors.push(fieldInvalid(index(path, at), name, detail))
  }
  return errors
}

function approvalErrors({ spec, metadata }: Definition, old: Definition | undefined): FieldError[] {
  if (!isProtectedGroup(spec.group)) return []
  const { state, message } = approval(metadata.annotations)
  if (old && approval(old.metadata.annotations).state === state) return []
  const path = `metadata.annotations[${approvedAnnotation}]`
  if (state === 'missing') return [fieldRequired(path, message)]
  return state === 'invalid' ? [fieldInvalid(path, metadata.annotations?.[approvedAnnotation] ?? '', message)] : []
}

function preserveErrors({ spec }: Definition, old: Definition | undefined): FieldError[] {
  if (old?.spec.preserveUnknownFields || !spec.preserveUnknownFields) return []
  const detail =
    'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead'
  return [fieldInvalid(child('spec', 'preserveUnknownFields'), true, detail)]
}

function warningsOf({ spec }: Definition): string[] {
  const formats: string[] = []
  for (const version of spec.versions) {
    const root = schemaOf(version)
    if (!root) continue
    someSchema(root, (schema) => {
      if (schema.format && !isRecognizedFormat(schema))
        formats.push(`unrecognized format ${JSON.stringify(schema.format)}`)
      return false
    })
  }
  return formats
}
