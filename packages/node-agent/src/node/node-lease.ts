import { Lease, type Node } from '@wherry/api'
import { formatMicroTime, isAlreadyExists, isConflict, isNotFound } from '@wherry/apimachinery'
import type { Client, Informer } from '@wherry/client'
import { type Clock, type Logger, sleep } from '@wherry/component-base'

export interface NodeLeaseDeps {
  client: Client
  clock: Clock
  logger: Logger
  nodeName: string
  nodes: Informer<Node>
}

/** The kubelet's nodeLeaseDurationSeconds, and a quarter of it. */
const leaseSeconds = 40
const renewMs = 10_000
/** As long as the API server is away, and while it does not have the node yet. */
const retryMs = 200
const namespace = 'kube-node-lease'

/** Renews the node's lease until the signal is aborted. As the kubelet's nodelease controller. */
export async function keepLease(deps: NodeLeaseDeps, signal: AbortSignal): Promise<void> {
  const { clock, logger, nodeName } = deps
  let lease: Lease | undefined
  let failures = 0
  while (!signal.aborted) {
    try {
      lease = await renew(deps, lease, signal)
      failures = 0
      await sleep(clock, renewMs, signal).catch(() => undefined)
    } catch (error) {
      lease = undefined
      if (signal.aborted) return
      if (!isConflict(error) && failures++ === 5) logger.warn('node lease was not renewed', { node: nodeName, error })
      await sleep(clock, Math.min(retryMs * 2 ** failures, renewMs), signal).catch(() => undefined)
    }
  }
}

async function renew(deps: NodeLeaseDeps, held: Lease | undefined, signal: AbortSignal): Promise<Lease> {
  const { client, clock, nodeName, nodes } = deps
  const own = { holderIdentity: nodeName, leaseDurationSeconds: leaseSeconds, renewTime: formatMicroTime(clock.now()) }
  const lease = held ?? (await client.get(Lease, { namespace, name: nodeName }, { signal }).catch(ifMissing))
  if (lease) return client.update(Lease, { ...lease, spec: { ...lease.spec, ...own } }, { signal })
  const node = nodes.lister.get(nodeName)
  const ownerReferences = node
    ? [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: node.metadata.uid ?? '' }]
    : undefined
  const fresh: Lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace, name: nodeName, ...(ownerReferences ? { ownerReferences } : {}) },
    spec: own,
  }
  try {
    return await client.create(Lease, fresh, { signal })
  } catch (error) {
    if (isAlreadyExists(error)) return client.get(Lease, { namespace, name: nodeName }, { signal })
    throw error
  }
}

function ifMissing(error: unknown): undefined {
  if (!isNotFound(error)) throw error
}
