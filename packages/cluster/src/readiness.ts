import { readFile } from 'node:fs/promises'
import { Node } from '@wherry/api'
import { type Client, newClient } from '@wherry/client'
import { childOf, type Clock, sleep, UserError } from '@wherry/component-base'
import type { ClusterConfig } from './cluster-config.ts'
import { nodeAgentName } from './components.ts'
import type { ClusterPaths } from './home.ts'
import { adminEntries, serverURL } from './kubeconfigs.ts'
import { logFile, processStates } from './supervisor.ts'

const pollMs = 15
const answerMs = 2_000

/** A client with the administrator's rights. The caller closes it. */
export async function adminClient(paths: ClusterPaths, config: ClusterConfig): Promise<Client> {
  const { cluster, user } = await adminEntries(paths, config)
  const text = (base64: string) => Buffer.from(base64, 'base64').toString()
  return newClient({
    server: serverURL(config),
    ca: text(cluster['certificate-authority-data']),
    cert: text(user['client-certificate-data']),
    key: text(user['client-key-data']),
  })
}

export interface WaitOptions {
  paths: ClusterPaths
  config: ClusterConfig
  client: Client
  clock: Clock
  signal: AbortSignal
  /** When to give up, on the clock. */
  deadline: number
}

/** Resolves when the API server answers /readyz; a server that ends instead is a `UserError` with its last words. */
export async function waitForAPIServer(options: WaitOptions): Promise<void> {
  await until(options, 'apiserver', 'the API server to be ready', async () => {
    const { status } = await options.client.request({ method: 'GET', path: '/readyz' })
    return status === 200
  })
}

/** Names of the processes that were started, and when, on the clock. */
export interface Start {
  started: ReadonlySet<string>
  began: number
}

/**
 * Resolves when every node of the cluster's shape is Ready and takes pods. Of a node whose agent has just been started,
 * what it said before is not enough.
 */
export async function waitForNodes(options: WaitOptions, { started, began }: Start): Promise<void> {
  const { client, config } = options
  // Heartbeats are told in whole seconds.
  const since = Math.floor(began / 1000) * 1000
  await until(options, undefined, 'the nodes to be Ready', async () => {
    const { items } = await client.list(Node)
    const nodes = new Map(items.map((node) => [node.metadata.name, node]))
    return config.nodes.every((shape) => {
      const node = nodes.get(shape.name)
      return node !== undefined && isReady(node, started.has(nodeAgentName(shape)) ? since : 0)
    })
  })
}

/** Resolves when pods can be made: their namespace has its service account. */
export async function waitForServiceAccount(options: WaitOptions): Promise<void> {
  const path = '/api/v1/namespaces/default/serviceaccounts/default'
  await until(options, 'controller-manager', 'the default service account', async () => {
    const { status } = await options.client.request({ method: 'GET', path })
    return status === 200
  })
}

function isReady(node: Node, since: number): boolean {
  const taints = node.spec?.taints ?? []
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')
  return (
    ready?.status === 'True' &&
    Date.parse(ready.lastHeartbeatTime ?? '') >= since &&
    !taints.some(({ key }) => key === 'node.kubernetes.io/not-ready')
  )
}

async function until(
  { paths, config, clock, signal, deadline }: WaitOptions,
  component: string | undefined,
  what: string,
  holds: () => Promise<boolean>,
): Promise<void> {
  let last: unknown
  for (;;) {
    signal.throwIfAborted()
    const patience = childOf(signal)
    try {
      // Whoever else has taken the server's port may accept connections and say nothing.
      if (await Promise.race([holds(), sleep(clock, answerMs, patience.signal).then(() => false)])) return
    } catch (error) {
      // The server is not there yet, or restarts.
      last = error
    } finally {
      patience.abort()
      patience.release()
    }
    if (component !== undefined) {
      const [state] = processStates(paths, [component])
      if (state && state.restarts >= 2) throw new UserError(await lastWords(paths, component))
    }
    if (clock.now() > deadline) {
      const hint = `look into ${paths.logs}, or run "wherry component-logs --name ${config.name}"`
      throw new UserError(`gave up waiting for ${what}${last ? ` (${String(last)})` : ''}: ${hint}`)
    }
    await sleep(clock, pollMs, signal)
  }
}

/** Why a component does not stay up: the last line that it wrote itself. */
async function lastWords(paths: ClusterPaths, component: string): Promise<string> {
  const text = await readFile(logFile(paths, component), 'utf8').catch(() => '')
  const line = text
    .split('\n')
    .filter((entry) => entry !== '' && !entry.startsWith('supervisor: '))
    .at(-1)
  return `${component} does not stay up: ${line ?? 'it says nothing'} (see ${logFile(paths, component)})`
}
