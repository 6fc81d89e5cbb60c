import type { Pod, PodDisruptionBudget, PodDisruptionBudgetStatus } from '@wherry/api'
import { type DeepReadonly, formatTime, intOrPercent, parseTime } from '@wherry/apimachinery'
import { isPodReady, isPodTerminal } from '@wherry/component-helpers'
import { isDeleting } from '../meta.ts'

type BudgetView = DeepReadonly<PodDisruptionBudget>
type PodView = DeepReadonly<Pod>

/** How long an eviction may take to show in the pod before it is taken for undone. */
const evictionTimeoutMs = 120_000

export interface BudgetFacts {
  budget: BudgetView
  /** The pods that the budget selects. */
  pods: readonly PodView[]
  /** The size that the pod's controller is meant to have; undefined where no controller has a size. */
  scaleOf: (pod: PodView) => { uid: string; replicas: number } | undefined
  now: number
}

export interface BudgetPlan {
  status: PodDisruptionBudgetStatus
  /** Pods whose controller has no size, which such a budget cannot count. */
  unmanaged: PodView[]
  /** When an eviction that never happened is forgotten. */
  requeueAfterMs?: number
}

/** How many pods may be evicted now. As kube-controller-manager `trySync` of the disruption controller; pure. */
export function planBudget({ budget, pods, scaleOf, now }: BudgetFacts): BudgetPlan {
  const live = pods.filter((pod) => !isPodTerminal(pod))
  const { expected, desired, unmanaged } = expectations(budget, live, scaleOf)
  const { disrupted, requeueAfterMs } = pendingEvictions(budget, live, now)
  const healthy = live.filter(
    (pod) => !isDeleting(pod.metadata) && !(pod.metadata.name && disrupted[pod.metadata.name]) && isPodReady(pod),
  ).length
  const allowed = expected <= 0 ? 0 : Math.max(0, healthy - desired)
  const status: PodDisruptionBudgetStatus = {
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    disruptionsAllowed: allowed,
    ...(Object.keys(disrupted).length > 0 ? { disruptedPods: disrupted } : {}),
    observedGeneration: budget.metadata.generation,
    conditions: conditionsOf(budget, allowed, now),
  }
  return { status, unmanaged, ...(requeueAfterMs === undefined ? {} : { requeueAfterMs }) }
}

/** As `getExpectedPodCount`: sizes of controllers count where a share is asked for, pods where a number is. */
function expectations(budget: BudgetView, pods: readonly PodView[], scaleOf: BudgetFacts['scaleOf']) {
  const { minAvailable, maxUnavailable } = budget.spec ?? {}
  if (maxUnavailable === undefined && typeof minAvailable !== 'string') {
    return { expected: pods.length, desired: minAvailable ?? 0, unmanaged: [] }
  }
  const sizes = new Map<string, number>()
  const unmanaged: PodView[] = []
  for (const pod of pods) {
    const scale = scaleOf(pod)
    if (scale) sizes.set(scale.uid, scale.replicas)
    else unmanaged.push(pod)
  }
  const expected = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  const desired =
    maxUnavailable === undefined
      ? intOrPercent(minAvailable ?? 0, expected, true)
      : Math.max(0, expected - intOrPercent(maxUnavailable, expected, true))
  return { expected, desired, unmanaged }
}

/** Evictions that were allowed and whose pods are not marked yet. */
function pendingEvictions(budget: BudgetView, pods: readonly PodView[], now: number) {
  const disrupted: Record<string, string> = {}
  let requeueAfterMs: number | undefined
  const byName = new Map(pods.map((pod) => [pod.metadata.name, pod]))
  for (const [name, time] of Object.entries(budget.status?.disruptedPods ?? {})) {
    const pod = byName.get(name)
    if (!pod || isDeleting(pod.metadata)) continue
    const wait = parseTime(time) + evictionTimeoutMs - now
    if (wait <= 0) continue
    disrupted[name] = time
    requeueAfterMs = Math.min(wait, requeueAfterMs ?? wait)
  }
  return { disrupted, requeueAfterMs }
}

function conditionsOf(budget: BudgetView, allowed: number, now: number): PodDisruptionBudgetStatus['conditions'] {
  const type = 'DisruptionAllowed'
  const status = allowed > 0 ? 'True' : 'False'
  const conditions = (budget.status?.conditions ?? []).map((condition) => ({ ...condition }))
  const old = conditions.find((condition) => condition.type === type)
  const lastTransitionTime = old?.status === status ? old.lastTransitionTime : formatTime(now)
  return [
    ...conditions.filter((condition) => condition !== old),
    {
      type,
      status,
      reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
      message: '',
      lastTransitionTime,
      ...(budget.metadata.generation === undefined ? {} : { observedGeneration: budget.metadata.generation }),
    },
  ]
}
