import type { Pod } from '@wherry/api'
import { type DeepReadonly, deepClone, type FieldError, fieldForbidden, semanticEqual } from '@wherry/apimachinery'
import type { SubresourceStrategy } from '../../../registry/resource.ts'
import { validateEphemeralContainers } from './validation/ephemeral-containers.ts'

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
  validateUpdate: (pod, old) => [...validateEphemeralContainers(pod.spec), ...validateAdditions(pod, old)],
}

/** As `ResetObjectMetaForStatus`: only the pod's own fields change here. */
export function resetMeta(pod: Pod, old: DeepReadonly<Pod>): void {
  const { labels, annotations, finalizers, ownerReferences, deletionTimestamp } = deepClone(old.metadata)
  Object.assign(pod.metadata, { labels, annotations, finalizers, ownerReferences, deletionTimestamp })
  for (const [name, value] of Object.entries(pod.metadata))
    if (value === undefined) Reflect.deleteProperty(pod.metadata, name)
}

function validateAdditions(pod: DeepReadonly<Pod>, old: DeepReadonly<Pod>): FieldError[] {
  const field = 'spec.ephemeralContainers'
  const after = new Map((pod.spec?.ephemeralContainers ?? []).map((container) => [container.name, container]))
  return (old.spec?.ephemeralContainers ?? []).flatMap((container) => {
    const now = after.get(container.name)
    if (!now) {
      return [
        fieldForbidden(field, `existing ephemeral containers ${JSON.stringify(container.name)} may not be removed\n`),
      ]
    }
    if (semanticEqual(now, container)) return []
    return [
      fieldForbidden(field, `existing ephemeral containers ${JSON.stringify(container.name)} may not be changed\n`),
    ]
  })
}
