import type { Container, Pod } from '@wherry/api'
import { type DeepReadonly, deepClone } from '@wherry/apimachinery'
import type { SubresourceStrategy } from '../../../registry/resource.ts'
import { resetMeta } from './ephemeral-containers.ts'
import { validateResize } from './validation/resize.ts'

/** Changes of containers' resources while they run. As `podResizeStrategy`. */
export const resizeStrategy: SubresourceStrategy<Pod> = {
  prepareForUpdate(pod, old) {
    const { containers = [], initContainers = [], resources } = pod.spec ?? {}
    const before = old.spec
    // Added, removed or renamed containers are left for validation to refuse.
    if (!before || !sameNames(containers, before.containers) || !sameNames(initContainers, before.initContainers))
      return
    pod.spec = deepClone(before)
    pod.spec.containers = resized(before.containers, containers)
    if (resources) pod.spec.resources = resources
    else delete pod.spec.resources
    if (before.initContainers) pod.spec.initContainers = resized(before.initContainers, initContainers)
    if (old.status) pod.status = deepClone(old.status)
    resetMeta(pod, old)
  },
  validateUpdate: validateResize,
}

function sameNames(a: readonly Container[], b: DeepReadonly<Container[]> | undefined): boolean {
  return a.length === (b?.length ?? 0) && a.every(({ name }, i) => name === b?.[i]?.name)
}

function resized(old: DeepReadonly<Container[]>, now: readonly Container[]): Container[] {
  return old.map((container, i) => {
    const copy: Container = deepClone(container)
    const { resources, resizePolicy } = now[i] ?? {}
    if (resources) copy.resources = resources
    else delete copy.resources
    if (resizePolicy) copy.resizePolicy = resizePolicy
    else delete copy.resizePolicy
    return copy
  })
}
