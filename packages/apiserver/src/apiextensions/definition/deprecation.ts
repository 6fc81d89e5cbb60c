import { child, type FieldError, fieldInvalid } from '@wherry/apimachinery'
import type { Version } from '../custom-definition.ts'

/** As upstream: `validateDeprecationWarning`. */
export function deprecationErrors({ deprecated, deprecationWarning: warning }: Version, path: string): FieldError[] {
  if (warning === undefined) return []
  const refuse = (detail: string) => fieldInvalid(child(path, 'deprecationWarning'), warning, detail)
  if (!deprecated) return [refuse('can only be set for deprecated versions')]
  const errors: FieldError[] = []
  if (Buffer.byteLength(warning) > 256) errors.push(refuse('must be <= 256 characters long'))
  if (warning === '') errors.push(refuse('must not be an empty string'))
  const at = [...warning].findIndex((char) => /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(char))
  if (at >= 0) {
    const index = Buffer.byteLength([...warning].slice(0, at).join(''))
    const detail = `must only contain printable UTF-8 characters; non-printable character found at index ${index}`
    errors.push(refuse(detail))
  }
  return errors
}
