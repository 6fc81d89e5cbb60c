import type { ReplicationController } from '@wherry/api'
import { type DeepReadonly, type FieldError, fieldInvalid, fieldRequired } from '@wherry/apimachinery'
import { validateRestarts } from '../apps/workload-validation.ts'
import { nonNegative } from '../fields.ts'
import { validatePodTemplate } from './pod/validation/template.ts'

/** As `ValidateReplicationControllerSpec`. */
export function validateControllerSpec(
  { spec }: DeepReadonly<ReplicationController>,
  old?: DeepReadonly<ReplicationController>,
): FieldError[] {
  const errors = nonNegative('spec.minReadySeconds', spec?.minReadySeconds)
  const selector = spec?.selector ?? {}
  if (Object.keys(selector).length === 0) errors.push(fieldRequired('spec.selector'))
  if (spec?.replicas === undefined) errors.push(fieldRequired('spec.replicas'))
  else errors.push(...nonNegative('spec.replicas', spec.replicas))
  const { template } = spec ?? {}
  if (!template) return [...errors, fieldRequired('spec.template')]
  // Labels are taken as they are: only those of the template are looked at.
  const labels = template.metadata?.labels
  if (Object.entries(selector).some(([key, value]) => labels?.[key] !== value)) {
    const detail = '`selector` does not match template `labels`'
    errors.push(fieldInvalid('spec.template.metadata.labels', labels, detail))
  }
  return [
    ...errors,
    ...validatePodTemplate(template, 'spec.template', old?.spec?.template),
    ...validateRestarts(template, 'spec.template', 'ReplicationController'),
  ]
}
