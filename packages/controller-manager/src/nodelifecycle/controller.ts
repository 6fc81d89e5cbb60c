import { Lease, Node, Pod } from '@wherry/api'
import { deepClone, isConflict, isNotFound } from '@wherry/apimachinery'
import { type Controller, newEventRecorder, watching } from '@wherry/client'
import { isPodReady, updatePodCondition } from '@wherry/component-helpers'
import type { ControllerDeps } from '../controller-deps.ts'
import { identityOf } from '../meta.ts'
import { podsByNode } from '../pods/indexes.ts'
import { updateStatus } from '../status.ts'
import { type HealthOptions, type NodeHealth, type NodeView, planHealth, readyCondition } from './health.ts'
import { type EvictionDecision, needsEviction, planTaints } from './taints.ts'
import { evictionRate, type ZoneOptions, zoneOf, zoneStates } from './zones.ts'

export interface NodeLifecycleOptions extends HealthOptions, ZoneOptions {}

export const nodeLeaseNamespace = 'kube-node-lease'

/**
 * Watches over nodes: those that fall silent become Unknown, their pods not ready; taints follow the conditions, at a
 * limited rate for those that evict. It looks when something changes or a grace period ends, never in between. As
 * kube-controller-manager's node lifecycle controller.
 */
export function newNodeLifecycleController(
  { client, informers, clock, logger }: ControllerDeps,
  options: NodeLifecycleOptions,
): Controller {
  const nodes = informers.for(Node).lister
  const leases = informers.for(Lease, { namespace: nodeLeaseNamespace }).lister
  const onNode = podsByNode(informers.for(Pod).lister)
  const events = newEventRecorder({ client, clock, logger, component: 'node-controller' })
  const health = new Map<string, NodeHealth>()
  const nextEviction = new Map<string, number>()

  return {
    name: 'node-lifecycle',
    primary: Node,
    watches: [
      { ...watching(Lease, ({ metadata }) => [metadata.name ?? '']), selection: { namespace: nodeLeaseNamespace } },
      // Whether a node may be evicted depends on how the others are.
      watching(
        Node,
        () =>
          nodes
            .list()
            .filter((node) => readyCondition(node)?.status !== 'True')
            .map(nameOf),
        (node, old) => readyCondition(node)?.status !== readyCondition(old)?.status,
      ),
    ],
    async reconcile(key) {
      const cached = nodes.get(key)
      if (!cached) {
        health.delete(key)
        return undefined
      }
      const now = clock.now()
      const lease = leases.get(`${nodeLeaseNamespace}/${key}`)
      const plan = planHealth(cached, lease, health.get(key), now, options)
      health.set(key, plan.health)
      const wasReady = readyCondition(cached)?.status === 'True'
      let node = cached
      if (plan.conditions) {
        const status = { ...deepClone(cached.status ?? {}), conditions: plan.conditions }
        await updateStatus(client, Node, cached, status)
        node = { ...cached, status }
      }
      const isReady = readyCondition(node)?.status === 'True'
      const eviction = decideEviction(node, now)
      const taints = planTaints(node, eviction.decision, now)
      if (taints) await client.patch(Node, { name: key }, { spec: { taints } }, { type: 'merge' })
      if (wasReady && !isReady) nodeEvent(node)
      if (!isReady && readyCondition(node)) await markPodsNotReady(key)
      const waits = [plan.checkAfterMs, eviction.waitMs].filter((ms) => ms !== undefined)
      return waits.length === 0 ? undefined : { requeueAfterMs: Math.min(...waits) }
    },
  }

  function nameOf(node: NodeView): string {
    return node.metadata.name ?? ''
  }

  /** One node of a zone after the other, no faster than the zone's rate. */
  function decideEviction(node: NodeView, now: number): { decision: EvictionDecision; waitMs?: number } {
    if (readyCondition(node)?.status === 'True') return { decision: 'allowed' }
    // The cache may still hold this node as it was.
    const all = nodes.list().map((other) => (other.metadata.uid === node.metadata.uid ? node : other))
    const states = zoneStates(all, options)
    const zone = zoneOf(node)
    const rate = evictionRate(zone, states, all.filter((other) => zoneOf(other) === zone).length, options)
    if ([...states.values()].every((state) => state === 'FullDisruption')) return { decision: 'stop' }
    if (!needsEviction(node)) return { decision: 'wait' }
    if (rate === 0) return { decision: 'wait' }
    const next = nextEviction.get(zone) ?? 0
    if (now < next) return { decision: 'wait', waitMs: next - now }
    nextEviction.set(zone, now + 1000 / rate)
    return { decision: 'allowed' }
  }

  function nodeEvent(node: NodeView): void {
    const object = { apiVersion: 'v1', kind: 'Node', metadata: { ...node.metadata, uid: nameOf(node) } }
    events.event(object, 'Normal', 'NodeNotReady', `Node ${nameOf(node)} status is now: NodeNotReady`)
  }

  async function markPodsNotReady(node: string): Promise<void> {
    for (const cached of onNode(node).filter(isPodReady)) {
      const pod = deepClone<Pod>(cached)
      pod.status ??= {}
      updatePodCondition(
        pod.status,
        { ...pod.status.conditions?.find(({ type }) => type === 'Ready'), type: 'Ready', status: 'False' },
        clock.now(),
      )
      events.event({ ...pod, apiVersion: 'v1', kind: 'Pod' }, 'Warning', 'NodeNotReady', 'Node is not ready')
      const { namespace, name } = identityOf(pod.metadata)
      try {
        await client.update(Pod, pod, { subresource: 'status' })
      } catch (error) {
        if (!isNotFound(error) && !isConflict(error)) throw error
        logger.debug('pod changed while its node went away', { pod: `${namespace}/${name}` })
        if (isConflict(error)) throw error
      }
    }
  }
}
