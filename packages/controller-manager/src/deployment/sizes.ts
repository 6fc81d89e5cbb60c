import type { Deployment, ReplicaSet } from '@wherry/api'
import { type DeepReadonly, intOrPercent } from '@wherry/apimachinery'

export type DeploymentView = DeepReadonly<Deployment>
export type ReplicaSetView = DeepReadonly<ReplicaSet>

/** What the Deployment asks for; the API's default is 1. */
export function desiredReplicas(deployment: DeploymentView): number {
  return deployment.spec?.replicas ?? 1
}

/** What the ReplicaSet asks for. */
export function replicasOf(set: ReplicaSetView): number {
  return set.spec?.replicas ?? 1
}

export function sumReplicas(sets: readonly ReplicaSetView[]): number {
  return sets.reduce((sum, set) => sum + replicasOf(set), 0)
}

export function sumAvailable(sets: readonly ReplicaSetView[]): number {
  return sets.reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0)
}

/** The ReplicaSets that ask for pods. */
export function activeSets<T extends ReplicaSetView>(sets: readonly T[]): T[] {
  return sets.filter((set) => replicasOf(set) > 0)
}

export function isRollingUpdate(deployment: DeploymentView): boolean {
  return deployment.spec?.strategy?.type !== 'Recreate'
}

/** How many pods a rolling update may run beyond the desired number. */
export function maxSurge(deployment: DeploymentView): number {
  return isRollingUpdate(deployment) ? limits(deployment).surge : 0
}

/** How many pods a rolling update may be short of the desired number. */
export function maxUnavailable(deployment: DeploymentView): number {
  const replicas = desiredReplicas(deployment)
  if (!isRollingUpdate(deployment) || replicas === 0) return 0
  return Math.min(limits(deployment).unavailable, replicas)
}

/** Where rounding leaves both at 0, one pod may be missing: an update must be able to go on. As `ResolveFenceposts`. */
function limits(deployment: DeploymentView): { surge: number; unavailable: number } {
  const replicas = desiredReplicas(deployment)
  const update = deployment.spec?.strategy?.rollingUpdate
  const surge = intOrPercent(update?.maxSurge ?? '25%', replicas, true)
  const unavailable = intOrPercent(update?.maxUnavailable ?? '25%', replicas, false)
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable }
}
