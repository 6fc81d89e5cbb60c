import { type FieldError, fieldInvalid, formatFieldErrors } from '@wherry/apimachinery'
import type { ConditionState, Definition } from './conditions.ts'
import { schemaOf } from './custom-definition.ts'
import { structuralErrors } from './schema/structural.ts'

/** The condition of a definition whose schemas are not structural, as those of old may be; undefined for all others. */
export function nonStructuralState({ spec }: Definition): ConditionState | undefined {
  const errors: FieldError[] = []
  if (spec.preserveUnknownFields) errors.push(fieldInvalid('spec.preserveUnknownFields', true, 'must be false'))
  for (const [at, version] of spec.versions.entries()) {
    const schema = schemaOf(version)
    if (schema) errors.push(...structuralErrors(schema, `spec.versions[${at}].schema.openAPIV3Schema`))
  }
  if (errors.length === 0) return undefined
  return { type: 'NonStructuralSchema', status: 'True', reason: 'Violations', message: formatFieldErrors(errors) }
}
