import { Lease, Node } from '@wherry/api'
import { deepEqual, formatMicroTime, isAlreadyExists, isConflict, isNotFound } from '@wherry/apimachinery'
import type { Client } from '@wherry/client'
import { type Clock, type Logger, sleep } from '@wherry/component-base'
import { type NodeFacts, nodeLabels, nodeStatus } from './node-status.ts'

export interface NodeRegistrationDeps {
  client: Client
  clock: Clock
  logger: Logger
  facts: NodeFacts
  labels?: Record<string, string>
  taints?: { key: string; value?: string; effect: string }[]
}

const leaseSeconds = 40
const renewMs = 10_000
const statusCheckMs = 10_000
const statusReportMs = 300_000

/** Creates the Node, or takes over the one of this name; labels that others set stay. */
export async function registerNode(deps: NodeRegistrationDeps): Promise<Node> {
  const { client, clock, facts } = deps
  const labels = { ...nodeLabels(facts.nodeName), ...deps.labels }
  const annotations = { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' }
  const fresh: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: facts.nodeName, labels, annotations },
    spec: deps.taints?.length ? { taints: deps.taints } : {},
    status: nodeStatus(facts, undefined, clock.now()),
  }
  try {
    return await client.create(Node, fresh)
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
  const existing = await client.get(Node, { name: facts.nodeName })
  if (Object.entries(labels).some(([key, value]) => existing.metadata.labels?.[key] !== value)) {
    await client.patch(Node, { name: facts.nodeName }, { metadata: { labels } }, { type: 'merge' })
  }
  return writeNodeStatus(deps, existing)
}

async function writeNodeStatus({ client, clock, facts }: NodeRegistrationDeps, node: Node): Promise<Node> {
  const status = nodeStatus(facts, node, clock.now())
  return client.patch(Node, { name: facts.nodeName }, { status }, { type: 'strategic', subresource: 'status' })
}

/** Whether two statuses differ in more than their heartbeat. */
function statusChanged(facts: NodeFacts, node: Node, now: number): boolean {
  const strip = (status: Node['status']) => ({
    ...status,
    conditions: (status?.conditions ?? [])
      .map((item) => ({ type: item.type, status: item.status }))
      .sort((a, b) => (a.type < b.type ? -1 : 1)),
    images: undefined,
    volumesAttached: undefined,
    volumesInUse: undefined,
    config: undefined,
    runtimeHandlers: undefined,
    features: undefined,
    declaredFeatures: undefined,
  })
  const wanted = strip({ ...node.status, ...nodeStatus(facts, node, now) })
  return !deepEqual(JSON.parse(JSON.stringify(wanted)), JSON.parse(JSON.stringify(strip(node.status))))
}

/** Keeps the status fresh: on a change within 10 s, otherwise every 5 minutes. A deleted Node is registered again. */
export async function keepNodeStatus(deps: NodeRegistrationDeps, first: Node, signal: AbortSignal): Promise<void> {
  const { client, clock, logger, facts } = deps
  let reported = clock.now()
  let last: Node | undefined = first
  while (!signal.aborted) {
    await sleep(clock, statusCheckMs, signal).catch(() => undefined)
    if (signal.aborted) return
    try {
      last = await client.get(Node, { name: facts.nodeName })
      if (clock.now() - reported < statusReportMs && !statusChanged(facts, last, clock.now())) continue
      await writeNodeStatus(deps, last)
      reported = clock.now()
    } catch (error) {
      if (isNotFound(error)) last = await registerNode(deps).catch(() => undefined)
      else if (!signal.aborted)
        logger.warn('node status was not written, will be tried again', { error: String(error) })
    }
  }
}

/** Renews the node's lease every 10 s, as the kubelet's nodelease controller. */
export async function keepLease(deps: NodeRegistrationDeps, node: Node, signal: AbortSignal): Promise<void> {
  const { client, clock, logger, facts } = deps
  const key = { namespace: 'kube-node-lease', name: facts.nodeName }
  let lease: Lease | undefined
  while (!signal.aborted) {
    const renewTime = formatMicroTime(clock.now())
    try {
      lease ??= await client.get(Lease, key).catch((error: unknown) => {
        if (isNotFound(error)) return undefined
        throw error
      })
      if (lease) {
        const spec = { ...lease.spec, holderIdentity: facts.nodeName, leaseDurationSeconds: leaseSeconds, renewTime }
        lease = await client.update(Lease, { ...lease, spec })
      } else {
        lease = await client.create(Lease, {
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata: {
            ...key,
            ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: facts.nodeName, uid: node.metadata.uid ?? '' }],
          },
          spec: { holderIdentity: facts.nodeName, leaseDurationSeconds: leaseSeconds, renewTime },
        })
      }
    } catch (error) {
      lease = undefined
      if (!signal.aborted && !isConflict(error)) {
        logger.warn('node lease was not renewed, will be tried again', { error: String(error) })
        await sleep(clock, 1000, signal).catch(() => undefined)
        continue
      }
    }
    await sleep(clock, renewMs, signal).catch(() => undefined)
  }
}
