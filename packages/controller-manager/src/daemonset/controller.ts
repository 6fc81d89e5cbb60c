import { ControllerRevision, DaemonSet, Node, Pod } from '@wherry/api'
import { deepEqual, getController, matcherOf, objectKey } from '@wherry/apimachinery'
import { type Controller, newEventRecorder, newRateLimiter, watching } from '@wherry/client'
import type { ControllerDeps } from '../controller-deps.ts'
import { newHistoryKeeper } from '../history/history-keeper.ts'
import { surplusRevisions } from '../history/revisions.ts'
import { isDeleting } from '../meta.ts'
import { applyClaims, planClaims } from '../pods/claim.ts'
import { orphansOf } from '../pods/indexes.ts'
import { newPodControl, podFromTemplate } from '../pods/pod-control.ts'
import { slowStart } from '../pods/slow-start.ts'
import { updateStatus } from '../status.ts'
import { type DaemonSetView, daemonPodSpec, targetNode } from './node-fit.ts'
import { hashLabel, planDaemons } from './plan.ts'

/** How many pods one sync creates or deletes at most. */
const burst = 250

/** Keeps one pod of each DaemonSet on every node that it fits. As kube-controller-manager's DaemonSetsController. */
export function newDaemonSetController({ client, informers, clock, logger }: ControllerDeps): Controller {
  const sets = informers.for(DaemonSet).lister
  const pods = informers.for(Pod).lister
  const nodes = informers.for(Node).lister
  const orphans = orphansOf(pods)
  const events = newEventRecorder({ client, clock, logger, component: 'daemonset-controller' })
  const podControl = newPodControl({ client, events, ownerKind: DaemonSet })
  const history = newHistoryKeeper(client, informers.for(ControllerRevision).lister, DaemonSet)
  const failures = newFailureBackoff(clock)

  return {
    name: 'daemonset',
    primary: DaemonSet,
    owns: [Pod, ControllerRevision],
    watches: [
      watching(Pod, (pod) => {
        if (getController(pod.metadata)) return []
        const matching = sets.list(pod.metadata.namespace).filter((set) => selectorOf(set).matches(pod.metadata.labels))
        return matching.map((set) => objectKey(set.metadata))
      }),
      watching(
        Node,
        () => sets.list().map((set) => objectKey(set.metadata)),
        (node, old) =>
          !deepEqual(node.metadata.labels, old.metadata.labels) || !deepEqual(node.spec?.taints, old.spec?.taints),
      ),
    ],
    async reconcile(key) {
      const set = sets.get(key)
      if (!set) {
        failures.forget(key)
        return undefined
      }
      const selector = selectorOf(set)
      if (selector.empty) {
        const message = 'This daemon set is selecting all pods. A non-empty selector is required.'
        record(set, 'Warning', 'SelectingAll', message)
        return undefined
      }
      const template = set.spec?.template ?? {}
      const labels = template.metadata?.labels ?? {}
      const collisions = set.status?.collisionCount ?? 0
      const source = { owner: set, kind: DaemonSet, template, labels, hashLabel, collisionCount: collisions }
      if (isDeleting(set.metadata)) return undefined
      const { update, all, collisionCount } = await history.sync(source, selector)
      const hash = update.metadata.labels?.[hashLabel] ?? ''
      const candidates = [...pods.byOwner(set.metadata.uid ?? ''), ...orphans(set.metadata.namespace ?? '')]
      const claims = planClaims(set, selector, candidates)
      const owned = await applyClaims({ client, ownerKind: DaemonSet, kind: Pod }, set, claims)
      const plan = planDaemons({
        set,
        nodes: nodes.list(),
        pods: owned,
        hash,
        backoffMs: (node) => failures.remaining(key, node),
        collisionCount,
        now: clock.now(),
      })
      for (const { type, reason, message } of plan.events) record(set, type, reason, message)
      for (const pod of plan.remove) {
        const node = targetNode(pod)
        if (pod.status?.phase === 'Failed' && node !== undefined) failures.note(key, node)
      }
      const removals = plan.remove.slice(0, burst).map((pod) => podControl.delete(set, pod))
      const create = plan.create.slice(0, burst)
      const { failure } = await slowStart(create.length, async (i) => {
        await podControl.create(set, newPod(set, create[i] ?? '', hash))
      })
      const failed = (await Promise.allSettled(removals)).find((result) => result.status === 'rejected')
      await updateStatus(client, DaemonSet, set, plan.status)
      if (failure !== undefined || failed) throw failure ?? failed?.reason
      const live = new Set(owned.map((pod) => pod.metadata.labels?.[hashLabel]))
      const isLive = (revision: (typeof all)[number]) =>
        revision.metadata.name === update.metadata.name || live.has(revision.metadata.labels?.[hashLabel])
      await history.remove(surplusRevisions(all, isLive, set.spec?.revisionHistoryLimit))
      return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs }
    },
  }

  function selectorOf(set: DaemonSetView) {
    return matcherOf(set.spec?.selector)
  }

  function record(set: DaemonSetView, type: 'Normal' | 'Warning', reason: string, message: string): void {
    events.event({ ...set, apiVersion: 'apps/v1', kind: 'DaemonSet' }, type, reason, message)
  }
}

/** The pod of a set for one node, which the scheduler binds to it. */
export function newPod(set: DaemonSetView, node: string, hash: string): Pod {
  const pod = podFromTemplate<DaemonSet>(set.spec?.template ?? {}, set, DaemonSet)
  pod.spec = daemonPodSpec(set, node)
  pod.metadata.labels = { ...pod.metadata.labels, [hashLabel]: hash }
  const generation = set.metadata.annotations?.['deprecated.daemonset.template.generation']
  if (generation !== undefined) pod.metadata.labels['pod-template-generation'] = generation
  return pod
}

/** A pod that fails again and again is replaced less and less often: after 1 s, 2 s, … up to 15 minutes. */
function newFailureBackoff(clock: ControllerDeps['clock']) {
  const limiter = newRateLimiter(clock, { baseMs: 1_000, maxMs: 900_000 })
  const until = new Map<string, number>()
  const idOf = (set: string, node: string) => `${set} ${node}`
  return {
    note(set: string, node: string): void {
      until.set(idOf(set, node), clock.now() + limiter.when(idOf(set, node)))
    },
    remaining(set: string, node: string): number {
      return Math.max(0, (until.get(idOf(set, node)) ?? 0) - clock.now())
    },
    forget(set: string): void {
      for (const id of until.keys()) {
        if (!id.startsWith(`${set} `)) continue
        until.delete(id)
        limiter.forget(id)
      }
    },
  }
}
