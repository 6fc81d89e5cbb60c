import type { TopologySpreadConstraint } from '@wherry/api'
import { type DeepReadonly, type LabelMatcher, labelsMatcher, matcherOf } from '@wherry/apimachinery'
import { findUntolerated, matchesPodNodeAffinity } from '@wherry/component-helpers'
import type { NodeInfo } from '../framework/node-info.ts'
import { type Cluster, maxScore, type Plugin, type PodPlacement, type Rejection } from '../framework/plugin.ts'
import type { PodInfo } from '../framework/pod-info.ts'

const skewed: Rejection = { reasons: ["node(s) didn't match pod topology spread constraints"] }
const unlabelled: Rejection = {
  unresolvable: true,
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
}
const hostname = 'kubernetes.io/hostname'

/** Spreads matching pods evenly over zones, nodes or whatever label says (KEP-895). */
export const podTopologySpread: Plugin = {
  name: 'PodTopologySpread',
  weight: 2,
  events: ['NodeAdd', 'NodeLabels', 'NodeTaints', 'AssignedPodAdd', 'AssignedPodUpdate', 'AssignedPodDelete'],
  place(pod, cluster) {
    const constraints = (pod.pod.spec?.topologySpreadConstraints ?? []).map((spec) => newConstraint(pod, spec))
    if (constraints.length === 0) return undefined
    const hard = constraints.filter(({ spec }) => spec.whenUnsatisfiable === 'DoNotSchedule')
    const soft = constraints.filter(({ spec }) => spec.whenUnsatisfiable !== 'DoNotSchedule')
    return {
      ...(hard.length > 0 && hardPlacement(pod, cluster, hard)),
      ...(soft.length > 0 && softPlacement(pod, cluster, soft)),
    }
  },
}

interface Constraint {
  spec: DeepReadonly<TopologySpreadConstraint>
  selector: LabelMatcher
  /** Whether nodes that the pod may not go to count. */
  includes(node: NodeInfo): boolean
}

function newConstraint(pod: PodInfo, spec: DeepReadonly<TopologySpreadConstraint>): Constraint {
  const base = matcherOf(spec.labelSelector)
  const labels = pod.pod.metadata.labels ?? {}
  const keys = (spec.matchLabelKeys ?? []).filter((key) => Object.hasOwn(labels, key))
  const same = labelsMatcher(Object.fromEntries(keys.map((key) => [key, labels[key] ?? ''])))
  const tolerations = pod.pod.spec?.tolerations ?? []
  return {
    spec,
    selector: keys.length === 0 ? base : { ...base, matches: (set) => base.matches(set) && same.matches(set) },
    includes: ({ node }) =>
      (spec.nodeAffinityPolicy === 'Ignore' || matchesPodNodeAffinity(pod.pod, node)) &&
      (spec.nodeTaintsPolicy !== 'Honor' ||
        findUntolerated(node.spec?.taints ?? [], tolerations, ['NoSchedule', 'NoExecute']) === undefined),
  }
}

function domainOf(node: NodeInfo, { spec }: Constraint): string | undefined {
  return node.node.metadata.labels?.[spec.topologyKey]
}

/** Pods that are being deleted leave room for new ones, so they do not count. */
function matches(pod: PodInfo, other: PodInfo, { selector }: Constraint): boolean {
  const { metadata } = other.pod
  return (
    metadata.namespace === pod.pod.metadata.namespace &&
    metadata.deletionTimestamp === undefined &&
    selector.matches(metadata.labels)
  )
}

function countOn(node: NodeInfo, pod: PodInfo, constraint: Constraint): number {
  let count = 0
  for (const other of node.pods.values()) if (matches(pod, other, constraint)) count++
  return count
}

function hardPlacement(pod: PodInfo, cluster: Cluster, constraints: readonly Constraint[]): PodPlacement {
  const counts = constraints.map(() => new Map<string, number>())
  const change = (node: NodeInfo, amountOf: (constraint: Constraint) => number) => {
    if (!constraints.every((constraint) => domainOf(node, constraint) !== undefined)) return
    for (const [i, constraint] of constraints.entries()) {
      const domain = domainOf(node, constraint)
      if (domain === undefined || !constraint.includes(node)) continue
      counts[i]?.set(domain, (counts[i].get(domain) ?? 0) + amountOf(constraint))
    }
  }
  for (const node of cluster.nodes) change(node, (constraint) => countOn(node, pod, constraint))
  const one = (other: PodInfo, amount: number) => (constraint: Constraint) =>
    matches(pod, other, constraint) ? amount : 0
  return {
    filter(node) {
      for (const [i, constraint] of constraints.entries()) {
        const domain = domainOf(node, constraint)
        if (domain === undefined) return unlabelled
        const domains = counts[i] ?? new Map<string, number>()
        const enough = domains.size >= (constraint.spec.minDomains ?? 1)
        const least = enough ? Math.min(...domains.values()) : 0
        const self = constraint.selector.matches(pod.pod.metadata.labels) ? 1 : 0
        if ((domains.get(domain) ?? 0) + self - least > constraint.spec.maxSkew) return skewed
      }
      return undefined
    },
    podAdded: (other, node) => change(node, one(other, 1)),
    podRemoved: (other, node) => change(node, one(other, -1)),
  }
}

/** Fewer matching pods in a node's domains are better; the more domains there are, the more one pod counts. */
function softPlacement(pod: PodInfo, cluster: Cluster, constraints: readonly Constraint[]): PodPlacement {
  const counts = constraints.map((constraint) => {
    const domains = new Map<string, number>()
    for (const node of cluster.nodes) {
      const domain = domainOf(node, constraint)
      if (domain === undefined || !constraint.includes(node)) continue
      domains.set(domain, (domains.get(domain) ?? 0) + countOn(node, pod, constraint))
    }
    return domains
  })
  const incomplete = Number.POSITIVE_INFINITY
  return {
    score(node) {
      let sum = 0
      for (const [i, constraint] of constraints.entries()) {
        const domain = domainOf(node, constraint)
        if (domain === undefined) return incomplete
        const domains = counts[i] ?? new Map<string, number>()
        const weight = Math.log((constraint.spec.topologyKey === hostname ? cluster.nodes.length : domains.size) + 2)
        sum += (domains.get(domain) ?? 0) * weight + (constraint.spec.maxSkew - 1)
      }
      return Math.round(sum)
    },
    normalize(scores) {
      const complete = scores.filter((score) => score !== incomplete)
      const min = Math.min(...complete)
      const max = Math.max(...complete)
      for (const [i, score] of scores.entries()) {
        if (score === incomplete) scores[i] = 0
        else scores[i] = max === 0 ? maxScore : Math.floor((maxScore * (max + min - score)) / max)
      }
    },
  }
}
