import { type DeepReadonly, type FieldError, fieldDuplicate, fieldTooMany } from '@wherry/apimachinery'

/** Checks each item of a list; a list that is too long is refused at once. */
export function validateList<T>(
  items: readonly T[] | undefined,
  max: number,
  field: string,
  validate: (item: T, field: string) => readonly FieldError[],
): FieldError[] {
  if (!items) return []
  if (items.length > max) return [fieldTooMany(field, items.length, max)]
  return items.flatMap((item, i) => validate(item, `${field}[${i}]`))
}

/** The same for a list in which each key may stand once. */
export function validateSet<T>(
  items: readonly DeepReadonly<T>[] | undefined,
  max: number,
  field: string,
  validate: (item: DeepReadonly<T>, field: string) => readonly FieldError[],
  keyOf: (item: DeepReadonly<T>) => string,
): FieldError[] {
  const errors = validateList(items, max, field, validate)
  if (!items || items.length > max) return errors
  const seen = new Set<string>()
  for (const [i, item] of items.entries()) {
    const key = keyOf(item)
    if (seen.has(key)) errors.push(fieldDuplicate(`${field}[${i}]`, key))
    seen.add(key)
  }
  return errors
}
