import type { Pod } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { NodeInfo } from './node-info.ts'
import type { PodInfo } from './pod-info.ts'

/** Why a pod may not go to a node. `unresolvable`: no eviction of pods there would help. */
export interface Rejection {
  readonly unresolvable?: boolean
  /** In words for the pod's event, such as `Insufficient cpu`. */
  readonly reasons: readonly string[]
}

/** What happened in the cluster that may let a waiting pod go. */
export type ClusterEvent =
  | 'NodeAdd'
  | 'NodeAllocatable'
  | 'NodeLabels'
  | 'NodeTaints'
  | 'AssignedPodAdd'
  | 'AssignedPodUpdate'
  | 'AssignedPodDelete'
  | 'NamespaceLabels'

/** What the cluster looks like while one pod is being placed; it does not change meanwhile. */
export interface Cluster {
  readonly nodes: readonly NodeInfo[]
  namespaceLabels(namespace: string): Readonly<Record<string, string>> | undefined
  /** Pods that wait for others to leave this node. */
  nominated?(node: string): readonly PodInfo[]
}

/** One plugin's part in placing one pod: whatever it worked out about the pod lives here. */
export interface PodPlacement {
  /** Undefined where the pod may go to the node. */
  filter?(node: NodeInfo): Rejection | undefined
  /** Higher is better. From 0 to 100 where there is no `normalize`. */
  score?(node: NodeInfo): number
  /** Brings the scores of all candidates to 0 … 100, in place. */
  normalize?(scores: number[]): void
  /** Takes a pod into account that is not, or no longer, on the node: for preemption, which asks what would be. */
  podAdded?(pod: PodInfo, node: NodeInfo): void
  podRemoved?(pod: PodInfo, node: NodeInfo): void
}

/** One rule of placement, in a file of its own. As upstream's scheduling framework. */
export interface Plugin {
  readonly name: string
  /** How much its score counts; absent where it has none. */
  readonly weight?: number
  /** Events after which a pod that this plugin rejected is worth another try. */
  readonly events: readonly ClusterEvent[]
  /** A pod that is held back before it even waits for a node. */
  gate?(pod: DeepReadonly<Pod>): Rejection | undefined
  /** Begins the placement of one pod; undefined where the plugin has nothing to say about it. */
  place(pod: PodInfo, cluster: Cluster): PodPlacement | Rejection | undefined
}

export function isRejection(value: PodPlacement | Rejection | undefined): value is Rejection {
  return value !== undefined && 'reasons' in value
}

export const maxScore = 100

/** Scales scores to 0 … 100 by the highest one; `reverse` where little is good. As upstream's DefaultNormalizeScore. */
export function normalizeByMax(scores: number[], reverse: boolean): void {
  const max = scores.reduce((highest, score) => Math.max(highest, score), 0)
  for (const [i, score] of scores.entries()) {
    const scaled = max === 0 ? 0 : Math.floor((score * maxScore) / max)
    scores[i] = reverse ? maxScore - scaled : scaled
  }
}
