import { type FieldError, fieldDuplicate, fieldInvalid } from '@wherry/apimachinery'
import { validateList } from '../lists.ts'
import { validateLabelName } from './names.ts'

const max = 4

interface WithConditions {
  readonly bindingConditions?: readonly string[]
  readonly bindingFailureConditions?: readonly string[]
}

/** Conditions that a device waits for before a pod is bound, and those that end the wait: both or none. */
export function validateBindingConditions(device: WithConditions, field: string): FieldError[] {
  const { bindingConditions: wanted = [], bindingFailureConditions: failed = [] } = device
  const [wantedPath, failedPath] = [`${field}.bindingConditions`, `${field}.bindingFailureConditions`]
  const errors = [
    ...validateList(wanted, max, wantedPath, validateLabelName),
    ...validateList(failed, max, failedPath, validateLabelName),
    ...duplicates(wanted, wantedPath),
  ]
  for (const [i, name] of failed.entries()) {
    if (failed.indexOf(name) < i) errors.push(fieldDuplicate(`${failedPath}[${i}]`, name))
    if (!wanted.includes(name)) continue
    const detail = 'bindingFailureConditions must not overlap with bindingConditions'
    errors.push(fieldInvalid(`${failedPath}[${i}]`, name, detail))
  }
  const both = (one: string, other: string) => `${one} are required to use ${other}`
  if (wanted.length === 0 && failed.length > 0) {
    errors.push(
      fieldInvalid(wantedPath, device.bindingConditions ?? null, both('bindingConditions', 'bindingFailureConditions')),
    )
  }
  if (failed.length === 0 && wanted.length > 0) {
    errors.push(
      fieldInvalid(
        failedPath,
        device.bindingFailureConditions ?? null,
        both('bindingFailureConditions', 'bindingConditions'),
      ),
    )
  }
  return errors
}

function duplicates(names: readonly string[], field: string): FieldError[] {
  return names.flatMap((name, i) => (names.indexOf(name) < i ? [fieldDuplicate(`${field}[${i}]`, name)] : []))
}
