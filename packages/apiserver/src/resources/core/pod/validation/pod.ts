import type { Pod } from '@wherry/api'
import { type DeepReadonly, type FieldError, fieldForbidden } from '@wherry/apimachinery'
import { validatePodAnnotations, validateProfilesMatch } from './annotations.ts'
import { validateImages } from './images.ts'
import { validatePodSpec } from './spec.ts'

type Value = DeepReadonly<Pod>

/**
 * What holds for a pod at any time, and for a new one (without `old`). As `validatePodMetadataAndSpec` and
 * `ValidatePodCreate`; the metadata is the registry's.
 */
export function validatePod(pod: Value, old?: Value): FieldError[] {
  const { metadata, spec = { containers: [] } } = pod
  const { name, annotations } = metadata
  const context = { isPod: true, ...(name ? { name } : {}), ...(old?.spec ? { old: old.spec } : {}) }
  return [
    ...validatePodAnnotations(annotations, spec, 'metadata.annotations', old?.metadata.annotations),
    ...validatePodSpec(spec, context, 'spec'),
    ...validateTokens(pod),
    ...validateImages(spec.containers ?? [], 'spec.containers'),
    ...validateImages(spec.initContainers ?? [], 'spec.initContainers'),
    ...(old ? [] : validateNewPod(pod)),
  ]
}

/** A token is a service account's. */
function validateTokens({ spec }: Value): FieldError[] {
  if (spec?.serviceAccountName) return []
  return (spec?.volumes ?? []).flatMap(({ projected }, i) =>
    (projected?.sources ?? []).flatMap(({ serviceAccountToken }, j) => {
      if (!serviceAccountToken) return []
      const field = `spec.volumes[${i}].projected.sources[${j}].serviceAccountToken`
      return [fieldForbidden(field, 'must not be specified when serviceAccountName is not set')]
    }),
  )
}

function validateNewPod({ metadata, spec }: Value): FieldError[] {
  const errors: FieldError[] = []
  if (spec?.ephemeralContainers?.length) {
    errors.push(fieldForbidden('spec.ephemeralContainers', 'cannot be set on create'))
  }
  if (spec?.nodeName && spec.schedulingGates?.length) {
    errors.push(fieldForbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'))
  }
  return spec ? [...errors, ...validateProfilesMatch(metadata, spec, 'spec')] : errors
}
