import type { LabelSelector, PodTemplateSpec } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isPercent,
  matcherOf,
  validateLabelSelector,
} from '@wherry/apimachinery'
import { validatePodTemplate } from '../core/pod/validation/template.ts'
import { nonNegative } from '../fields.ts'

type Selector = DeepReadonly<LabelSelector> | undefined
type Template = DeepReadonly<PodTemplateSpec> | undefined

/** A workload's selector: there, valid and not empty. `owner` is the kind as the message names it. */
export function validateWorkloadSelector(selector: Selector, field: string, owner: string): FieldError[] {
  if (selector === undefined) return [fieldRequired(field)]
  const errors = validateLabelSelector(selector, field)
  if (isEmptySelector(selector)) errors.push(fieldInvalid(field, selector, `empty selector is invalid for ${owner}`))
  return errors
}

export function isEmptySelector(selector: DeepReadonly<LabelSelector>): boolean {
  return Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0
}

/** What a workload has: a template, and a selector of the pods that are made from it. */
interface WorkloadSpec {
  readonly selector?: Selector
  readonly template?: Template
}

/**
 * The template of pods that are always replaced: selected by the selector, restarted always, without a deadline.
 * As pkg/apis/apps/validation `ValidatePodTemplateSpecForReplicaSet`; `owner` is the kind as the message names it. A
 * selector that does not parse is refused once more, and what it selects is not looked at.
 */
export function validateWorkloadTemplate(
  { selector, template }: WorkloadSpec = {},
  owner: string,
  old?: Template,
  invalidSelector = 'invalid label selector',
): FieldError[] {
  if (selector && validateLabelSelector(selector, '').length > 0) {
    return [fieldInvalid('spec.selector', selector, invalidSelector)]
  }
  const field = 'spec.template'
  if (template === undefined) return [fieldRequired(field)]
  return [
    ...(selector && isEmptySelector(selector) ? [] : validateSelected(template, selector, field)),
    ...validatePodTemplate(template, field, old),
    ...validateRestarts(template, field, owner),
  ]
}

/** The selector, where it parses, must select pods of the template; without one, nothing is selected. */
export function validateSelected(template: Template, selector: Selector, field: string): FieldError[] {
  if (selector && validateLabelSelector(selector, '').length > 0) return []
  const labels = template?.metadata?.labels
  if (selector && matcherOf(selector).matches(labels)) return []
  return [fieldInvalid(`${field}.metadata.labels`, labels, '`selector` does not match template `labels`')]
}

/** Always, and for as long as it takes. */
export function validateRestarts(template: Template, field: string, owner: string): FieldError[] {
  const errors: FieldError[] = []
  const policy = template?.spec?.restartPolicy ?? ''
  if (policy !== 'Always') errors.push(fieldNotSupported(`${field}.spec.restartPolicy`, policy, ['Always']))
  if (template?.spec?.activeDeadlineSeconds !== undefined) {
    const detail = `activeDeadlineSeconds in ${owner} is not Supported`
    errors.push(fieldForbidden(`${field}.spec.activeDeadlineSeconds`, detail))
  }
  return errors
}

/** Hashes that collided once stay taken. */
export function notDecremented(count: number | undefined, old: number | undefined): FieldError[] {
  if (old === undefined || (count !== undefined && count >= old)) return []
  return [fieldInvalid('status.collisionCount', count ?? 0, 'cannot be decremented')]
}

export function validatePositiveIntOrPercent(field: string, value: number | string | undefined): FieldError[] {
  if (typeof value !== 'string') return nonNegative(field, value)
  return isPercent(value).map((detail) => fieldInvalid(field, value, detail))
}

export function notMoreThan100Percent(field: string, value: number | string | undefined): FieldError[] {
  const percent = percentOf(value)
  return percent !== undefined && percent > 100 ? [fieldInvalid(field, value, 'must not be greater than 100%')] : []
}

/** The number, or the number before the percent sign. */
export function intOrPercentNumber(value: number | string | undefined): number {
  return typeof value === 'number' ? value : (percentOf(value) ?? 0)
}

function percentOf(value: number | string | undefined): number | undefined {
  return typeof value === 'string' && isPercent(value).length === 0 ? Number(value.slice(0, -1)) : undefined
}

/** Counts of a status: none negative, and the parts no larger than the whole. */
export function validateReplicaCounts(
  counts: Readonly<Record<string, number | undefined>>,
  atMost: readonly (readonly [part: string, whole: string, detail: string])[],
): FieldError[] {
  const errors = Object.entries(counts).flatMap(([name, value]) => nonNegative(`status.${name}`, value))
  for (const [part, whole, detail] of atMost) {
    const value = counts[part] ?? 0
    if (value > (counts[whole] ?? 0)) errors.push(fieldInvalid(`status.${part}`, value, detail))
  }
  return errors
}
