import type { Pod, ReplicaSetCondition, ReplicaSetStatus } from '@wherry/api'
import { type DeepReadonly, labelsMatcher, parseTime } from '@wherry/apimachinery'
import { isPodAvailable, isPodReady, podCondition } from '@wherry/component-helpers'
import { messageOf } from '../pods/pod-control.ts'
import { compact, countOrAbsent, listOrAbsent, newCondition, withCondition, withoutCondition } from '../status.ts'

/** The facts that a status of a ReplicaSet or ReplicationController is made from. */
export interface ReplicaFacts {
  generation: number | undefined
  replicas: number
  minReadySeconds: number
  templateLabels: Readonly<Record<string, string>>
  oldStatus: DeepReadonly<ReplicaSetStatus> | undefined
  active: readonly DeepReadonly<Pod>[]
  /** Undefined for kinds that do not count them. */
  terminating: readonly DeepReadonly<Pod>[] | undefined
  /** Why pods could not be created or deleted just now. */
  failure: unknown
  now: number
}

/** The status that those facts make. As kube-controller-manager `calculateStatus`. */
export function replicaStatus(facts: ReplicaFacts): ReplicaSetStatus {
  const { active, now, minReadySeconds } = facts
  const template = labelsMatcher(facts.templateLabels)
  const ready = active.filter(isPodReady)
  return compact<ReplicaSetStatus>({
    replicas: active.length,
    fullyLabeledReplicas: countOrAbsent(active.filter((pod) => template.matches(pod.metadata.labels)).length),
    readyReplicas: countOrAbsent(ready.length),
    availableReplicas: countOrAbsent(ready.filter((pod) => isPodAvailable(pod, minReadySeconds, now)).length),
    terminatingReplicas: facts.terminating?.length,
    observedGeneration: facts.generation,
    conditions: listOrAbsent(failureConditions(facts)),
  })
}

function failureConditions(facts: ReplicaFacts): ReplicaSetCondition[] {
  const conditions = (facts.oldStatus?.conditions ?? []).map((condition) => ({ ...condition }))
  if (facts.failure === undefined) return withoutCondition(conditions, 'ReplicaFailure')
  if (conditions.some(({ type }) => type === 'ReplicaFailure')) return conditions
  const reason = facts.active.length < facts.replicas ? 'FailedCreate' : 'FailedDelete'
  return withCondition<ReplicaSetCondition>(
    conditions,
    newCondition('ReplicaFailure', 'True', reason, messageOf(facts.failure), facts.now),
  )
}

/** Milliseconds until the next of these pods has been ready for `minReadySeconds`; undefined when none will. */
export function nextAvailability(
  pods: readonly DeepReadonly<Pod>[],
  minReadySeconds: number,
  now: number,
): number | undefined {
  if (minReadySeconds === 0) return undefined
  let next: number | undefined
  for (const pod of pods) {
    const ready = podCondition(pod, 'Ready')
    if (ready?.status !== 'True' || ready.lastTransitionTime === undefined) continue
    const wait = parseTime(ready.lastTransitionTime) + minReadySeconds * 1000 - now
    if (wait > 0 && (next === undefined || wait < next)) next = wait
  }
  return next
}
