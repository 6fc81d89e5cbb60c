import type { Node, Pod } from '@wherry/api'
import { type DeepReadonly, deepEqual } from '@wherry/apimachinery'
import type { ClusterEvent } from './framework/plugin.ts'

/** What a change of a node means to pods that wait. */
export function nodeEvents(node: DeepReadonly<Node>, old: DeepReadonly<Node>): ClusterEvent[] {
  const events: ClusterEvent[] = []
  if (!deepEqual(node.status?.allocatable, old.status?.allocatable)) events.push('NodeAllocatable')
  if (!deepEqual(node.metadata.labels, old.metadata.labels)) events.push('NodeLabels')
  if (
    !deepEqual(node.spec?.taints, old.spec?.taints) ||
    (node.spec?.unschedulable ?? false) !== (old.spec?.unschedulable ?? false)
  ) {
    events.push('NodeTaints')
  }
  return events
}

/** Whether a change of a pod without a node may let it go: changes of its status, such as our own, do not. */
export function isRelevantUpdate(pod: DeepReadonly<Pod>, old: DeepReadonly<Pod>): boolean {
  return (
    !deepEqual(pod.spec, old.spec) ||
    !deepEqual(pod.metadata.labels, old.metadata.labels) ||
    !deepEqual(pod.metadata.annotations, old.metadata.annotations)
  )
}

/** Whether a change of a pod on a node may make room, or match an affinity. */
export function assignedPodChanged(pod: DeepReadonly<Pod>, old: DeepReadonly<Pod>): boolean {
  return !deepEqual(pod.spec, old.spec) || !deepEqual(pod.metadata.labels, old.metadata.labels)
}
