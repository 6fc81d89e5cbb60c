import { Node, type Taint } from '@wherry/api'
import { isAlreadyExists } from '@wherry/apimachinery'
import type { Client, Informer } from '@wherry/client'
import { type Clock, type Logger, newBackoff, type Random, sleep } from '@wherry/component-base'
import { nodeLabels } from './node-facts.ts'
import { isStale, type NodeFacts, type NodeObject, nodeStatus } from './node-status.ts'

export interface NodeRegistrationDeps {
  client: Client
  clock: Clock
  logger: Logger
  random: Random
  facts: NodeFacts
  labels: Record<string, string>
  taints: readonly Taint[]
  /** Sees this node alone. */
  nodes: Informer<Node>
  /** Tells of the node in an event. */
  event: (reason: string, message: string) => void
}

/** As the kubelet's nodeStatusReportFrequency: a heartbeat when nothing changes; liveness is the lease's business. */
const heartbeatMs = 300_000
const controllerAttachDetach = { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' }

/**
 * Keeps the Node of this name registered and its status true until the signal is aborted: registers it as soon as the
 * API server answers, mends what others make of its status, and registers it again when it was deleted.
 */
export async function keepNode(deps: NodeRegistrationDeps, signal: AbortSignal): Promise<void> {
  const { clock, logger, facts, nodes } = deps
  let poke = () => {}
  let due: 'register' | 'report' | undefined = 'register'
  const ask = (what: 'register' | 'report') => {
    due = due === 'register' ? due : what
    poke()
  }
  const look = (node: NodeObject) => {
    if (isStale(facts, node)) ask('report')
  }
  const unsubscribe = nodes.on({ added: look, updated: look, deleted: () => ask('register') })
  const backoff = newBackoff({ initialMs: 20, maxMs: 2000, jitter: 0.2, clock, random: deps.random })
  let reportedAt = clock.now()
  deps.event('Starting', 'Starting kubelet.')
  while (!signal.aborted) {
    try {
      const task = due
      due = undefined
      if (task === 'register') {
        const { metadata } = await registerNode(deps, signal)
        logger.info('node registered', { node: facts.nodeName })
        // It may have been deleted before anybody watched it.
        await nodes.reached(metadata.resourceVersion ?? '', signal)
        if (!nodes.lister.get(facts.nodeName)) ask('register')
      } else if (task === 'report') await reportStatus(deps, nodes.lister.get(facts.nodeName), signal)
      if (task) reportedAt = clock.now()
      backoff.reset()
      if (due) continue
    } catch (error) {
      if (signal.aborted) break
      due ??= 'register'
      logger.warn('node status was not written, will be tried again', { node: facts.nodeName, error })
      await sleep(clock, backoff.next(), signal).catch(() => undefined)
      continue
    }
    const left = reportedAt + heartbeatMs - clock.now()
    const wait = new AbortController()
    poke = () => wait.abort()
    await sleep(clock, Math.max(left, 0), AbortSignal.any([signal, wait.signal])).catch(() => undefined)
    if (!wait.signal.aborted) due ??= 'report'
  }
  unsubscribe()
}

/** Creates the Node, or takes over the one of this name: its labels and status become this agent's, the rest stays. */
async function registerNode(deps: NodeRegistrationDeps, signal: AbortSignal): Promise<Node> {
  const { client, clock, facts, taints } = deps
  const name = facts.nodeName
  const labels = { ...nodeLabels(name), ...deps.labels }
  const fresh: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels, annotations: controllerAttachDetach },
    spec: taints.length > 0 ? { taints: [...taints] } : {},
    status: nodeStatus(facts, undefined, clock.now()),
  }
  let node: Node
  try {
    node = await client.create(Node, fresh, { signal })
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    node = await client.get(Node, { name }, { signal })
    const missing = Object.entries(labels).filter(([key, value]) => node.metadata.labels?.[key] !== value)
    if (missing.length > 0) {
      const patch = { metadata: { labels: Object.fromEntries(missing) } }
      node = await client.patch(Node, { name }, patch, { type: 'merge', signal })
    }
    return reportStatus(deps, node, signal)
  }
  return isStale(facts, node) ? reportStatus(deps, node, signal) : node
}

async function reportStatus(
  deps: NodeRegistrationDeps,
  node: NodeObject | undefined,
  signal: AbortSignal,
): Promise<Node> {
  const { client, clock, facts } = deps
  const status = nodeStatus(facts, node, clock.now())
  // Lists of addresses are merged by type, and capacities by name.
  return client.patch(Node, { name: facts.nodeName }, { status }, { type: 'strategic', subresource: 'status', signal })
}
