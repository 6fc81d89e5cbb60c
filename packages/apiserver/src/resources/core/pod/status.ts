import type { Pod } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { struct } from '../../structs.ts'

/** What the status path keeps of the old pod. As `podStatusStrategy.PrepareForUpdate`. */
export function preparePodStatus(pod: Pod, old: DeepReadonly<Pod>): void {
  const status = struct(pod, 'status')
  if (old.metadata.ownerReferences) pod.metadata.ownerReferences = old.metadata.ownerReferences.map((o) => ({ ...o }))
  else delete pod.metadata.ownerReferences
  // The class is set when the pod is created, and never changes.
  if (old.status?.qosClass) status.qosClass ||= old.status.qosClass
  status.observedGeneration ||= old.status?.observedGeneration
  if (!status.observedGeneration) delete status.observedGeneration
  const generations = new Map<string, (number | undefined)[]>()
  for (const { type, observedGeneration } of old.status?.conditions ?? []) {
    generations.set(type, [...(generations.get(type) ?? []), observedGeneration])
  }
  for (const condition of status.conditions ?? []) {
    const before = generations.get(condition.type)?.shift()
    if (!condition.observedGeneration && before) condition.observedGeneration = before
  }
  syncIPs(status, old.status ?? {})
}

/** The first of the plural fields is the singular one; the singular decides where an older client sets only that. */
function syncIPs(status: NonNullable<Pod['status']>, old: DeepReadonly<NonNullable<Pod['status']>>): void {
  if (status.podIP && status.podIP !== status.podIPs?.[0]?.ip) {
    // Left over from what was read, while the plural was set anew.
    if (status.podIP === old.podIP && status.podIPs?.[0]?.ip) status.podIP = status.podIPs[0].ip
    else status.podIPs = [{ ip: status.podIP }]
  } else if (!status.podIP && status.podIPs?.[0]?.ip) status.podIP = status.podIPs[0].ip
  if (status.hostIP && !status.hostIPs?.length) status.hostIPs = [{ ip: status.hostIP }]
}
