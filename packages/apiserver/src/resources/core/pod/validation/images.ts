import { type FieldError, fieldInvalid } from '@wherry/apimachinery'
import type { AnyContainer } from './context.ts'

/** Templates may have such images, as a sign to those who fill them in; pods may not. */
export function validateImages(containers: readonly AnyContainer[], field: string): FieldError[] {
  const detail = 'must not have leading or trailing whitespace'
  return containers.flatMap(({ image = '' }, i) =>
    image.trim() === image ? [] : [fieldInvalid(`${field}[${i}].image`, image, detail)],
  )
}
