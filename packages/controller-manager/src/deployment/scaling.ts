import { byCreation, compareText, createdAt } from '../meta.ts'
import { countAnnotation, desiredReplicasAnnotation, maxReplicasAnnotation } from './annotations.ts'
import {
  activeSets,
  type DeploymentView,
  desiredReplicas,
  isRollingUpdate,
  maxSurge,
  maxUnavailable,
  replicasOf,
  type ReplicaSetView,
  sumAvailable,
  sumReplicas,
} from './sizes.ts'

/** The sizes that ReplicaSets shall have; those that are absent stay as they are. */
export type Sizes = ReadonlyMap<ReplicaSetView, number>

export interface SetsOfDeployment {
  /** The ReplicaSet with the Deployment's template, if there is one. */
  current: ReplicaSetView | undefined
  /** All others, in no order. */
  old: readonly ReplicaSetView[]
}

/** All of a Deployment's ReplicaSets. */
export function allSets({ current, old }: SetsOfDeployment): ReplicaSetView[] {
  return current ? [...old, current] : [...old]
}

/** Whether somebody has changed the Deployment's size since its ReplicaSets were last scaled. */
export function isScalingEvent(deployment: DeploymentView, sets: SetsOfDeployment): boolean {
  return activeSets(allSets(sets)).some((set) => {
    const desired = countAnnotation(set, desiredReplicasAnnotation)
    return desired !== undefined && desired !== desiredReplicas(deployment)
  })
}

/** The size of the current ReplicaSet in this step of a rollout. As `NewRSNewReplicas`. */
export function nextCurrentSize(deployment: DeploymentView, sets: SetsOfDeployment): number {
  const desired = desiredReplicas(deployment)
  const size = sets.current ? replicasOf(sets.current) : 0
  if (!isRollingUpdate(deployment) || size >= desired) return desired
  const total = sumReplicas(sets.old) + size
  const room = desired + maxSurge(deployment) - total
  return room <= 0 ? size : size + Math.min(room, desired - size)
}

/**
 * Shrinks old ReplicaSets as far as availability allows: first the replicas that are not available anyway, then, the
 * oldest set first, available ones. As `reconcileOldReplicaSets`.
 */
export function planScaleDownOld(deployment: DeploymentView, { current, old }: SetsOfDeployment): Sizes {
  const sizes = new Map<ReplicaSetView, number>()
  const active = activeSets(old).sort(byCreation)
  if (active.length === 0) return sizes
  const minAvailable = desiredReplicas(deployment) - maxUnavailable(deployment)
  const currentSize = current ? replicasOf(current) : 0
  const currentUnavailable = currentSize - (current?.status?.availableReplicas ?? 0)
  const maxScaledDown = sumReplicas(active) + currentSize - minAvailable - currentUnavailable
  if (maxScaledDown <= 0) return sizes

  const sizeOf = (set: ReplicaSetView) => sizes.get(set) ?? replicasOf(set)
  let unhealthy = maxScaledDown
  for (const set of active) {
    const remove = Math.min(unhealthy, replicasOf(set) - (set.status?.availableReplicas ?? 0))
    if (remove <= 0) continue
    sizes.set(set, replicasOf(set) - remove)
    unhealthy -= remove
  }
  let available = sumAvailable(current ? [...active, current] : active) - minAvailable
  for (const set of active) {
    const remove = Math.min(available, sizeOf(set))
    if (remove <= 0) continue
    sizes.set(set, sizeOf(set) - remove)
    available -= remove
  }
  return sizes
}

/**
 * What a change of the Deployment's size means for its ReplicaSets outside a step of a rollout: the only one takes it
 * all; a finished rollout drops the old ones; in the middle of one, each gets its share, so that scaling neither
 * hurries nor delays it. As kube-controller-manager `scale`.
 */
export function planScale(deployment: DeploymentView, sets: SetsOfDeployment): Sizes {
  const desired = desiredReplicas(deployment)
  const only = activeOrLatest(sets)
  if (only) return new Map([[only, desired]])
  if (isSaturated(deployment, sets.current)) return new Map(activeSets(sets.old).map((set) => [set, 0]))
  return isRollingUpdate(deployment) ? planProportions(deployment, sets) : new Map()
}

function activeOrLatest(sets: SetsOfDeployment): ReplicaSetView | undefined {
  const active = activeSets(allSets(sets))
  if (active.length === 0) return sets.current ?? [...sets.old].sort(byCreation).at(-1)
  return active.length === 1 ? active[0] : undefined
}

function isSaturated(deployment: DeploymentView, current: ReplicaSetView | undefined): boolean {
  const desired = desiredReplicas(deployment)
  return (
    current !== undefined &&
    replicasOf(current) === desired &&
    countAnnotation(current, desiredReplicasAnnotation) === desired &&
    current.status?.availableReplicas === desired
  )
}

function planProportions(deployment: DeploymentView, sets: SetsOfDeployment): Sizes {
  const active = activeSets(allSets(sets))
  const desired = desiredReplicas(deployment)
  const allowed = desired > 0 ? desired + maxSurge(deployment) : 0
  const toAdd = allowed - sumReplicas(active)
  // When it grows, the newest of equally large sets comes first; when it shrinks, the oldest.
  active.sort((a, b) => replicasOf(b) - replicasOf(a) || (toAdd > 0 ? byCreation(b, a) : byCreation(a, b)))
  const sizes = new Map<ReplicaSetView, number>()
  let added = 0
  for (const set of active) {
    const share = toAdd === 0 ? 0 : proportion(deployment, set, toAdd, added)
    sizes.set(set, replicasOf(set) + share)
    added += share
  }
  const [largest] = active
  if (largest) sizes.set(largest, Math.max(0, (sizes.get(largest) ?? 0) + toAdd - added))
  return sizes
}

function proportion(deployment: DeploymentView, set: ReplicaSetView, toAdd: number, added: number): number {
  const share = shareOf(deployment, set)
  const left = toAdd - added
  return toAdd > 0 ? Math.min(share, left) : Math.max(share, left)
}

function shareOf(deployment: DeploymentView, set: ReplicaSetView): number {
  const desired = desiredReplicas(deployment)
  if (desired === 0) return -replicasOf(set)
  const before = countAnnotation(set, maxReplicasAnnotation) || (deployment.status?.replicas ?? 0)
  if (before === 0) return 0
  return Math.round((replicasOf(set) * (desired + maxSurge(deployment))) / before) - replicasOf(set)
}

/** The old ReplicaSets beyond the history limit, lowest revision first, that are empty and settled. */
export function planCleanup(
  deployment: DeploymentView,
  old: readonly ReplicaSetView[],
  revision: (set: ReplicaSetView) => number,
): ReplicaSetView[] {
  const limit = deployment.spec?.revisionHistoryLimit
  if (limit === undefined || limit === 2 ** 31 - 1) return []
  const alive = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const order = (a: ReplicaSetView, b: ReplicaSetView) =>
    revision(a) - revision(b) ||
    createdAt(a.metadata) - createdAt(b.metadata) ||
    compareText(a.metadata.name ?? '', b.metadata.name ?? '')
  return [...alive]
    .sort(order)
    .slice(0, Math.max(0, alive.length - limit))
    .filter((set) => {
      const settled = (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0)
      return settled && replicasOf(set) === 0 && (set.status?.replicas ?? 0) === 0
    })
}
