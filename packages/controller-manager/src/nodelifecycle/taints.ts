import type { Taint } from '@wherry/api'
import { type DeepReadonly, formatTime } from '@wherry/apimachinery'
import { type NodeView, readyCondition } from './health.ts'

export const notReadyTaint = 'node.kubernetes.io/not-ready'
export const unreachableTaint = 'node.kubernetes.io/unreachable'
const unschedulableTaint = 'node.kubernetes.io/unschedulable'

/** Condition, status, and the taint that keeps new pods away for it. */
const conditionTaints: readonly (readonly [type: string, status: string, key: string])[] = [
  ['Ready', 'False', notReadyTaint],
  ['Ready', 'Unknown', unreachableTaint],
  ['MemoryPressure', 'True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'True', 'node.kubernetes.io/disk-pressure'],
  ['NetworkUnavailable', 'True', 'node.kubernetes.io/network-unavailable'],
  ['PIDPressure', 'True', 'node.kubernetes.io/pid-pressure'],
]

const managedKeys = new Set([...conditionTaints.map(([, , key]) => key), unschedulableTaint])

export type EvictionDecision =
  /** Pods may be evicted from this node now. */
  | 'allowed'
  /** Not yet: other nodes' turn, or too much is unwell. What is tainted stays. */
  | 'wait'
  /** No node at all is ready: taints that evict come off. */
  | 'stop'

/**
 * The taints that a node shall have; undefined when they are right already. NoSchedule follows the conditions and
 * `spec.unschedulable`; NoExecute follows Ready, one of not-ready and unreachable at a time. Taints of others stay. As
 * `doNoScheduleTaintingPass` and `processTaintBaseEviction` of kube-controller-manager.
 */
export function planTaints(node: NodeView, eviction: EvictionDecision, now: number): Taint[] | undefined {
  const taints = node.spec?.taints ?? []
  const timeAdded = formatTime(now)
  const wanted = [...noScheduleKeys(node).map((key) => ({ key, effect: 'NoSchedule' })), ...noExecute(node, eviction)]
  const kept = taints.filter((taint) => !isManaged(taint) || wanted.some((other) => same(taint, other)))
  const added = wanted.filter((taint) => !taints.some((other) => same(taint, other)))
  if (added.length === 0 && kept.length === taints.length) return undefined
  return [...kept.map((taint) => ({ ...taint })), ...added.map((taint) => ({ ...taint, timeAdded }))]
}

/** Whether the node waits for its turn to be tainted NoExecute. */
export function needsEviction(node: NodeView): boolean {
  return readyCondition(node)?.status !== 'True' && readyCondition(node) !== undefined && !evicting(node)
}

function evicting(node: NodeView): boolean {
  return (node.spec?.taints ?? []).some(
    ({ key, effect }) => effect === 'NoExecute' && (key === notReadyTaint || key === unreachableTaint),
  )
}

function noScheduleKeys(node: NodeView): string[] {
  const keys = conditionTaints.flatMap(([type, status, key]) =>
    node.status?.conditions?.some((condition) => condition.type === type && condition.status === status) ? [key] : [],
  )
  return node.spec?.unschedulable ? [...keys, unschedulableTaint] : keys
}

function noExecute(node: NodeView, eviction: EvictionDecision): { key: string; effect: string }[] {
  const status = readyCondition(node)?.status
  if (status === undefined)
    return (node.spec?.taints ?? []).filter(({ effect, key }) => effect === 'NoExecute' && managedKeys.has(key))
  if (status === 'True' || eviction === 'stop') return []
  // A node that is being evicted already only changes from one reason to the other.
  if (eviction === 'wait' && !evicting(node)) return []
  return [{ key: status === 'False' ? notReadyTaint : unreachableTaint, effect: 'NoExecute' }]
}

function isManaged({ key, effect }: DeepReadonly<Taint>): boolean {
  if (effect === 'NoSchedule') return managedKeys.has(key)
  return effect === 'NoExecute' && (key === notReadyTaint || key === unreachableTaint)
}

function same(a: DeepReadonly<Taint>, b: DeepReadonly<Taint>): boolean {
  return a.key === b.key && a.effect === b.effect
}
