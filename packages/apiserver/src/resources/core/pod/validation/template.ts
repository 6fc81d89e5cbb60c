import type { PodTemplateSpec } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldRequired,
  validateAnnotations,
  validateLabels,
} from '@wherry/apimachinery'
import { validatePodAnnotations, validateProfilesMatch } from './annotations.ts'
import { validatePodSpec } from './spec.ts'

type Template = DeepReadonly<PodTemplateSpec> | undefined

/**
 * As `ValidatePodTemplateSpec`; the paths of labels and annotations leave `metadata` out, as upstream's do. `old` is
 * the template before an update.
 */
export function validatePodTemplate(template: Template, field: string, old?: Template): FieldError[] {
  if (!template) return [fieldRequired(field)]
  const { metadata = {}, spec } = template
  const { annotations } = metadata
  const context = old?.spec ? { isPod: false, old: old.spec } : { isPod: false }
  const errors = [
    ...validateLabels(metadata.labels, `${field}.labels`),
    ...validateAnnotations(annotations, `${field}.annotations`),
    ...(spec ? validatePodAnnotations(annotations, spec, `${field}.annotations`, old?.metadata?.annotations) : []),
    ...validatePodSpec(spec, context, `${field}.spec`),
    ...(spec ? validateProfilesMatch(metadata, spec, `${field}.spec`) : []),
  ]
  if (spec?.ephemeralContainers?.length) {
    errors.push(fieldForbidden(`${field}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'))
  }
  return errors
}
