import { type FieldError, fieldInvalid } from '@wherry/apimachinery'
import type { Definition } from '../conditions.ts'

/** What a new definition must fulfil. As upstream: apiextensions/validation, `ValidateCustomResourceDefinition`. */
export function validateDefinition({ metadata, spec }: Definition): FieldError[] {
  const errors: FieldError[] = []
  const wanted = `${spec.names?.plural ?? ''}.${spec.group ?? ''}`
  if (metadata.name !== wanted) {
    errors.push(fieldInvalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group'))
  }
  return errors
}

/** What a changed definition must fulfil. */
export function validateDefinitionUpdate(definition: Definition, _old: Definition): FieldError[] {
  return validateDefinition(definition)
}

/** What a changed status must fulfil. */
export function validateDefinitionStatus(_definition: Definition, _old: Definition): FieldError[] {
  return []
}

/** What is allowed, but not wise. */
export function definitionWarnings(_definition: Definition, _old: Definition | undefined): string[] {
  return []
}
