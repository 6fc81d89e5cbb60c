import { apiVersionOf, Deployment, type DeploymentStatus, type Pod, ReplicaSet } from '@wherry/api'
import { controllerRef, type DeepReadonly, deepClone, semanticEqual } from '@wherry/apimachinery'
import { isPodTerminal } from '@wherry/component-helpers'
import { byCreation, identityOf, isDeleting } from '../meta.ts'
import { withCondition } from '../status.ts'
import { currentSetAnnotations, revisionAnnotation, revisionOf, sizeAnnotations } from './annotations.ts'
import {
  conditionsOf,
  countStatus,
  deploymentCondition,
  isComplete,
  nextProgressCheck,
  progressDeadline,
  rolloutStatus,
  withPause,
} from './progress.ts'
import {
  allSets,
  isScalingEvent,
  nextCurrentSize,
  planCleanup,
  planScale,
  planScaleDownOld,
  type SetsOfDeployment,
  type Sizes,
} from './scaling.ts'
import { activeSets, type DeploymentView, isRollingUpdate, replicasOf, type ReplicaSetView } from './sizes.ts'
import { podTemplateHash, podTemplateHashLabel, sameTemplate } from './template-hash.ts'

/** A ReplicaSet as it shall be; `from` is its size before. */
export interface SetUpdate {
  set: ReplicaSet
  from: number
}

/** One step towards what the Deployment asks for. Later steps follow when the caches show what this one did. */
export interface DeploymentPlan {
  create?: ReplicaSet
  updates: SetUpdate[]
  remove: ReplicaSetView[]
  /** What `deployment.kubernetes.io/revision` of the Deployment shall say, where that changes. */
  revision?: string
  status: DeploymentStatus
  requeueAfterMs?: number
}

export interface DeploymentFacts {
  deployment: DeploymentView
  /** The ReplicaSets that the Deployment owns. */
  sets: readonly ReplicaSetView[]
  /** The pods of those ReplicaSets: `Recreate` waits until the old ones are gone. */
  podsOf: (set: ReplicaSetView) => readonly DeepReadonly<Pod>[]
  now: number
}

/** Decides the next step. As kube-controller-manager `syncDeployment`; pure. */
export function planDeployment(facts: DeploymentFacts): DeploymentPlan {
  const { deployment, now } = facts
  const sets = sortSets(facts)
  if (isDeleting(deployment.metadata)) {
    const status = countStatus(deployment, sets, conditionsOf(deployment), now)
    return { updates: [], remove: [], status }
  }
  const conditions = withPause(deployment, conditionsOf(deployment), now)
  if (deployment.spec?.paused || isScalingEvent(deployment, sets)) {
    const remove = deployment.spec?.paused ? planCleanup(deployment, sets.old, revisionOf) : []
    const status = countStatus(deployment, sets, conditions, now)
    return { ...updatesOf(facts, sets, planScale(deployment, sets)), remove, status }
  }
  return planRollout(facts, sets, conditions)
}

function planRollout(
  facts: DeploymentFacts,
  sets: SetsOfDeployment,
  conditions: DeploymentStatus['conditions'] & {},
): DeploymentPlan {
  const { deployment, now } = facts
  const recreate = !isRollingUpdate(deployment)
  if (recreate) {
    const old = activeSets(sets.old)
    const shrink = old.length > 0 ? new Map(old.map((set) => [set, 0])) : undefined
    if (shrink || oldPodsRun(facts, sets)) {
      const status = rolloutStatus(deployment, sets, conditions, now)
      return withCheck(deployment, now, { ...updatesOf(facts, sets, shrink ?? new Map()), remove: [], status })
    }
  }
  if (!sets.current) {
    const create = newReplicaSet(deployment, sets)
    return { create, updates: [], remove: [], status: countStatus(deployment, sets, conditions, now) }
  }
  const progressing = conditions.some(({ type }) => type === 'Progressing')
  const known =
    progressing || progressDeadline(deployment) === undefined
      ? conditions
      : withCondition(conditions, foundCondition(sets.current, now))
  const status = rolloutStatus(deployment, sets, known, now)
  const size = nextCurrentSize(deployment, sets)
  const grows = size !== replicasOf(sets.current)
  const sizes: Sizes = grows
    ? new Map([[sets.current, size]])
    : recreate
      ? new Map()
      : planScaleDownOld(deployment, sets)
  const remove =
    !grows && sizes.size === 0 && isComplete(deployment, status) ? planCleanup(deployment, sets.old, revisionOf) : []
  return withCheck(deployment, now, { ...updatesOf(facts, sets, sizes), remove, status })
}

function foundCondition(set: ReplicaSetView, now: number) {
  const message = `Found new replica set "${set.metadata.name}"`
  return deploymentCondition('Progressing', 'True', 'FoundNewReplicaSet', message, now)
}

function withCheck(deployment: DeploymentView, now: number, plan: DeploymentPlan): DeploymentPlan {
  const requeueAfterMs = nextProgressCheck(deployment, plan.status, now)
  return requeueAfterMs === undefined ? plan : { ...plan, requeueAfterMs }
}

/** The oldest ReplicaSet with the Deployment's template is the current one. As `FindNewReplicaSet`. */
function sortSets({ deployment, sets }: DeploymentFacts): SetsOfDeployment {
  const template = deployment.spec?.template
  const current = [...sets].sort(byCreation).find((set) => sameTemplate(set.spec?.template, template))
  return { current, old: sets.filter((set) => set !== current) }
}

function oldPodsRun({ podsOf }: DeploymentFacts, { old }: SetsOfDeployment): boolean {
  return old.some((set) => (set.status?.replicas ?? 0) > 0 || podsOf(set).some((pod) => !isPodTerminal(pod)))
}

/** New sizes and whatever else of the ReplicaSets has to follow the Deployment. */
function updatesOf(
  { deployment }: DeploymentFacts,
  sets: SetsOfDeployment,
  sizes: Sizes,
): Pick<DeploymentPlan, 'updates' | 'revision'> {
  const updates: SetUpdate[] = []
  let revision: string | undefined
  for (const set of allSets(sets)) {
    const next = deepClone<ReplicaSet>(set)
    const size = sizes.get(set)
    if (set === sets.current) {
      const target = Math.max(0, ...sets.old.map(revisionOf)) + 1
      next.metadata.annotations = currentSetAnnotations(deployment, set.metadata.annotations, target)
      if (next.spec) next.spec.minReadySeconds = deployment.spec?.minReadySeconds
      const now = next.metadata.annotations[revisionAnnotation]
      if (now !== deployment.metadata.annotations?.[revisionAnnotation]) revision = now
    }
    if (size !== undefined) {
      if (next.spec) next.spec.replicas = size
      next.metadata.annotations = { ...next.metadata.annotations, ...sizeAnnotations(deployment) }
    }
    const same =
      replicasOf(next) === replicasOf(set) &&
      (next.spec?.minReadySeconds ?? 0) === (set.spec?.minReadySeconds ?? 0) &&
      semanticEqual(next.metadata.annotations, set.metadata.annotations)
    if (!same) updates.push({ set: next, from: replicasOf(set) })
  }
  return revision === undefined ? { updates } : { updates, revision }
}

/** The ReplicaSet for the Deployment's present template, in the size of a first step. */
export function newReplicaSet(deployment: DeploymentView, sets: SetsOfDeployment): ReplicaSet {
  const { namespace, name } = identityOf(deployment.metadata)
  const template = deepClone(deployment.spec?.template ?? {})
  const hash = podTemplateHash(template, deployment.status?.collisionCount ?? 0)
  const labels = { ...template.metadata?.labels, [podTemplateHashLabel]: hash }
  const selector = deepClone(deployment.spec?.selector ?? {})
  const revision = Math.max(0, ...sets.old.map(revisionOf)) + 1
  return {
    apiVersion: apiVersionOf(ReplicaSet),
    kind: ReplicaSet.kind,
    metadata: {
      namespace,
      name: `${name.slice(0, 253 - hash.length - 1)}-${hash}`,
      labels,
      annotations: { ...currentSetAnnotations(deployment, undefined, revision), ...sizeAnnotations(deployment) },
      ownerReferences: [controllerRef(deployment, Deployment)],
    },
    spec: {
      replicas: nextCurrentSize(deployment, sets),
      ...(deployment.spec?.minReadySeconds ? { minReadySeconds: deployment.spec.minReadySeconds } : {}),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [podTemplateHashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  }
}
