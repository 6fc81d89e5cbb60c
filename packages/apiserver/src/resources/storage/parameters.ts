import { byteLength, type FieldError, fieldInvalid, fieldRequired, fieldTooLong } from '@wherry/apimachinery'

const maxEntries = 512
const maxSize = 256 * 1024

/** Parameters for a provisioner: few, short, and named. As pkg/apis/storage/validation `validateParameters`. */
export function validateParameters(
  parameters: Readonly<Record<string, string>> | undefined,
  field: string,
  allowEmpty = true,
): FieldError[] {
  const entries = Object.entries(parameters ?? {})
  if (entries.length > maxEntries) return [fieldTooLong(field, '', maxEntries)]
  if (entries.length === 0 && !allowEmpty) {
    return [fieldRequired(field, 'must contain at least one key/value pair')]
  }
  return validateSize(entries, field)
}

/** The same without a bound on their number: what a driver says of an attached volume. */
export function validateSize(entries: readonly (readonly [string, string])[], field: string): FieldError[] {
  const errors = entries.flatMap(([key]) => (key === '' ? [fieldInvalid(field, key, 'field can not be empty.')] : []))
  const size = entries.reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0)
  return size > maxSize ? [...errors, fieldTooLong(field, '', maxSize)] : errors
}
