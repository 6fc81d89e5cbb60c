import type { Container, Pod } from '@wherry/api'
import { type DeepReadonly, type FieldError, fieldForbidden, fieldInvalid } from '@wherry/apimachinery'
import { validatePodSpec } from './spec.ts'

type Value = DeepReadonly<Pod>

/** Marks the pod that stands in the API for one that a node runs on its own. */
const mirror = 'kubernetes.io/config.mirror'
const mirrorField = `metadata.annotations[${mirror}]`

/** What holds for a pod at any time. As `validatePodMetadataAndSpec`; the metadata is the registry's. */
export function validatePod({ metadata, spec }: Value): FieldError[] {
  const annotation = metadata.annotations?.[mirror]
  const errors: FieldError[] = []
  if (annotation !== undefined && !spec?.nodeName) {
    const detail = 'must set spec.nodeName if mirror pod annotation is set'
    errors.push(fieldInvalid(mirrorField, annotation, detail))
  }
  return [
    ...errors,
    ...validatePodSpec(spec, 'spec'),
    ...validateImages(spec?.containers ?? [], 'spec.containers'),
    ...validateImages(spec?.initContainers ?? [], 'spec.initContainers'),
  ]
}

/** Templates may have such images, as a sign to those who fill them in; pods may not. */
function validateImages(containers: DeepReadonly<Container[]>, field: string): FieldError[] {
  const detail = 'must not have leading or trailing whitespace'
  return containers.flatMap(({ image = '' }, i) =>
    image.trim() === image ? [] : [fieldInvalid(`${field}[${i}].image`, image, detail)],
  )
}

/** What holds for a new pod only. As `ValidatePodCreate`. */
export function validateNewPod({ spec }: Value): FieldError[] {
  const errors: FieldError[] = []
  if (spec?.ephemeralContainers?.length) {
    errors.push(fieldForbidden('spec.ephemeralContainers', 'cannot be set on create'))
  }
  if (spec?.nodeName && spec.schedulingGates?.length) {
    errors.push(fieldForbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'))
  }
  return errors
}

/** A pod is a mirror from its beginning or not at all. As `ValidatePodSpecificAnnotationUpdates`. */
export function validateMirrorUpdate({ metadata }: Value, { metadata: old }: Value): FieldError[] {
  const before = old.annotations?.[mirror]
  if (metadata.annotations?.[mirror] === before) return []
  const detail =
    before === undefined ? 'may not add mirror pod annotation' : 'may not remove or update mirror pod annotation'
  return [fieldForbidden(mirrorField, detail)]
}
