import type { ReplicationController } from '@wherry/api'
import { type DeepReadonly, type FieldError, fieldRequired } from '@wherry/apimachinery'
import { validateWorkloadTemplate } from '../apps/workload-validation.ts'
import { nonNegative } from '../fields.ts'

/** As `ValidateReplicationControllerSpec`. */
export function validateControllerSpec({ spec }: DeepReadonly<ReplicationController>): FieldError[] {
  const errors = nonNegative('spec.minReadySeconds', spec?.minReadySeconds)
  const selector = spec?.selector ?? {}
  if (Object.keys(selector).length === 0) errors.push(fieldRequired('spec.selector'))
  if (spec?.replicas === undefined) errors.push(fieldRequired('spec.replicas'))
  else errors.push(...nonNegative('spec.replicas', spec.replicas))
  const labels = { matchLabels: selector }
  return [...errors, ...validateWorkloadTemplate(spec?.template, labels, 'spec.template', 'ReplicationController')]
}
