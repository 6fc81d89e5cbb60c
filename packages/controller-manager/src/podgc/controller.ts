import { Node, Pod } from '@wherry/api'
import { type DeepReadonly, formatTime, isNotFound } from '@wherry/apimachinery'
import { type Controller, watching } from '@wherry/client'
import { isPodTerminal } from '@wherry/component-helpers'
import type { ControllerDeps } from '../controller-deps.ts'
import { identityOf, isDeleting } from '../meta.ts'
import { podsByNode } from '../pods/indexes.ts'
import { readyCondition } from '../nodelifecycle/health.ts'
import { surplusTerminated } from './plan.ts'

const outOfServiceTaint = 'node.kubernetes.io/out-of-service'

/** How long a node must have been gone before its pods are taken for lost. */
const quarantineMs = 40_000

/**
 * Removes pods that nobody else would: those whose node is gone or out of service. As kube-controller-manager's
 * PodGCController, woken by changes instead of every 20 seconds.
 */
export function newOrphanedPodGCController({ client, informers, clock, logger }: ControllerDeps): Controller {
  const nodes = informers.for(Node).lister
  const onNode = podsByNode(informers.for(Pod).lister)
  const missingSince = new Map<string, number>()

  return {
    name: 'pod-garbage-collector-nodes',
    primary: Node,
    watches: [
      watching(
        Pod,
        (pod) => (pod.spec?.nodeName ? [pod.spec.nodeName] : []),
        (pod, old) =>
          pod.spec?.nodeName !== old.spec?.nodeName || isDeleting(pod.metadata) !== isDeleting(old.metadata),
      ),
    ],
    async reconcile(key) {
      const node = nodes.get(key)
      const pods = onNode(key)
      if (node) {
        missingSince.delete(key)
        const out = node.spec?.taints?.some(({ key: taint }) => taint === outOfServiceTaint)
        if (!out || readyCondition(node)?.status === 'True') return undefined
        for (const pod of pods) if (isDeleting(pod.metadata)) await forceDelete(pod, undefined)
        return undefined
      }
      if (key === '' || pods.length === 0) {
        missingSince.delete(key)
        return undefined
      }
      const since = missingSince.get(key) ?? clock.now()
      missingSince.set(key, since)
      const waitMs = since + quarantineMs - clock.now()
      if (waitMs > 0) return { requeueAfterMs: waitMs }
      if (await exists(key)) return undefined
      for (const pod of pods) {
        logger.info('deleting the pod of a node that is gone', {
          pod: `${pod.metadata.namespace}/${pod.metadata.name}`,
        })
        await forceDelete(pod, 'PodGC: node no longer exists')
      }
      return undefined
    },
  }

  async function exists(node: string): Promise<boolean> {
    try {
      await client.get(Node, { name: node })
      return true
    } catch (error) {
      if (isNotFound(error)) return false
      throw error
    }
  }

  /** Says on the pod that it is lost before it goes, so that its owner can tell. */
  async function forceDelete(pod: DeepReadonly<Pod>, message: string | undefined): Promise<void> {
    const { namespace, name, uid } = identityOf(pod.metadata)
    try {
      if (!isPodTerminal(pod)) {
        const condition = {
          type: 'DisruptionTarget',
          status: 'True',
          reason: 'DeletionByPodGC',
          message,
          lastTransitionTime: formatTime(clock.now()),
        }
        const patch = {
          metadata: { uid },
          status: { phase: 'Failed', ...(message ? { conditions: [condition] } : {}) },
        }
        await client.patch(Pod, { namespace, name }, patch, { type: 'strategic', subresource: 'status' })
      }
      await client.delete(Pod, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}

/** Removes ended pods beyond a threshold, and pods that are deleted before they ever had a node. */
export function newPodGCController(
  { client, informers }: ControllerDeps,
  { terminatedPodThreshold }: { terminatedPodThreshold: number },
): Controller {
  const pods = informers.for(Pod).lister
  pods.addIndex('ended', (pod) => (isPodTerminal(pod) ? ['true'] : []))

  return {
    name: 'pod-garbage-collector',
    primary: Pod,
    workers: 1,
    async reconcile(key) {
      const pod = pods.get(key)
      if (!pod) return undefined
      if (isDeleting(pod.metadata) && !pod.spec?.nodeName) await remove(pod)
      if (!isPodTerminal(pod)) return undefined
      for (const surplus of surplusTerminated(pods.byIndex('ended', 'true'), terminatedPodThreshold)) {
        await remove(surplus)
      }
      return undefined
    },
  }

  async function remove(pod: DeepReadonly<Pod>): Promise<void> {
    const { namespace, name, uid } = identityOf(pod.metadata)
    await client
      .delete(Pod, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } })
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
  }
}
