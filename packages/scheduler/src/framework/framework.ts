import type { Pod } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { Random } from '@wherry/component-base'
import type { NodeInfo } from './node-info.ts'
import { type Cluster, isRejection, type Plugin, type PodPlacement, type Rejection } from './plugin.ts'
import type { PodInfo } from './pod-info.ts'

/** One node's answer where it was no. */
export interface NodeRejection extends Rejection {
  readonly plugin: string
}

/** No node takes the pod. */
export interface NoFit {
  readonly rejections: ReadonlyMap<string, NodeRejection>
  /** Which plugins said no: only what they wait for makes another try worth while. */
  readonly plugins: ReadonlySet<string>
}

export type Placement = { readonly node: string } | { readonly noFit: NoFit }

/** One plugin at work on one pod. */
export interface Part {
  plugin: Plugin
  placement: PodPlacement
}

/** Below this many nodes all are looked at; above, a share that shrinks as the cluster grows (upstream's numbers). */
const minNodesToFind = 100

/** The plugins of a profile, run in order for one pod at a time. */
export class Framework {
  readonly #plugins: readonly Plugin[]
  readonly #random: Random
  #startAt = 0

  constructor(plugins: readonly Plugin[], random: Random) {
    this.#plugins = plugins
    this.#random = random
  }

  get plugins(): readonly Plugin[] {
    return this.#plugins
  }

  /** Why the pod may not even wait for a node yet. */
  gate(pod: DeepReadonly<Pod>): NodeRejection | undefined {
    for (const plugin of this.#plugins) {
      const rejection = plugin.gate?.(pod)
      if (rejection) return { ...rejection, plugin: plugin.name }
    }
    return undefined
  }

  /** Begins every plugin's part for a pod, or says which plugin rules out all nodes at once. */
  begin(pod: PodInfo, cluster: Cluster): Part[] | NodeRejection {
    const parts: Part[] = []
    for (const plugin of this.#plugins) {
      const placement = plugin.place(pod, cluster)
      if (isRejection(placement)) return { ...placement, plugin: plugin.name }
      if (placement) parts.push({ plugin, placement })
    }
    return parts
  }

  /** The first plugin's refusal of a node, or undefined where all agree. */
  filter(parts: readonly Part[], node: NodeInfo): NodeRejection | undefined {
    for (const { plugin, placement } of parts) {
      const rejection = placement.filter?.(node)
      if (rejection) return { ...rejection, plugin: plugin.name }
    }
    return undefined
  }

  /**
   * As `filter`, with more important pods that wait for room on the node counted as if they were there: their victims
   * are still going, and nobody else may take what they leave.
   */
  #filterWithNominated(parts: readonly Part[], node: NodeInfo, pod: PodInfo, cluster: Cluster) {
    const nominated = (cluster.nominated?.(node.name) ?? []).filter(
      (other) => other.priority >= pod.priority && other.uid !== pod.uid,
    )
    if (nominated.length > 0) {
      const trial = node.clone()
      for (const other of nominated) {
        trial.addPod(other)
        for (const { placement } of parts) placement.podAdded?.(other, node)
      }
      const rejection = this.filter(parts, trial)
      for (const other of nominated) for (const { placement } of parts) placement.podRemoved?.(other, node)
      if (rejection) return rejection
    }
    return this.filter(parts, node)
  }

  /** Chooses the best node for a pod; among equals, one at random. */
  place(pod: PodInfo, cluster: Cluster): Placement {
    const parts = this.begin(pod, cluster)
    if (!Array.isArray(parts)) {
      const rejections = new Map(cluster.nodes.map((node) => [node.name, parts]))
      return { noFit: { rejections, plugins: new Set([parts.plugin]) } }
    }
    const feasible: NodeInfo[] = []
    const rejections = new Map<string, NodeRejection>()
    const { nodes } = cluster
    const enough = nodesToFind(nodes.length)
    let looked = 0
    for (; looked < nodes.length && feasible.length < enough; looked++) {
      const node = nodes[(this.#startAt + looked) % nodes.length]
      if (!node) break
      const rejection = this.#filterWithNominated(parts, node, pod, cluster)
      if (rejection) rejections.set(node.name, rejection)
      else feasible.push(node)
    }
    // The next pod begins where this one ended, so that all nodes get their turn.
    this.#startAt = nodes.length === 0 ? 0 : (this.#startAt + looked) % nodes.length
    const best = feasible.length > 1 ? this.#best(parts, feasible) : feasible[0]
    if (best) return { node: best.name }
    return { noFit: { rejections, plugins: new Set([...rejections.values()].map(({ plugin }) => plugin)) } }
  }

  #best(parts: readonly Part[], nodes: readonly NodeInfo[]): NodeInfo | undefined {
    const totals = new Array<number>(nodes.length).fill(0)
    for (const { plugin, placement } of parts) {
      if (!placement.score || plugin.weight === undefined) continue
      const scores = nodes.map((node) => placement.score?.(node) ?? 0)
      placement.normalize?.(scores)
      for (const [i, score] of scores.entries()) totals[i] = (totals[i] ?? 0) + score * plugin.weight
    }
    const max = totals.reduce((highest, total) => Math.max(highest, total), Number.NEGATIVE_INFINITY)
    const equals = nodes.filter((_, i) => totals[i] === max)
    return equals[Math.floor(this.#random() * equals.length)]
  }
}

/** How many nodes that fit are enough to choose from. As upstream's `numFeasibleNodesToFind`. */
export function nodesToFind(nodes: number): number {
  if (nodes < minNodesToFind) return nodes
  const percent = Math.max(5, 50 - Math.floor(nodes / 125))
  return Math.max(minNodesToFind, Math.floor((nodes * percent) / 100))
}
