import { Node, Pod, type Taint, type Toleration } from '@wherry/api'
import { type DeepReadonly, deepEqual, formatTime, isNotFound, objectKey, parseTime } from '@wherry/apimachinery'
import { type Controller, newEventRecorder, watching } from '@wherry/client'
import { tolerates } from '@wherry/component-helpers'
import type { ControllerDeps } from '../controller-deps.ts'
import { identityOf, isDeleting } from '../meta.ts'
import { podsByNode } from '../pods/indexes.ts'

/** When a pod has to leave its node: never, or at a time. */
export type Eviction = { at: number } | undefined

/**
 * When taints make a pod leave: at once if one is not tolerated, after the shortest `tolerationSeconds` of the
 * tolerations in use otherwise, counted from the youngest taint's `timeAdded`. As kube-controller-manager
 * `processPodOnNode`, which counts from when it saw the taint.
 */
export function planEviction(
  tolerations: DeepReadonly<Toleration[]>,
  taints: DeepReadonly<Taint[]>,
  now: number,
): Eviction {
  const noExecute = taints.filter(({ effect }) => effect === 'NoExecute')
  if (noExecute.length === 0) return undefined
  let shortest: number | undefined
  let since = 0
  for (const taint of noExecute) {
    const used = tolerations.filter((toleration) => tolerates(toleration, taint))
    if (used.length === 0) return { at: now }
    since = Math.max(since, taint.timeAdded === undefined ? now : parseTime(taint.timeAdded))
    for (const { tolerationSeconds } of used) {
      if (tolerationSeconds === undefined) continue
      shortest = Math.min(shortest ?? Number.POSITIVE_INFINITY, Math.max(0, tolerationSeconds))
    }
  }
  return shortest === undefined ? undefined : { at: since + shortest * 1000 }
}

/** Deletes the pods that do not tolerate their node's NoExecute taints. As the TaintEvictionController. */
export function newTaintEvictionController({ client, informers, clock, logger }: ControllerDeps): Controller {
  const pods = informers.for(Pod).lister
  const nodes = informers.for(Node).lister
  const onNode = podsByNode(pods)
  const events = newEventRecorder({ client, clock, logger, component: 'taint-eviction-controller' })
  const planned = new Set<string>()

  return {
    name: 'taint-eviction',
    primary: Pod,
    watches: [
      watching(
        Node,
        (node) => onNode(node.metadata.name ?? '').map((pod) => objectKey(pod.metadata)),
        (node, old) => !deepEqual(node.spec?.taints, old.spec?.taints),
      ),
    ],
    async reconcile(key) {
      const pod = pods.get(key)
      const node = pod?.spec?.nodeName ? nodes.get(pod.spec.nodeName) : undefined
      if (!pod || !node || isDeleting(pod.metadata)) {
        planned.delete(key)
        return undefined
      }
      const now = clock.now()
      const eviction = planEviction(pod.spec?.tolerations ?? [], node.spec?.taints ?? [], now)
      if (!eviction) {
        if (planned.delete(key)) record(pod, `Cancelling deletion of Pod ${key}`)
        return undefined
      }
      if (eviction.at > now) {
        planned.add(key)
        return { requeueAfterMs: eviction.at - now }
      }
      planned.delete(key)
      record(pod, `Marking for deletion Pod ${key}`)
      await evict(pod, now)
      return undefined
    },
  }

  function record(pod: DeepReadonly<Pod>, message: string): void {
    events.event({ ...pod, apiVersion: 'v1', kind: 'Pod' }, 'Normal', 'TaintManagerEviction', message)
  }

  async function evict(pod: DeepReadonly<Pod>, now: number): Promise<void> {
    const { namespace, name, uid } = identityOf(pod.metadata)
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
      lastTransitionTime: formatTime(now),
    }
    try {
      const patch = { metadata: { uid }, status: { conditions: [condition] } }
      await client.patch(Pod, { namespace, name }, patch, { type: 'strategic', subresource: 'status' })
      await client.delete(Pod, { namespace, name }, { preconditions: { uid } })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}
