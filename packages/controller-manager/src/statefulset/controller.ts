import { ControllerRevision, PersistentVolumeClaim, Pod, StatefulSet } from '@wherry/api'
import {
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
import { newHistoryKeeper } from '../history/history-keeper.ts'
import { surplusRevisions, templateOf } from '../history/revisions.ts'
import { identityOf } from '../meta.ts'
import { applyClaims, planClaims } from '../pods/claim.ts'
import { orphansOf } from '../pods/indexes.ts'
import { messageOf } from '../pods/pod-control.ts'
import { updateStatus } from '../status.ts'
import {
  claimsOf,
  newStatefulPod,
  ordinalOf,
  type PodView,
  replicasOf,
  revisionLabel,
  type SetView,
} from './identity.ts'
import { planRetention } from './retention.ts'
import { planStatefulSet } from './plan.ts'

/** Runs pods that keep their names and volumes. As kube-controller-manager's StatefulSetController. */
export function newStatefulSetController({ client, informers, clock, logger }: ControllerDeps): Controller {
  const sets = informers.for(StatefulSet).lister
  const pods = informers.for(Pod).lister
  const claims = informers.for(PersistentVolumeClaim).lister
  const orphans = orphansOf(pods)
  const events = newEventRecorder({ client, clock, logger, component: 'statefulset-controller' })
  const history = newHistoryKeeper(client, informers.for(ControllerRevision).lister, StatefulSet)

  return {
    name: 'statefulset',
    primary: StatefulSet,
    owns: [Pod, ControllerRevision],
    watches: [
      watching(Pod, (pod) => {
        if (getController(pod.metadata)) return []
        const matching = sets.list(pod.metadata.namespace).filter((set) => isMember(set, pod))
        return matching.map((set) => objectKey(set.metadata))
      }),
      // Nothing is done when a claim changes, but it has to be in the cache.
      watching(
        PersistentVolumeClaim,
        () => [],
        () => false,
      ),
    ],
    async reconcile(key) {
      const set = sets.get(key)
      if (!set) return undefined
      const selector = matcherOf(set.spec?.selector)
      if (selector.empty) return undefined
      const owned = await claimPods(set)
      const template = set.spec?.template ?? {}
      const { update, all, collisionCount } = await history.sync(
        {
          owner: set,
          kind: StatefulSet,
          template,
          labels: template.metadata?.labels ?? {},
          hashLabel: 'controller.kubernetes.io/hash',
          collisionCount: set.status?.collisionCount ?? 0,
        },
        selector,
      )
      const current = all.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update
      const nameOf = ({ metadata: { name = '' } }: { readonly metadata: { readonly name?: string } }) => name
      const plan = planStatefulSet({
        set,
        pods: owned,
        currentRevision: nameOf(current),
        updateRevision: nameOf(update),
        collisionCount,
        now: clock.now(),
      })
      let failure: unknown
      try {
        await retainClaims(set, owned)
        for (const pod of plan.remove) await remove(set, pod)
        for (const { ordinal, old } of plan.create) {
          const revision = old ? current : update
          await create(set, newStatefulPod(set, templateOf(revision), nameOf(revision), ordinal), ordinal)
        }
      } catch (error) {
        failure = error
      }
      await updateStatus(client, StatefulSet, set, plan.status)
      if (failure !== undefined) throw failure
      const live = new Set([
        nameOf(current),
        nameOf(update),
        ...owned.map((pod) => pod.metadata.labels?.[revisionLabel]),
      ])
      const surplus = surplusRevisions(all, (revision) => live.has(nameOf(revision)), set.spec?.revisionHistoryLimit)
      await history.remove(surplus)
      return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs }
    },
  }

  function isMember(set: SetView, pod: PodView): boolean {
    return matcherOf(set.spec?.selector).matches(pod.metadata.labels) && ordinalOf(set, pod) !== undefined
  }

  function claimPods(set: SetView): Promise<PodView[]> {
    const orphaned = orphans(set.metadata.namespace ?? '').filter((pod) => ordinalOf(set, pod) !== undefined)
    const candidates = [...pods.byOwner(set.metadata.uid ?? ''), ...orphaned]
    const plan = planClaims(set, matcherOf(set.spec?.selector), candidates)
    return applyClaims({ client, ownerKind: StatefulSet, kind: Pod }, set, plan)
  }

  async function create(set: SetView, pod: Pod, ordinal: number): Promise<void> {
    const name = pod.metadata.name ?? ''
    try {
      for (const claim of claimsOf(set, ordinal)) await createClaim(set, claim, name)
      await client.create(Pod, pod)
    } catch (error) {
      if (hasStatusCause(error, 'NamespaceTerminating')) return
      // A pod of that name that is not the set's own: wait for it to go.
      if (!isAlreadyExists(error)) tell(set, 'create', name, error)
      throw error
    }
    tell(set, 'create', name)
  }

  async function createClaim(set: SetView, claim: PersistentVolumeClaim, pod: string): Promise<void> {
    const { namespace, name } = identityOf(claim.metadata)
    if (claims.get(`${namespace}/${name}`)) return
    try {
      await client.create(PersistentVolumeClaim, claim)
    } catch (error) {
      if (isAlreadyExists(error)) return
      const what = `create Claim ${name} for Pod ${pod} in StatefulSet ${set.metadata.name} failed error`
      record(set, 'Warning', 'FailedCreate', `${what}: ${messageOf(error)}`)
      throw error
    }
    const message = `create Claim ${name} Pod ${pod} in StatefulSet ${set.metadata.name} success`
    record(set, 'Normal', 'SuccessfulCreate', message)
  }

  async function remove(set: SetView, pod: PodView): Promise<void> {
    const { namespace, name, uid } = identityOf(pod.metadata)
    try {
      await client.delete(Pod, { namespace, name }, { preconditions: { uid } })
    } catch (error) {
      if (isNotFound(error)) return
      tell(set, 'delete', name, error)
      throw error
    }
    tell(set, 'delete', name)
  }

  /** Claims that shall go with their pod or set are owned by it. */
  async function retainClaims(set: SetView, owned: readonly PodView[]): Promise<void> {
    for (const pod of owned) {
      const ordinal = ordinalOf(set, pod)
      if (ordinal === undefined) continue
      for (const { metadata } of claimsOf(set, ordinal)) {
        const claim = claims.get(`${metadata.namespace}/${metadata.name}`)
        const references =
          claim && planRetention(set, pod, claim, ordinal >= replicasOf(set) + (set.spec?.ordinals?.start ?? 0))
        if (!claim || !references) continue
        const next = deepClone<PersistentVolumeClaim>(claim)
        next.metadata.ownerReferences = references
        await client.update(PersistentVolumeClaim, next)
      }
    }
  }

  function tell(set: SetView, verb: 'create' | 'delete', pod: string, error?: unknown): void {
    const outcome = error === undefined ? 'successful' : `failed error: ${messageOf(error)}`
    const reason = `${error === undefined ? 'Successful' : 'Failed'}${verb === 'create' ? 'Create' : 'Delete'}`
    const message = `${verb} Pod ${pod} in StatefulSet ${set.metadata.name} ${outcome}`
    record(set, error === undefined ? 'Normal' : 'Warning', reason, message)
  }

  function record(set: SetView, type: 'Normal' | 'Warning', reason: string, message: string): void {
    events.event({ ...set, apiVersion: 'apps/v1', kind: 'StatefulSet' }, type, reason, message)
  }
}
