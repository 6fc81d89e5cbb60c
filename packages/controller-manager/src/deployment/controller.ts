import { Deployment, Pod, ReplicaSet } from '@wherry/api'
import {
  type DeepReadonly,
  deepClone,
  getController,
  hasStatusCause,
  isAlreadyExists,
  isNotFound,
  matcherOf,
  objectKey,
} from '@wherry/apimachinery'
import { type Controller, newEventRecorder, watching } from '@wherry/client'
import type { ControllerDeps } from '../controller-deps.ts'
import { identityOf } from '../meta.ts'
import { applyClaims, planClaims } from '../pods/claim.ts'
import { orphansOf } from '../pods/indexes.ts'
import { messageOf } from '../pods/pod-control.ts'
import { updateStatus, withCondition } from '../status.ts'
import { revisionAnnotation } from './annotations.ts'
import { type DeploymentPlan, planDeployment, type SetUpdate } from './plan.ts'
import { conditionsOf, deploymentCondition, progressDeadline } from './progress.ts'
import { type DeploymentView, isRollingUpdate, replicasOf } from './sizes.ts'
import { sameTemplate } from './template-hash.ts'

/** Rolls Deployments out over ReplicaSets. As kube-controller-manager's DeploymentController. */
export function newDeploymentController({ client, informers, clock, logger }: ControllerDeps): Controller {
  const deployments = informers.for(Deployment).lister
  const sets = informers.for(ReplicaSet).lister
  const pods = informers.for(Pod).lister
  const orphans = orphansOf(sets)
  const events = newEventRecorder({ client, clock, logger, component: 'deployment-controller' })
  const record = (deployment: DeploymentView, type: 'Normal' | 'Warning', reason: string, message: string) =>
    events.event({ ...deployment, apiVersion: 'apps/v1', kind: 'Deployment' }, type, reason, message)

  return {
    name: 'deployment',
    primary: Deployment,
    owns: [ReplicaSet],
    watches: [
      watching(ReplicaSet, (set) =>
        getController(set.metadata)
          ? []
          : deployments
              .list(set.metadata.namespace)
              .filter((deployment) => matcherOf(deployment.spec?.selector).matches(set.metadata.labels))
              .map((deployment) => objectKey(deployment.metadata)),
      ),
      // Recreate waits for the last old pod to go, which no ReplicaSet's status shows.
      watching(
        Pod,
        (pod) => {
          const set = setOf(pod)
          const deployment = set && deploymentOf(set)
          return deployment && !isRollingUpdate(deployment) ? [objectKey(deployment.metadata)] : []
        },
        (pod, old) => pod.status?.phase !== old.status?.phase,
      ),
    ],
    async reconcile(key) {
      const deployment = deployments.get(key)
      if (!deployment) return undefined
      const selector = matcherOf(deployment.spec?.selector)
      if (selector.empty) return selectsEverything(deployment)
      const candidates = [
        ...sets.byOwner(deployment.metadata.uid ?? ''),
        ...orphans(deployment.metadata.namespace ?? ''),
      ]
      const claims = planClaims(deployment, selector, candidates)
      const owned = await applyClaims({ client, ownerKind: Deployment, kind: ReplicaSet }, deployment, claims)
      const podsOf = (set: DeepReadonly<ReplicaSet>) => pods.byOwner(set.metadata.uid ?? '')
      const plan = planDeployment({ deployment, sets: owned, podsOf, now: clock.now() })
      await apply(deployment, plan)
      return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs }
    },
  }

  function setOf(pod: DeepReadonly<Pod>): DeepReadonly<ReplicaSet> | undefined {
    const owner = getController(pod.metadata)
    return owner?.kind === 'ReplicaSet' ? sets.get(`${pod.metadata.namespace}/${owner.name}`) : undefined
  }

  function deploymentOf(set: DeepReadonly<ReplicaSet>): DeploymentView | undefined {
    const owner = getController(set.metadata)
    return owner?.kind === 'Deployment' ? deployments.get(`${set.metadata.namespace}/${owner.name}`) : undefined
  }

  async function selectsEverything(deployment: DeploymentView): Promise<undefined> {
    record(
      deployment,
      'Warning',
      'SelectingAll',
      'This deployment is selecting all pods. A non-empty selector is required.',
    )
    const { generation } = deployment.metadata
    await updateStatus(client, Deployment, deployment, {
      ...deepClone(deployment.status ?? {}),
      observedGeneration: generation,
    })
  }

  async function apply(deployment: DeploymentView, plan: DeploymentPlan): Promise<void> {
    if (plan.create) return create(deployment, plan.create, plan)
    for (const update of plan.updates) await updateSet(deployment, update)
    const current = await setRevision(deployment, plan.revision)
    for (const set of plan.remove) {
      const { namespace, name, uid } = identityOf(set.metadata)
      await client.delete(ReplicaSet, { namespace, name }, { preconditions: { uid } }).catch(unlessNotFound)
    }
    await updateStatus(client, Deployment, current, plan.status)
  }

  async function updateSet(deployment: DeploymentView, { set, from }: SetUpdate): Promise<void> {
    await client.update(ReplicaSet, set)
    const to = replicasOf(set)
    if (to === from) return
    const direction = to > from ? 'up' : 'down'
    const message = `Scaled ${direction} replica set ${set.metadata.name} from ${from} to ${to}`
    record(deployment, 'Normal', 'ScalingReplicaSet', message)
  }

  async function setRevision(deployment: DeploymentView, revision: string | undefined): Promise<DeploymentView> {
    if (revision === undefined || revision === deployment.metadata.annotations?.[revisionAnnotation]) return deployment
    const marked = deepClone<Deployment>(deployment)
    marked.metadata.annotations = { ...marked.metadata.annotations, [revisionAnnotation]: revision }
    return client.update(Deployment, marked)
  }

  async function create(deployment: DeploymentView, set: ReplicaSet, plan: DeploymentPlan): Promise<void> {
    const reported = progressDeadline(deployment) !== undefined
    try {
      await client.create(ReplicaSet, set)
    } catch (error) {
      if (hasStatusCause(error, 'NamespaceTerminating')) throw error
      if (isAlreadyExists(error)) return collide(deployment, set, error)
      const message = `Failed to create new replica set "${set.metadata.name}": ${messageOf(error)}`
      record(deployment, 'Warning', 'ReplicaSetCreateError', message)
      if (reported) {
        const failed = deploymentCondition('Progressing', 'False', 'ReplicaSetCreateError', message, clock.now())
        const conditions = withCondition(conditionsOf(deployment), failed)
        await updateStatus(client, Deployment, deployment, { ...deepClone(deployment.status ?? {}), conditions })
      }
      throw error
    }
    const replicas = replicasOf(set)
    if (replicas > 0) {
      const message = `Scaled up replica set ${set.metadata.name} from 0 to ${replicas}`
      record(deployment, 'Normal', 'ScalingReplicaSet', message)
    }
    const current = await setRevision(deployment, set.metadata.annotations?.[revisionAnnotation])
    const message = `Created new replica set "${set.metadata.name}"`
    const created = deploymentCondition('Progressing', 'True', 'NewReplicaSetCreated', message, clock.now())
    const conditions = plan.status.conditions ?? []
    await updateStatus(client, Deployment, current, {
      ...plan.status,
      conditions: reported ? withCondition(conditions, created) : conditions,
    })
  }

  /** The name is taken: by what a lagging cache did not show, or by another template of the same hash. */
  async function collide(deployment: DeploymentView, set: ReplicaSet, cause: unknown): Promise<void> {
    const existing = await client.get(ReplicaSet, identityOf(set.metadata))
    const mine = getController(existing.metadata)?.uid === deployment.metadata.uid
    if (!mine || !sameTemplate(existing.spec?.template, set.spec?.template)) {
      const collisionCount = (deployment.status?.collisionCount ?? 0) + 1
      await updateStatus(client, Deployment, deployment, { ...deepClone(deployment.status ?? {}), collisionCount })
    }
    throw cause
  }
}

function unlessNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error
}
