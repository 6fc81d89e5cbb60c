import { type AffinityTerm, affinityTerms, type NamespaceLabels } from '../framework/affinity-term.ts'
import type { NodeInfo } from '../framework/node-info.ts'
import { type Cluster, maxScore, type Plugin, type PodPlacement, type Rejection } from '../framework/plugin.ts'
import type { PodInfo } from '../framework/pod-info.ts'

const rejectedByOthers: Rejection = { reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"] }
const noAffinity: Rejection = { unresolvable: true, reasons: ["node(s) didn't match pod affinity rules"] }
const hasAntiAffinity: Rejection = { reasons: ["node(s) didn't match pod anti-affinity rules"] }

/** How much a pod's required affinity pulls others towards it when nodes are scored. */
const hardAffinityWeight = 1

/** Pods that must, must not, would rather or rather not be near others; both what this pod says and what others say. */
export const interPodAffinity: Plugin = {
  name: 'InterPodAffinity',
  weight: 2,
  events: ['NodeAdd', 'NodeLabels', 'AssignedPodAdd', 'AssignedPodUpdate', 'AssignedPodDelete', 'NamespaceLabels'],
  place: (pod, cluster) => new Placement(pod, cluster).placement(),
}

/** Counts of matching pods, by topology key and value. */
class Domains {
  readonly #counts = new Map<string, number>()

  get empty(): boolean {
    return this.#counts.size === 0
  }

  add({ topologyKey }: AffinityTerm, node: NodeInfo, amount: number): void {
    const value = node.node.metadata.labels?.[topologyKey]
    if (value === undefined) return
    const key = `${topologyKey}\0${value}`
    const count = (this.#counts.get(key) ?? 0) + amount
    if (count === 0) this.#counts.delete(key)
    else this.#counts.set(key, count)
  }

  /** 0 where the node does not have the key. */
  of({ topologyKey }: { topologyKey: string }, node: NodeInfo): number {
    const value = node.node.metadata.labels?.[topologyKey]
    return value === undefined ? 0 : (this.#counts.get(`${topologyKey}\0${value}`) ?? 0)
  }
}

class Placement {
  readonly #pod: PodInfo
  readonly #labels: NamespaceLabels
  readonly #terms
  /** Domains that others' anti-affinity closes to this pod, those with what it wants, and those with what it avoids. */
  readonly #closed = new Domains()
  readonly #wanted = new Domains()
  readonly #avoided = new Domains()
  readonly #closedKeys = new Set<string>()
  readonly #scoreKeys = new Set<string>()
  readonly #cluster: Cluster

  constructor(pod: PodInfo, cluster: Cluster) {
    this.#pod = pod
    this.#cluster = cluster
    this.#labels = (namespace) => cluster.namespaceLabels(namespace)
    this.#terms = affinityTerms(pod)
    const own = this.#terms.affinity.length > 0 || this.#terms.antiAffinity.length > 0
    for (const node of cluster.nodes) {
      const others = own ? node.pods.values() : node.podsWithAntiAffinity.values()
      for (const other of others) this.#count(other, node, 1)
    }
  }

  placement(): PodPlacement | undefined {
    const { affinity, antiAffinity, preferred } = this.#terms
    const scored = preferred.length > 0 || this.#cluster.nodes.some((node) => node.podsWithAffinity.size > 0)
    const filtered = affinity.length > 0 || antiAffinity.length > 0 || !this.#closed.empty
    if (!scored && !filtered) return undefined
    let scores: Domains | undefined
    return {
      filter: (node) => this.#filter(node),
      podAdded: (pod, node) => this.#count(pod, node, 1),
      podRemoved: (pod, node) => this.#count(pod, node, -1),
      ...(scored && {
        score: (node) => {
          scores ??= this.#scores()
          return this.#scoreOf(scores, node)
        },
        normalize,
      }),
    }
  }

  #count(other: PodInfo, node: NodeInfo, amount: number): void {
    for (const term of affinityTerms(other).antiAffinity) {
      if (!term.matches(this.#pod, this.#labels)) continue
      this.#closed.add(term, node, amount)
      this.#closedKeys.add(term.topologyKey)
    }
    const { affinity, antiAffinity } = this.#terms
    if (affinity.length > 0 && affinity.every((term) => term.matches(other, this.#labels))) {
      for (const term of affinity) this.#wanted.add(term, node, amount)
    }
    for (const term of antiAffinity) if (term.matches(other, this.#labels)) this.#avoided.add(term, node, amount)
  }

  #filter(node: NodeInfo): Rejection | undefined {
    const { affinity, antiAffinity } = this.#terms
    if (affinity.length > 0 && !this.#hasWanted(node)) return noAffinity
    if (antiAffinity.some((term) => this.#avoided.of(term, node) > 0)) return hasAntiAffinity
    for (const topologyKey of this.#closedKeys) if (this.#closed.of({ topologyKey }, node) > 0) return rejectedByOthers
    return undefined
  }

  /** The first pod of a group that wants to be together matches itself: it may go anywhere with the topology. */
  #hasWanted(node: NodeInfo): boolean {
    const { affinity } = this.#terms
    const labels = node.node.metadata.labels ?? {}
    if (!affinity.every(({ topologyKey }) => Object.hasOwn(labels, topologyKey))) return false
    if (affinity.every((term) => this.#wanted.of(term, node) > 0)) return true
    return this.#wanted.empty && affinity.every((term) => term.matches(this.#pod, this.#labels))
  }

  #scores(): Domains {
    const domains = new Domains()
    const add = (term: AffinityTerm, node: NodeInfo, weight: number) => {
      domains.add(term, node, weight)
      this.#scoreKeys.add(term.topologyKey)
    }
    const { preferred } = this.#terms
    for (const node of this.#cluster.nodes) {
      const others = preferred.length > 0 ? node.pods.values() : node.podsWithAffinity.values()
      for (const other of others) {
        for (const term of preferred) if (term.matches(other, this.#labels)) add(term, node, term.weight)
        const theirs = affinityTerms(other)
        for (const term of theirs.affinity)
          if (term.matches(this.#pod, this.#labels)) add(term, node, hardAffinityWeight)
        for (const term of theirs.preferred) if (term.matches(this.#pod, this.#labels)) add(term, node, term.weight)
      }
    }
    return domains
  }

  #scoreOf(domains: Domains, node: NodeInfo): number {
    let sum = 0
    for (const topologyKey of this.#scoreKeys) sum += domains.of({ topologyKey }, node)
    return sum
  }
}

/** From the least to the most wanted node: 0 … 100. */
function normalize(scores: number[]): void {
  const min = Math.min(...scores)
  const span = Math.max(...scores) - min
  for (const [i, score] of scores.entries()) scores[i] = span === 0 ? 0 : Math.floor((maxScore * (score - min)) / span)
}
