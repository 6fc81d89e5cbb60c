import { type Kind, type KubeObject, Pod, type PodTemplateSpec, type ReplicaSetStatus } from '@wherry/api'
import { type DeepReadonly, getController, type LabelMatcher, objectKey } from '@wherry/apimachinery'
import { type Controller, newEventRecorder, watching } from '@wherry/client'
import { isPodActive, isPodTerminal } from '@wherry/component-helpers'
import type { ControllerDeps } from '../controller-deps.ts'
import { isDeleting } from '../meta.ts'
import { applyClaims, planClaims } from '../pods/claim.ts'
import { orphansOf } from '../pods/indexes.ts'
import { newPodControl, podFromTemplate } from '../pods/pod-control.ts'
import { podsToDelete } from '../pods/pod-ranking.ts'
import { slowStart } from '../pods/slow-start.ts'
import { updateStatus } from '../status.ts'
import { nextAvailability, replicaStatus } from './replica-status.ts'

/** How many pods one sync creates or deletes at most. */
const burst = 500

/** What ReplicaSets and ReplicationControllers differ in. */
export interface ReplicaKind<T extends KubeObject & { status?: ReplicaSetStatus }> {
  kind: Kind<T>
  /** Names the controller, and the source of its events. */
  name: string
  selector(object: DeepReadonly<T>): LabelMatcher
  spec(object: DeepReadonly<T>): {
    replicas: number
    minReadySeconds: number
    template: DeepReadonly<PodTemplateSpec>
  }
  /** Other objects whose pods count as company on a node when pods are chosen for deletion. */
  siblings?(object: DeepReadonly<T>): readonly DeepReadonly<T>[]
  countTerminating: boolean
}

/**
 * Keeps as many pods as asked for: adopts and releases by selector, creates in growing batches, deletes the pods that
 * will be missed least. As kube-controller-manager's ReplicaSetController.
 */
export function newReplicaController<T extends KubeObject & { status?: ReplicaSetStatus }>(
  { client, informers, clock, logger }: ControllerDeps,
  replicaKind: ReplicaKind<T>,
): Controller {
  const { kind, name } = replicaKind
  const owners = informers.for(kind).lister
  const pods = informers.for(Pod).lister
  const orphans = orphansOf(pods)
  const events = newEventRecorder({ client, clock, logger, component: `${name}-controller` })
  const podControl = newPodControl({ client, events, ownerKind: kind })

  return {
    name,
    primary: kind,
    owns: [Pod],
    watches: [
      watching(Pod, (pod) =>
        getController(pod.metadata)
          ? []
          : owners
              .list(pod.metadata.namespace)
              .filter((owner) => replicaKind.selector(owner).matches(pod.metadata.labels))
              .map((owner) => objectKey(owner.metadata)),
      ),
    ],
    async reconcile(key) {
      const owner = owners.get(key)
      if (!owner) return undefined
      const uid = owner.metadata.uid ?? ''
      const mine = pods.byOwner(uid)
      const candidates = [...mine, ...orphans(owner.metadata.namespace ?? '')].filter(isPodActive)
      const claims = planClaims(owner, replicaKind.selector(owner), candidates)
      const active = await applyClaims({ client, ownerKind: kind, kind: Pod }, owner, claims)
      const { replicas, minReadySeconds, template } = replicaKind.spec(owner)
      const failure = isDeleting(owner.metadata) ? undefined : await manage(owner, active, replicas, template)
      const now = clock.now()
      const terminating = mine.filter((pod) => isDeleting(pod.metadata) && !isPodTerminal(pod))
      const status = replicaStatus({
        generation: owner.metadata.generation,
        replicas,
        minReadySeconds,
        templateLabels: template.metadata?.labels ?? {},
        oldStatus: owner.status,
        active,
        terminating: replicaKind.countTerminating ? terminating : undefined,
        failure,
        now,
      })
      await updateStatus(client, kind, owner, status)
      if (failure !== undefined) throw failure
      const wait = nextAvailability(active, minReadySeconds, now)
      return wait === undefined ? undefined : { requeueAfterMs: wait }
    },
  }

  /** Creates or deletes pods; resolves with the first failure. */
  async function manage(
    owner: DeepReadonly<T>,
    active: readonly DeepReadonly<Pod>[],
    replicas: number,
    template: DeepReadonly<PodTemplateSpec>,
  ): Promise<unknown> {
    const missing = Math.min(replicas - active.length, burst)
    if (missing > 0) {
      const { failure } = await slowStart(missing, async () => {
        await podControl.create(owner, podFromTemplate(template, owner, kind))
      })
      return failure
    }
    const surplus = Math.min(-missing, burst)
    if (surplus <= 0) return undefined
    const related = (replicaKind.siblings?.(owner) ?? [owner]).flatMap((sibling) =>
      pods.byOwner(sibling.metadata.uid ?? '').filter(isPodActive),
    )
    const doomed = podsToDelete(active, related, surplus, clock.now())
    const results = await Promise.allSettled(doomed.map((pod) => podControl.delete(owner, pod)))
    return results.find((result) => result.status === 'rejected')?.reason
  }
}
