import { Deployment, Pod, PodDisruptionBudget, ReplicaSet, ReplicationController, StatefulSet } from '@wherry/api'
import {
  type DeepReadonly,
  deepEqual,
  getController,
  matcherOf,
  objectKey,
  parseGroupVersion,
} from '@wherry/apimachinery'
import { type Controller, newEventRecorder, watching } from '@wherry/client'
import { isPodReady } from '@wherry/component-helpers'
import type { ControllerDeps } from '../controller-deps.ts'
import { updateStatus } from '../status.ts'
import { planBudget } from './plan.ts'

/** Says how many pods of each budget may be evicted. As kube-controller-manager's DisruptionController. */
export function newDisruptionController({ client, informers, clock, logger }: ControllerDeps): Controller {
  const budgets = informers.for(PodDisruptionBudget).lister
  const pods = informers.for(Pod).lister
  const deployments = informers.for(Deployment).lister
  const replicaSets = informers.for(ReplicaSet).lister
  const controllers = informers.for(ReplicationController).lister
  const statefulSets = informers.for(StatefulSet).lister
  const events = newEventRecorder({ client, clock, logger, component: 'controllermanager' })
  const ofNamespace = (object: { readonly metadata: { readonly namespace?: string } }) =>
    budgets.list(object.metadata.namespace).map((budget) => objectKey(budget.metadata))
  const scaled = (
    object: { readonly spec?: { readonly replicas?: number } },
    old: { readonly spec?: { readonly replicas?: number } },
  ) => object.spec?.replicas !== old.spec?.replicas

  return {
    name: 'disruption',
    primary: PodDisruptionBudget,
    watches: [
      watching(
        Pod,
        (pod) =>
          budgets
            .list(pod.metadata.namespace)
            .filter((budget) => matcherOf(budget.spec?.selector).matches(pod.metadata.labels))
            .map((budget) => objectKey(budget.metadata)),
        (pod, old) =>
          isPodReady(pod) !== isPodReady(old) ||
          pod.status?.phase !== old.status?.phase ||
          pod.metadata.deletionTimestamp !== old.metadata.deletionTimestamp ||
          !deepEqual(pod.metadata.labels, old.metadata.labels),
      ),
      watching(Deployment, ofNamespace, scaled),
      watching(ReplicaSet, ofNamespace, scaled),
      watching(ReplicationController, ofNamespace, scaled),
      watching(StatefulSet, ofNamespace, scaled),
    ],
    async reconcile(key) {
      const budget = budgets.get(key)
      if (!budget) return undefined
      const matcher = matcherOf(budget.spec?.selector)
      const selected = pods.list(budget.metadata.namespace).filter((pod) => matcher.matches(pod.metadata.labels))
      const plan = planBudget({ budget, pods: selected, scaleOf, now: clock.now() })
      if (plan.unmanaged.length > 0) {
        const message = `Pods selected by this PodDisruptionBudget (selector: ${matcher}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`
        const object = { ...budget, apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' }
        events.event(object, 'Warning', 'UnmanagedPods', message)
      }
      await updateStatus(client, PodDisruptionBudget, budget, plan.status)
      return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs }
    },
  }

  /** The size of a pod's controller; of a ReplicaSet's Deployment where it has one. As the `finders` of upstream. */
  function scaleOf(pod: DeepReadonly<Pod>): { uid: string; replicas: number } | undefined {
    const owner = getController(pod.metadata)
    if (!owner) return undefined
    const { namespace } = pod.metadata
    const key = `${namespace}/${owner.name}`
    const { group } = parseGroupVersion(owner.apiVersion)
    const found = (object: DeepReadonly<{ metadata: { uid?: string }; spec?: { replicas?: number } }> | undefined) =>
      object?.metadata.uid === owner.uid ? { uid: owner.uid, replicas: object.spec?.replicas ?? 1 } : undefined
    if (group === '' && owner.kind === 'ReplicationController') return found(controllers.get(key))
    if (group !== 'apps') return undefined
    if (owner.kind === 'StatefulSet') return found(statefulSets.get(key))
    if (owner.kind !== 'ReplicaSet') return undefined
    const set = replicaSets.get(key)
    if (set?.metadata.uid !== owner.uid) return undefined
    const above = getController(set.metadata)
    if (above?.kind !== 'Deployment') return found(set)
    const deployment = deployments.get(`${namespace}/${above.name}`)
    if (deployment?.metadata.uid !== above.uid) return undefined
    return { uid: above.uid, replicas: deployment.spec?.replicas ?? 1 }
  }
}
