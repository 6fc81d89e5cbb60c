import { deepEqual, type FieldError, fieldInvalid, validateImmutable } from '@wherry/apimachinery'

/** Refuses a change of what stays as it was created; absent and empty are the same. */
export const immutable = validateImmutable

/** The same for what a plain comparison decides: absent and empty differ. */
export function unchanged(field: string, value: unknown, old: unknown, detail = 'field is immutable'): FieldError[] {
  return deepEqual(value, old) ? [] : [fieldInvalid(field, value, detail)]
}

export function nonNegative(field: string, value: number | undefined): FieldError[] {
  return (value ?? 0) >= 0 ? [] : [fieldInvalid(field, value, 'must be greater than or equal to 0')]
}

/** One error for each of the refusals. */
export function refusals(field: string, value: unknown, details: readonly string[]): FieldError[] {
  return details.map((detail) => fieldInvalid(field, value, detail))
}
