import type { Pod } from '@wherry/api'
import { type DeepReadonly, deepClone, type FieldError, fieldForbidden, semanticEqual } from '@wherry/apimachinery'
import type { SubresourceStrategy } from '../../../registry/resource.ts'
import { mirror, validateAnnotationUpdates } from './validation/annotations.ts'
import { difference } from './validation/difference.ts'
import { validatePod } from './validation/pod.ts'

/** Debugging containers: they are added, and then stay as they are. As `podEphemeralContainersStrategy`. */
export const ephemeralContainersStrategy: SubresourceStrategy<Pod> = {
  prepareForUpdate(pod, old) {
    const containers = pod.spec?.ephemeralContainers
    pod.spec = deepClone(old.spec ?? { containers: [] })
    if (containers) pod.spec.ephemeralContainers = containers
    else delete pod.spec.ephemeralContainers
    if (old.status) pod.status = deepClone(old.status)
    resetMeta(pod, old)
  },
  validateUpdate,
}

/** As `ResetObjectMetaForStatus`: only the pod's own fields change here. */
export function resetMeta(pod: Pod, old: DeepReadonly<Pod>): void {
  const { labels, annotations, finalizers, ownerReferences, deletionTimestamp } = deepClone(old.metadata)
  Object.assign(pod.metadata, { labels, annotations, finalizers, ownerReferences, deletionTimestamp })
  for (const [name, value] of Object.entries(pod.metadata))
    if (value === undefined) Reflect.deleteProperty(pod.metadata, name)
}

/** As `ValidatePodEphemeralContainersUpdate`. */
function validateUpdate(pod: DeepReadonly<Pod>, old: DeepReadonly<Pod>): FieldError[] {
  const { annotations } = old.metadata
  if (annotations?.[mirror] !== undefined) {
    return [fieldForbidden('[]', 'static pods do not support ephemeral containers')]
  }
  const errors = validatePod(pod, old)
  errors.push(...validateAnnotationUpdates(pod.metadata.annotations, annotations, 'metadata.annotations'))
  const after = new Map((pod.spec?.ephemeralContainers ?? []).map((container) => [container.name, container]))
  for (const container of old.spec?.ephemeralContainers ?? []) {
    const now = after.get(container.name)
    if (now && semanticEqual(now, container)) continue
    const what = `existing ephemeral containers ${JSON.stringify(container.name)} may not be`
    const text = now ? `${what} changed\n${difference(container, now)}` : `${what} removed\n`
    errors.push(fieldForbidden('spec.ephemeralContainers', text))
  }
  return errors
}
