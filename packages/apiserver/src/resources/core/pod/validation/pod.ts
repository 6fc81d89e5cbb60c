import type { Pod } from '@wherry/api'
import { type DeepReadonly, type FieldError, fieldForbidden } from '@wherry/apimachinery'
import { validatePodSpec } from './spec.ts'

/** What holds for a pod at any time. As `validatePodMetadataAndSpec`; the metadata is the registry's. */
export function validatePod({ spec }: DeepReadonly<Pod>): FieldError[] {
  return validatePodSpec(spec, 'spec')
}

/** What holds for a new pod only. As `ValidatePodCreate`. */
export function validateNewPod({ spec }: DeepReadonly<Pod>): FieldError[] {
  const errors: FieldError[] = []
  if (spec?.ephemeralContainers?.length) {
    errors.push(fieldForbidden('spec.ephemeralContainers', 'cannot be set on create'))
  }
  if (spec?.nodeName && spec.schedulingGates?.length) {
    errors.push(fieldForbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'))
  }
  return errors
}
