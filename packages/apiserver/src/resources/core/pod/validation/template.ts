import type { PodTemplateSpec } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldRequired,
  validateAnnotations,
  validateLabels,
} from '@wherry/apimachinery'
import { validatePodSpec } from './spec.ts'

/** As `ValidatePodTemplateSpec`; the paths of labels and annotations leave `metadata` out, as upstream's do. */
export function validatePodTemplate(template: DeepReadonly<PodTemplateSpec> | undefined, field: string): FieldError[] {
  if (!template) return [fieldRequired(field)]
  const errors = [
    ...validateLabels(template.metadata?.labels, `${field}.labels`),
    ...validateAnnotations(template.metadata?.annotations, `${field}.annotations`),
    ...validatePodSpec(template.spec, `${field}.spec`),
  ]
  if (template.spec?.ephemeralContainers?.length) {
    errors.push(fieldForbidden(`${field}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'))
  }
  return errors
}
