import type { StatefulSetStatus } from '@wherry/api'
import { isPodAvailable, isPodReady } from '@wherry/component-helpers'
import { isDeleting } from '../meta.ts'
import { nextAvailability } from '../replicaset/replica-status.ts'
import { compact, countOrAbsent } from '../status.ts'
import { firstOrdinal, ordinalOf, type PodView, replicasOf, revisionLabel, type SetView } from './identity.ts'

export interface NewStatefulPod {
  ordinal: number
  /** Whether it is made from the revision before the update. */
  old: boolean
}

export interface StatefulPlan {
  create: NewStatefulPod[]
  remove: PodView[]
  status: StatefulSetStatus
  requeueAfterMs?: number
}

export interface StatefulFacts {
  set: SetView
  /** The pods that the set owns, by any revision. */
  pods: readonly PodView[]
  /** The names of the revision that all pods had last, and of the one of the present template. */
  currentRevision: string
  updateRevision: string
  collisionCount: number
  now: number
}

/**
 * Decides one step. With OrderedReady at most one pod is made or removed at a time, and the next one's turn comes when
 * the one before is available; with Parallel all at once. As kube-controller-manager `updateStatefulSet`; pure.
 */
export function planStatefulSet(facts: StatefulFacts): StatefulPlan {
  const plan: StatefulPlan = { create: [], remove: [], status: statusOf(facts) }
  const wait = nextAvailability(facts.pods, facts.set.spec?.minReadySeconds ?? 0, facts.now)
  if (wait !== undefined) plan.requeueAfterMs = wait
  if (isDeleting(facts.set.metadata)) return plan
  const { replicas, condemned } = partition(facts)
  const settled = makeReplicas(facts, replicas, plan) && removeCondemned(facts, replicas, condemned, plan)
  if (settled && plan.create.length === 0 && plan.remove.length === 0) update(facts, replicas, plan)
  return plan
}

type Slots = { ordinal: number; pod: PodView | undefined }[]

/** Pods by their place, and those beyond the last place, highest first. */
function partition({ set, pods }: StatefulFacts): { replicas: Slots; condemned: PodView[] } {
  const first = firstOrdinal(set)
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod), pod]))
  const replicas = Array.from({ length: replicasOf(set) }, (_, i) => ({
    ordinal: first + i,
    pod: byOrdinal.get(first + i),
  }))
  const condemned = [...byOrdinal]
    .filter(([ordinal]) => ordinal !== undefined && (ordinal < first || ordinal >= first + replicasOf(set)))
    .sort(([a = 0], [b = 0]) => b - a)
    .map(([, pod]) => pod)
  return { replicas, condemned }
}

function isOrdered({ set }: StatefulFacts): boolean {
  return set.spec?.podManagementPolicy !== 'Parallel'
}

function isAvailable({ set, now }: StatefulFacts, pod: PodView): boolean {
  return isRunningAndReady(pod) && isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, now)
}

function isRunningAndReady(pod: PodView): boolean {
  return pod.status?.phase === 'Running' && isPodReady(pod)
}

function isUnavailable(facts: StatefulFacts, pod: PodView | undefined): boolean {
  return !pod || !isAvailable(facts, pod) || isDeleting(pod.metadata)
}

/** Whether every place is filled by a pod that others may follow. */
function makeReplicas(facts: StatefulFacts, replicas: Slots, plan: StatefulPlan): boolean {
  for (const { ordinal, pod } of replicas) {
    const ended = pod?.status?.phase === 'Failed' || pod?.status?.phase === 'Succeeded'
    if (pod && ended) {
      // Its place is filled again when it is gone.
      if (!isDeleting(pod.metadata)) plan.remove.push(pod)
    } else if (!pod) plan.create.push({ ordinal, old: isOld(facts, ordinal) })
    if (isOrdered(facts) && (!pod || ended || isUnavailable(facts, pod))) return false
  }
  return true
}

/** Pods that an update has not reached are made again as they were. As `isCurrentRevisionNeeded`. */
function isOld({ set }: StatefulFacts, ordinal: number): boolean {
  const strategy = set.spec?.updateStrategy
  if (strategy?.type === 'OnDelete') return false
  const count = strategy?.rollingUpdate ? (strategy.rollingUpdate.partition ?? 0) : (set.status?.currentReplicas ?? 0)
  return ordinal < firstOrdinal(set) + count
}

function removeCondemned(
  facts: StatefulFacts,
  replicas: Slots,
  condemned: readonly PodView[],
  plan: StatefulPlan,
): boolean {
  const lowestFirst = [...condemned].reverse()
  const unhealthy = [...replicas.map(({ pod }) => pod), ...lowestFirst].find((pod) => isUnavailable(facts, pod))
  for (const pod of condemned) {
    if (isDeleting(pod.metadata)) {
      if (isOrdered(facts)) return false
      continue
    }
    // In order, only a pod that is well, or the first that is not, is taken away.
    if (isOrdered(facts) && !isAvailable(facts, pod) && pod !== unhealthy) return false
    plan.remove.push(pod)
    if (isOrdered(facts)) return false
  }
  return true
}

/** Removes the highest pod that is not of the present template, once all above it are available. */
function update(facts: StatefulFacts, replicas: Slots, plan: StatefulPlan): void {
  const { set, updateRevision } = facts
  const strategy = set.spec?.updateStrategy
  if (strategy?.type === 'OnDelete') return
  const lowest = firstOrdinal(set) + (strategy?.rollingUpdate?.partition ?? 0)
  for (const { ordinal, pod } of [...replicas].reverse()) {
    if (ordinal < lowest || !pod) return
    if (pod.metadata.labels?.[revisionLabel] !== updateRevision && !isDeleting(pod.metadata)) {
      plan.remove.push(pod)
      return
    }
    if (isUnavailable(facts, pod)) return
  }
}

function statusOf(facts: StatefulFacts): StatefulSetStatus {
  const { set, pods, updateRevision, collisionCount } = facts
  const ready = pods.filter(isRunningAndReady)
  const of = (revision: string) =>
    pods.filter((pod) => !isDeleting(pod.metadata) && pod.metadata.labels?.[revisionLabel] === revision).length
  const replicas = pods.length
  const updatedReplicas = of(updateRevision)
  // An update is over when every pod is of the new revision and ready.
  const done =
    set.spec?.updateStrategy?.type !== 'OnDelete' && updatedReplicas === replicas && ready.length === replicas
  const currentRevision = done ? updateRevision : facts.currentRevision
  return compact<StatefulSetStatus>({
    replicas,
    readyReplicas: countOrAbsent(ready.length),
    availableReplicas: pods.filter((pod) => isAvailable(facts, pod)).length,
    currentReplicas: countOrAbsent(of(currentRevision)),
    updatedReplicas: countOrAbsent(updatedReplicas),
    currentRevision,
    updateRevision,
    observedGeneration: set.metadata.generation,
    collisionCount,
  })
}
