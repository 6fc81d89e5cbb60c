import type { DaemonSetStatus, Pod } from '@wherry/api'
import { type DeepReadonly, intOrPercent } from '@wherry/apimachinery'
import { isPodAvailable, isPodReady, isPodTerminal } from '@wherry/component-helpers'
import { byCreation, isDeleting } from '../meta.ts'
import { nextAvailability } from '../replicaset/replica-status.ts'
import { compact, countOrAbsent } from '../status.ts'
import { type DaemonSetView, fitOn, type NodeView, targetNode } from './node-fit.ts'

type PodView = DeepReadonly<Pod>

export const hashLabel = 'controller-revision-hash'

export interface DaemonEvent {
  type: 'Normal' | 'Warning'
  reason: string
  message: string
}

export interface DaemonPlan {
  /** The nodes to make a pod for. */
  create: string[]
  remove: PodView[]
  events: DaemonEvent[]
  status: DaemonSetStatus
  requeueAfterMs?: number
}

export interface DaemonFacts {
  set: DaemonSetView
  nodes: readonly NodeView[]
  /** The pods that the set owns. */
  pods: readonly PodView[]
  /** Of the present template. */
  hash: string
  /** Milliseconds until a failed pod on this node may be replaced. */
  backoffMs: (node: string) => number
  collisionCount: number
  now: number
}

/** Decides one sync. As kube-controller-manager `manage`, `rollingUpdate` and `updateDaemonSetStatus`; pure. */
export function planDaemons(facts: DaemonFacts): DaemonPlan {
  const byNode = podsByTarget(facts)
  const plan: DaemonPlan = { create: [], remove: [], events: [], status: statusOf(facts, byNode) }
  const known = new Set(facts.nodes.map(({ metadata }) => metadata.name))
  for (const [node, pods] of byNode) {
    // Pods that wait for a node that is gone would wait for ever.
    if (!known.has(node)) plan.remove.push(...pods.filter((pod) => !pod.spec?.nodeName && !isDeleting(pod.metadata)))
  }
  for (const node of facts.nodes) manageNode(facts, node, byNode.get(node.metadata.name ?? ''), plan)
  if (facts.set.spec?.updateStrategy?.type !== 'OnDelete') rollingUpdate(facts, byNode, plan)
  const wait = nextAvailability(facts.pods, facts.set.spec?.minReadySeconds ?? 0, facts.now)
  if (wait !== undefined) plan.requeueAfterMs = Math.min(wait, plan.requeueAfterMs ?? wait)
  plan.remove = [...new Set(plan.remove)]
  plan.create = [...new Set(plan.create)]
  return plan
}

function podsByTarget({ pods }: DaemonFacts): Map<string, PodView[]> {
  const byNode = new Map<string, PodView[]>()
  for (const pod of pods) {
    // Ended pods that are being deleted as well are as good as gone.
    if (isPodTerminal(pod) && isDeleting(pod.metadata)) continue
    const node = targetNode(pod)
    if (node !== undefined) byNode.set(node, [...(byNode.get(node) ?? []), pod])
  }
  for (const list of byNode.values()) list.sort(byCreation)
  return byNode
}

/** As `podsShouldBeOnNode`. */
function manageNode(facts: DaemonFacts, node: NodeView, pods: readonly PodView[] | undefined, plan: DaemonPlan): void {
  const { set } = facts
  const name = node.metadata.name ?? ''
  const { shouldRun, mayStay } = fitOn(set, node)
  if (!mayStay) {
    plan.remove.push(...(pods ?? []).filter((pod) => !isDeleting(pod.metadata)))
    return
  }
  if (!pods) {
    if (shouldRun) plan.create.push(name)
    return
  }
  const running: PodView[] = []
  for (const pod of pods) {
    if (isDeleting(pod.metadata)) continue
    const { phase } = pod.status ?? {}
    const where = `daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${name}, will try to`
    if (phase === 'Failed') {
      const wait = facts.backoffMs(name)
      if (wait > 0) plan.requeueAfterMs = Math.min(wait, plan.requeueAfterMs ?? wait)
      else {
        plan.events.push({ type: 'Warning', reason: 'FailedDaemonPod', message: `Found failed ${where} kill it` })
        plan.remove.push(pod)
      }
    } else if (phase === 'Succeeded') {
      plan.events.push({ type: 'Normal', reason: 'SucceededDaemonPod', message: `Found succeeded ${where} delete it` })
      plan.remove.push(pod)
    } else running.push(pod)
  }
  if (running.length > 1) plan.remove.push(...surplusOnNode(facts, running))
}

/** All but the oldest; while an update surges, all but the oldest of each version, until the new one is available. */
function surplusOnNode(facts: DaemonFacts, running: readonly PodView[]): PodView[] {
  if (maxSurge(facts) === 0) return running.slice(1)
  const [current, ...extraCurrent] = running.filter((pod) => isCurrent(facts, pod))
  const [old, ...extraOld] = running.filter((pod) => !isCurrent(facts, pod))
  const done = current && old && (!isPodReady(old) || isAvailable(facts, current))
  return [...extraCurrent, ...extraOld, ...(done ? [old] : [])]
}

function isCurrent({ hash }: DaemonFacts, pod: PodView): boolean {
  return pod.metadata.labels?.[hashLabel] === hash
}

function isAvailable({ set, now }: DaemonFacts, pod: PodView): boolean {
  return isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, now)
}

function desiredCount({ set, nodes }: DaemonFacts): number {
  return nodes.filter((node) => fitOn(set, node).shouldRun).length
}

function maxSurge(facts: DaemonFacts): number {
  const strategy = facts.set.spec?.updateStrategy
  if (strategy?.type === 'OnDelete') return 0
  return intOrPercent(strategy?.rollingUpdate?.maxSurge ?? 0, desiredCount(facts), true)
}

function maxUnavailable(facts: DaemonFacts): number {
  const { maxUnavailable: limit = 1 } = facts.set.spec?.updateStrategy?.rollingUpdate ?? {}
  const count = intOrPercent(limit, desiredCount(facts), true)
  return count === 0 && maxSurge(facts) === 0 ? 1 : count
}

interface NodePods {
  node: string
  current: PodView | undefined
  old: PodView | undefined
}

/** Replaces pods of older templates, no more at once than may be missing or may be there in addition. */
function rollingUpdate(facts: DaemonFacts, byNode: ReadonlyMap<string, PodView[]>, plan: DaemonPlan): void {
  const wanted = facts.nodes
    .filter((node) => fitOn(facts.set, node).shouldRun)
    .map(({ metadata }) => metadata.name ?? '')
  const nodes = new Set([...byNode.keys(), ...wanted])
  const states = [...nodes].map((node): NodePods | undefined => {
    const live = (byNode.get(node) ?? []).filter((pod) => !isDeleting(pod.metadata))
    const current = live.filter((pod) => isCurrent(facts, pod))
    const old = live.filter((pod) => !isCurrent(facts, pod))
    return current.length > 1 || old.length > 1 ? undefined : { node, current: current[0], old: old[0] }
  })
  if (maxSurge(facts) === 0) replaceInPlace(facts, states, plan)
  else surge(facts, states, wanted, plan)
}

function replaceInPlace(facts: DaemonFacts, states: readonly (NodePods | undefined)[], plan: DaemonPlan): void {
  const limit = maxUnavailable(facts)
  let unavailable = 0
  const candidates: PodView[] = []
  for (const state of states) {
    if (!state || Boolean(state.current) === Boolean(state.old)) unavailable++
    else if (state.current) unavailable += isAvailable(facts, state.current) ? 0 : 1
    else if (state.old && !isAvailable(facts, state.old)) {
      plan.remove.push(state.old)
      unavailable++
    } else if (state.old) candidates.push(state.old)
  }
  plan.remove.push(...candidates.slice(0, Math.max(0, limit - unavailable)))
}

function surge(
  facts: DaemonFacts,
  states: readonly (NodePods | undefined)[],
  wanted: readonly string[],
  plan: DaemonPlan,
): void {
  let surging = 0
  let available = 0
  const candidates: string[] = []
  const misplaced: PodView[] = []
  for (const state of states) {
    if (!state) {
      surging++
      continue
    }
    const { node, current, old } = state
    const counted = old ?? current
    if (counted && isAvailable(facts, counted)) available++
    if (!old) continue
    if (current) {
      if (isAvailable(facts, current)) plan.remove.push(old)
      else surging++
    } else if (!wanted.includes(node)) {
      if (isAvailable(facts, old)) misplaced.push(old)
      else plan.remove.push(old)
    } else if (!isAvailable(facts, old)) plan.create.push(node)
    else candidates.push(node)
  }
  // Pods on nodes that they no longer belong to stay until enough others are available.
  plan.remove.push(...misplaced.slice(0, Math.max(0, available - wanted.length)))
  plan.create.push(...candidates.slice(0, Math.max(0, maxSurge(facts) - surging)))
}

function statusOf(facts: DaemonFacts, byNode: ReadonlyMap<string, PodView[]>): DaemonSetStatus {
  const { set, nodes, collisionCount } = facts
  const status = {
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
    updatedNumberScheduled: 0,
    numberAvailable: 0,
  }
  for (const node of nodes) {
    const [pod] = byNode.get(node.metadata.name ?? '') ?? []
    if (!fitOn(set, node).shouldRun) {
      if (pod) status.numberMisscheduled++
      continue
    }
    status.desiredNumberScheduled++
    if (!pod) continue
    status.currentNumberScheduled++
    if (isPodReady(pod)) status.numberReady++
    if (isAvailable(facts, pod)) status.numberAvailable++
    if (isCurrent(facts, pod)) status.updatedNumberScheduled++
  }
  return compact<DaemonSetStatus>({
    ...status,
    updatedNumberScheduled: countOrAbsent(status.updatedNumberScheduled),
    numberAvailable: countOrAbsent(status.numberAvailable),
    numberUnavailable: countOrAbsent(status.desiredNumberScheduled - status.numberAvailable),
    observedGeneration: set.metadata.generation,
    collisionCount: collisionCount > 0 ? collisionCount : set.status?.collisionCount,
  })
}
