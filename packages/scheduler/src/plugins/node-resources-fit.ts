import type { NodeInfo } from '../framework/node-info.ts'
import { maxScore, type Plugin, type Rejection } from '../framework/plugin.ts'
import type { PodInfo } from '../framework/pod-info.ts'

/** A pod goes only where its requests are still free; nodes with more left are preferred (LeastAllocated). */
export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  weight: 1,
  events: ['NodeAdd', 'NodeAllocatable', 'AssignedPodDelete', 'AssignedPodUpdate'],
  place(pod) {
    return {
      filter: (node) => insufficient(pod, node),
      score: (node) => leastAllocated(pod, node),
    }
  },
}

/** What the node lacks; unresolvable where the whole node would not be enough. */
export function insufficient(pod: PodInfo, node: NodeInfo): Rejection | undefined {
  const reasons: string[] = []
  let unresolvable = false
  const allowed = node.allocatable.get('pods') ?? 0
  if (node.pods.size + 1 > allowed) reasons.push('Too many pods')
  for (const [resource, amount] of pod.requests) {
    const allocatable = node.allocatable.get(resource) ?? 0
    if (amount > allocatable - (node.requested.get(resource) ?? 0)) {
      reasons.push(`Insufficient ${resource}`)
      if (amount > allocatable) unresolvable = true
    }
  }
  return reasons.length > 0 ? { reasons, unresolvable } : undefined
}

/** The mean of what would be left of cpu and memory, in percent. */
function leastAllocated(pod: PodInfo, node: NodeInfo): number {
  let sum = 0
  let count = 0
  for (const resource of ['cpu', 'memory'] as const) {
    const allocatable = node.allocatable.get(resource) ?? 0
    if (allocatable === 0) continue
    const used = node.nonZero[resource] + pod.nonZero[resource]
    sum += used > allocatable ? 0 : Math.floor(((allocatable - used) * maxScore) / allocatable)
    count++
  }
  return count === 0 ? 0 : Math.floor(sum / count)
}
