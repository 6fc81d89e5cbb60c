import type { DeploymentCondition, DeploymentStatus } from '@wherry/api'
import { formatTime, parseTime } from '@wherry/apimachinery'
import { compact, countOrAbsent, newCondition, withCondition, withoutCondition } from '../status.ts'
import { allSets, type SetsOfDeployment } from './scaling.ts'
import { type DeploymentView, desiredReplicas, maxUnavailable, sumAvailable, sumReplicas } from './sizes.ts'

const noDeadline = 2 ** 31 - 1

/** Milliseconds in which a rollout must make progress; undefined without a limit. */
export function progressDeadline(deployment: DeploymentView): number | undefined {
  const seconds = deployment.spec?.progressDeadlineSeconds
  return seconds === undefined || seconds === noDeadline ? undefined : seconds * 1000
}

/** The conditions as the Deployment has them, to be changed. */
export function conditionsOf(deployment: DeploymentView): DeploymentCondition[] {
  return (deployment.status?.conditions ?? []).map((condition) => ({ ...condition }))
}

/** A condition of a Deployment, new at `now`. */
export function deploymentCondition(
  type: string,
  status: 'True' | 'False' | 'Unknown',
  reason: string,
  message: string,
  now: number,
): DeploymentCondition {
  return { ...newCondition(type, status, reason, message, now), lastUpdateTime: formatTime(now) }
}

/** Adds or removes the note that a Deployment is paused, so that the pause is not taken for a lack of progress. */
export function withPause(
  deployment: DeploymentView,
  conditions: DeploymentCondition[],
  now: number,
): DeploymentCondition[] {
  if (progressDeadline(deployment) === undefined) return conditions
  const reason = conditions.find(({ type }) => type === 'Progressing')?.reason
  if (reason === 'ProgressDeadlineExceeded') return conditions
  const paused = deployment.spec?.paused === true
  if (paused === (reason === 'DeploymentPaused')) return conditions
  const next = paused
    ? deploymentCondition('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused', now)
    : deploymentCondition('Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed', now)
  return withCondition(conditions, next)
}

/** Counts of all ReplicaSets, and the Available condition. As kube-controller-manager `calculateStatus`. */
export function countStatus(
  deployment: DeploymentView,
  sets: SetsOfDeployment,
  conditions: DeploymentCondition[],
  now: number,
): DeploymentStatus {
  const all = allSets(sets)
  const sum = (count: (status: NonNullable<(typeof all)[number]['status']>) => number | undefined) =>
    all.reduce((total, { status }) => total + (status ? (count(status) ?? 0) : 0), 0)
  const available = sumAvailable(all)
  const enough = available >= desiredReplicas(deployment) - maxUnavailable(deployment)
  const condition = enough
    ? deploymentCondition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', now)
    : deploymentCondition(
        'Available',
        'False',
        'MinimumReplicasUnavailable',
        'Deployment does not have minimum availability.',
        now,
      )
  return compact<DeploymentStatus>({
    observedGeneration: deployment.metadata.generation,
    replicas: countOrAbsent(sum((status) => status.replicas)),
    updatedReplicas: countOrAbsent(sets.current?.status?.replicas ?? 0),
    readyReplicas: countOrAbsent(sum((status) => status.readyReplicas)),
    availableReplicas: countOrAbsent(available),
    unavailableReplicas: countOrAbsent(Math.max(0, sumReplicas(all) - available)),
    // Unknown until every ReplicaSet's controller has counted.
    terminatingReplicas: all.some(({ status }) => status?.terminatingReplicas === undefined)
      ? undefined
      : sum((status) => status.terminatingReplicas),
    collisionCount: deployment.status?.collisionCount,
    conditions: withCondition(conditions, condition),
  })
}

/** Whether every replica is up to date and available, and none is left over. */
export function isComplete(deployment: DeploymentView, status: DeploymentStatus): boolean {
  const desired = desiredReplicas(deployment)
  return (
    (status.updatedReplicas ?? 0) === desired &&
    (status.replicas ?? 0) === desired &&
    (status.availableReplicas ?? 0) === desired &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  )
}

function hasProgressed(deployment: DeploymentView, status: DeploymentStatus): boolean {
  const before = deployment.status ?? {}
  const oldReplicas = (of: { readonly replicas?: number; readonly updatedReplicas?: number }) =>
    (of.replicas ?? 0) - (of.updatedReplicas ?? 0)
  return (
    (status.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    oldReplicas(status) < oldReplicas(before) ||
    (status.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (status.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  )
}

/**
 * The status of a rollout under way: counts, the Progressing condition, and a ReplicaFailure of a ReplicaSet's, the
 * current one's first. As kube-controller-manager `syncRolloutStatus`.
 */
export function rolloutStatus(
  deployment: DeploymentView,
  sets: SetsOfDeployment,
  conditions: DeploymentCondition[],
  now: number,
): DeploymentStatus {
  const status = countStatus(deployment, sets, conditions, now)
  let next = withProgress(deployment, sets, status, now)
  const failure = allSets(sets)
    .reverse()
    .flatMap((set) => set.status?.conditions ?? [])
    .find(({ type }) => type === 'ReplicaFailure')
  next = failure
    ? withCondition<DeploymentCondition>(next, { ...failure, lastUpdateTime: failure.lastTransitionTime })
    : withoutCondition(next, 'ReplicaFailure')
  return { ...status, conditions: next }
}

function withProgress(
  deployment: DeploymentView,
  sets: SetsOfDeployment,
  status: DeploymentStatus,
  now: number,
): DeploymentCondition[] {
  const conditions = status.conditions ?? []
  const deadline = progressDeadline(deployment)
  if (deadline === undefined) return withoutCondition(conditions, 'Progressing')
  const current = conditions.find(({ type }) => type === 'Progressing')
  const resting =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable'
  if (resting) return conditions
  const subject = sets.current
    ? `ReplicaSet "${sets.current.metadata.name}"`
    : `Deployment "${deployment.metadata.name}"`
  if (isComplete(deployment, status)) {
    const message = `${subject} has successfully progressed.`
    return withCondition(conditions, deploymentCondition('Progressing', 'True', 'NewReplicaSetAvailable', message, now))
  }
  if (hasProgressed(deployment, status)) {
    const next = deploymentCondition('Progressing', 'True', 'ReplicaSetUpdated', `${subject} is progressing.`, now)
    // Every progress moves lastUpdateTime, from which the deadline counts, though status and reason stay.
    if (current?.status === 'True') next.lastTransitionTime = current.lastTransitionTime
    return [...withoutCondition(conditions, 'Progressing'), next]
  }
  if (current && timedOut(current, deadline, now)) {
    const message = `${subject} has timed out progressing.`
    const next = deploymentCondition('Progressing', 'False', 'ProgressDeadlineExceeded', message, now)
    return withCondition(conditions, next)
  }
  return conditions
}

function timedOut(condition: DeploymentCondition, deadline: number, now: number): boolean {
  if (condition.reason === 'NewReplicaSetAvailable') return false
  if (condition.reason === 'ProgressDeadlineExceeded') return true
  return condition.lastUpdateTime !== undefined && parseTime(condition.lastUpdateTime) + deadline < now
}

/** Milliseconds until the lack of progress must be looked at again; undefined while there is nothing to wait for. */
export function nextProgressCheck(
  deployment: DeploymentView,
  status: DeploymentStatus,
  now: number,
): number | undefined {
  const deadline = progressDeadline(deployment)
  const current = status.conditions?.find(({ type }) => type === 'Progressing')
  if (deadline === undefined || current?.lastUpdateTime === undefined) return undefined
  if (isComplete(deployment, status) || current.reason === 'ProgressDeadlineExceeded') return undefined
  if (deployment.spec?.paused || current.reason === 'NewReplicaSetAvailable') return undefined
  // A second more: times in the status are whole seconds.
  return Math.max(0, parseTime(current.lastUpdateTime) + deadline - now) + 1000
}
