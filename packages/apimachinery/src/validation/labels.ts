import type { LabelSelector } from '@wherry/api'
import { child, type FieldError, fieldForbidden, fieldInvalid, fieldRequired, index } from '../errors/field-errors.ts'
import type { DeepReadonly } from '../meta/deep.ts'
import { isQualifiedName, isValidLabelValue } from './names.ts'

/** Refusals of labels: keys are qualified names, values short names or empty. */
export function validateLabels(labels: Readonly<Record<string, string>> | undefined, field: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...isQualifiedName(key).map((detail) => fieldInvalid(field, key, detail)),
    ...isValidLabelValue(value).map((detail) => fieldInvalid(field, value, detail)),
  ])
}

/** Refusals of a label selector in an object. As upstream: meta/v1/validation, `ValidateLabelSelector`. */
export function validateLabelSelector(
  selector: DeepReadonly<LabelSelector> | undefined,
  field: string,
  { allowInvalidValues = false }: { readonly allowInvalidValues?: boolean } = {},
): FieldError[] {
  const errors = validateLabels(selector?.matchLabels, child(field, 'matchLabels'))
  for (const [i, requirement] of (selector?.matchExpressions ?? []).entries()) {
    const path = index(child(field, 'matchExpressions'), i)
    // Clients may leave out what must be there.
    const { key = '', operator = '', values = [] } = requirement
    if (operator === 'In' || operator === 'NotIn') {
      const detail = "must be specified when `operator` is 'In' or 'NotIn'"
      if (values.length === 0) errors.push(fieldRequired(child(path, 'values'), detail))
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
      if (values.length > 0) errors.push(fieldForbidden(child(path, 'values'), detail))
    } else errors.push(fieldInvalid(child(path, 'operator'), operator, 'not a valid selector operator'))
    for (const detail of isQualifiedName(key)) errors.push(fieldInvalid(child(path, 'key'), key, detail))
    if (allowInvalidValues) continue
    for (const [j, value] of values.entries()) {
      for (const detail of isValidLabelValue(value)) {
        errors.push(fieldInvalid(index(child(path, 'values'), j), value, detail))
      }
    }
  }
  return errors
}
