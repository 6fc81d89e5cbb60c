import type { PodDisruptionBudget } from '@wherry/api'
import { type DeepReadonly, matcherOf, parseTime } from '@wherry/apimachinery'
import type { Framework, NodeRejection, Part } from '../framework/framework.ts'
import type { NodeInfo } from '../framework/node-info.ts'
import type { PodInfo } from '../framework/pod-info.ts'

/** A node on which the pod would fit if these pods were gone. */
export interface Candidate {
  readonly node: string
  /** The most important first. */
  readonly victims: readonly PodInfo[]
  readonly violations: number
}

type Budget = DeepReadonly<PodDisruptionBudget>

const noVictims = 'No preemption victims found for incoming pod'

/**
 * The fewest and least important pods that must go from a node so that the pod fits, or why none would help. As
 * upstream's `SelectVictimsOnNode`: all less important pods are taken away, then given back one by one while the pod
 * still fits, those first whose disruption budget would be violated, then the most important.
 */
export function selectVictims(
  framework: Framework,
  parts: readonly Part[],
  pod: PodInfo,
  node: NodeInfo,
  budgets: readonly Budget[],
): Candidate | NodeRejection {
  const lesser = [...node.pods.values()].filter(({ priority }) => priority < pod.priority).sort(byImportance)
  if (lesser.length === 0) return { plugin: 'DefaultPreemption', unresolvable: true, reasons: [noVictims] }
  const trial = node.clone()
  const remove = (victim: PodInfo) => {
    trial.removePod(victim.uid)
    for (const { placement } of parts) placement.podRemoved?.(victim, node)
  }
  const giveBack = (victim: PodInfo) => {
    trial.addPod(victim)
    for (const { placement } of parts) placement.podAdded?.(victim, node)
  }
  for (const victim of lesser) remove(victim)
  const rejection = framework.filter(parts, trial)
  if (rejection) {
    for (const victim of lesser) giveBack(victim)
    return rejection
  }
  const { violating, others } = byBudget(lesser, budgets)
  const victims: PodInfo[] = []
  let violations = 0
  for (const victim of [...violating, ...others]) {
    giveBack(victim)
    if (!framework.filter(parts, trial)) continue
    remove(victim)
    victims.push(victim)
    if (violating.includes(victim)) violations++
  }
  // What the plugins have counted is as it was before.
  for (const victim of victims) giveBack(victim)
  return { node: node.name, victims: victims.sort(byImportance), violations }
}

/**
 * The candidate that hurts least: fewest violated budgets, then the least important pods, the smallest sum of
 * priorities, the fewest pods, and those that started last. As upstream's `pickOneNodeForPreemption`.
 */
export function pickCandidate(candidates: readonly Candidate[]): Candidate | undefined {
  const measures: ((candidate: Candidate) => number)[] = [
    ({ violations }) => violations,
    ({ victims }) => victims[0]?.priority ?? Number.NEGATIVE_INFINITY,
    ({ victims }) => victims.reduce((sum, { priority }) => sum + priority + 2 ** 31, 0),
    ({ victims }) => victims.length,
    ({ victims }) => -earliestStart(victims),
  ]
  let left = candidates
  for (const measure of measures) {
    const best = Math.min(...left.map(measure))
    left = left.filter((candidate) => measure(candidate) === best)
  }
  return left[0]
}

function earliestStart(victims: readonly PodInfo[]): number {
  const highest = victims.filter(({ priority }) => priority === victims[0]?.priority)
  return Math.min(...highest.map(startTime))
}

function startTime({ pod }: PodInfo): number {
  return pod.status?.startTime ? parseTime(pod.status.startTime) : Number.POSITIVE_INFINITY
}

function byImportance(a: PodInfo, b: PodInfo): number {
  return b.priority - a.priority || startTime(a) - startTime(b)
}

/** Splits pods into those that a budget protects and the others; each pod uses up what its budgets allow. */
function byBudget(pods: readonly PodInfo[], budgets: readonly Budget[]): { violating: PodInfo[]; others: PodInfo[] } {
  const allowed = budgets.map((budget) => budget.status?.disruptionsAllowed ?? 0)
  const selectors = budgets.map(({ spec }) => matcherOf(spec?.selector))
  const violating: PodInfo[] = []
  const others: PodInfo[] = []
  for (const info of pods) {
    const { namespace, name = '', labels } = info.pod.metadata
    let violates = false
    for (const [i, budget] of budgets.entries()) {
      if (budget.metadata.namespace !== namespace || selectors[i]?.empty || !selectors[i]?.matches(labels)) continue
      if (budget.status?.disruptedPods?.[name] !== undefined) continue
      allowed[i] = (allowed[i] ?? 0) - 1
      if (allowed[i] < 0) violates = true
    }
    if (violates) violating.push(info)
    else others.push(info)
  }
  return { violating, others }
}
