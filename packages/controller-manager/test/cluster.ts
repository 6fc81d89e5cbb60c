import { startTestServer, type TestServer } from '@wherry/apiserver/testing'
import { Node, Pod, ServiceAccount } from '@wherry/api'
import { deepClone, formatTime, hasStatusCause, isConflict, isNotFound } from '@wherry/apimachinery'
import { type Client, newClient, newInformers } from '@wherry/client'
import { type Clock, type Logger, realClock, silentLogger, sleep } from '@wherry/component-base'
import { targetNode } from '../src/daemonset/node-fit.ts'
import { type ControllerManagerOptions, defaultOptions, newControllerManager } from '../src/index.ts'

export interface ClusterOptions {
  /** Names as `--controllers` takes them; all unless told. */
  controllers?: string[]
  options?: Partial<ControllerManagerOptions>
  /** The clock of the controllers; the machine's unless told. */
  clock?: Clock
  /** Whether pods come to run and to their end, as a scheduler and a kubelet would have it; they do unless told. */
  runPods?: boolean
  logger?: Logger
  /** The private key of service account tokens, in PEM; the API server makes its own unless told. */
  serviceAccountSigningKey?: string
}

export interface TestCluster {
  client: Client
  server: TestServer
  close(): Promise<void>
}

const managerAgent = 'controller-manager'
const accountAgent = `${managerAgent}/`
const managerUser = { name: 'system:kube-controller-manager', groups: ['system:authenticated'] }
const administrator = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }

/** Each controller has the rights of its own service account, as with `--use-service-account-credentials`. */
function accountUser(agent: string) {
  const name = `system:serviceaccount:kube-system:${agent.slice(accountAgent.length)}`
  return { name, groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'] }
}

/** An API server and a controller manager in this process, and something that plays the scheduler and the kubelet. */
export async function startCluster({
  controllers = ['*'],
  options = {},
  clock = realClock,
  runPods = true,
  logger = silentLogger,
  serviceAccountSigningKey,
}: ClusterOptions = {}): Promise<TestCluster> {
  const server = await startTestServer({
    authorizationMode: 'RBAC',
    ...(serviceAccountSigningKey !== undefined && { options: { serviceAccountSigningKey } }),
    // The controllers have no more rights than a cluster gives them.
    user: ({ 'user-agent': sent }) => {
      const agent = String(sent)
      if (agent === managerAgent) return managerUser
      return agent.startsWith(accountAgent) ? accountUser(agent) : administrator
    },
  })
  const { client } = server
  const managerClient = newClient({ server: server.url, userAgent: managerAgent })
  const stop = new AbortController()
  const accountClients = new Map<string, Client>()
  const manager = newControllerManager({
    client: managerClient,
    clientFor(account) {
      const own = accountClients.get(account) ?? newClient({ server: server.url, userAgent: accountAgent + account })
      accountClients.set(account, own)
      return own
    },
    clock,
    logger,
    // No pod is admitted to a namespace without its service account.
    options: {
      ...defaultOptions,
      garbageCollector: { workers: 5, quiet: { minMs: 50, maxMs: 100 } },
      controllers: [...controllers, 'serviceaccount'],
      ...options,
    },
  })
  const running = [manager.run(stop.signal)]
  await eventually(() => client.get(ServiceAccount, { namespace: 'default', name: 'default' }))
  if (runPods) {
    await client.create(Node, { metadata: { name: 'n1' } })
    running.push(playKubelet(client, stop.signal))
  }
  return {
    client,
    server,
    async close() {
      stop.abort()
      await Promise.all(running)
      managerClient.close()
      for (const own of accountClients.values()) own.close()
      await server.close()
    },
  }
}

/** Binds every pod to a node and reports it ready, unless it is annotated `test/unready`; lets deleted ones go. */
async function playKubelet(client: Client, signal: AbortSignal): Promise<void> {
  const informers = newInformers({ client, clock: realClock, logger: silentLogger })
  let address = 1
  const settle = (
    pod: Parameters<NonNullable<Parameters<ReturnType<typeof informers.for<Pod>>['on']>[0]['added']>>[0],
  ) => {
    void play(deepClone<Pod>(pod)).catch((error: unknown) => {
      const usual = isNotFound(error) || isConflict(error) || hasStatusCause(error, 'NamespaceTerminating')
      if (!signal.aborted && !usual) throw error
    })
  }
  informers.for(Pod).on({ added: settle, updated: settle })
  await informers.run(signal)

  async function play(pod: Pod): Promise<void> {
    const { namespace, name = '' } = pod.metadata
    const key = { namespace, name }
    if (pod.metadata.deletionTimestamp) {
      await client.delete(Pod, key, { gracePeriodSeconds: 0 })
      return
    }
    if (!pod.spec?.nodeName) {
      const target = { apiVersion: 'v1', kind: 'Node', name: targetNode(pod) ?? 'n1' }
      await client.createSubresource(Pod, key, 'binding', { metadata: { name, namespace }, target })
      return
    }
    const wanted = pod.metadata.annotations?.['test/unready'] === undefined ? 'True' : 'False'
    const has = pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status
    if (has === wanted || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return
    pod.status = {
      ...pod.status,
      phase: 'Running',
      podIP: pod.status?.podIP ?? `10.1.0.${address}`,
      podIPs: pod.status?.podIPs ?? [{ ip: `10.1.0.${address++}` }],
      startTime: formatTime(realClock.now()),
      conditions: [{ type: 'Ready', status: wanted, lastTransitionTime: formatTime(realClock.now()) }],
    }
    await client.update(Pod, pod, { subresource: 'status' })
  }
}

/** Tries until `fn` neither throws nor returns false or undefined, and resolves with what it returned. */
export async function eventually<T>(fn: () => Promise<T | undefined | false>, timeoutMs = 15_000): Promise<T> {
  const deadline = realClock.now() + timeoutMs
  for (;;) {
    let failure: unknown = new Error('it did not come true')
    try {
      const value = await fn()
      if (value !== undefined && value !== false) return value
    } catch (error) {
      failure = error
    }
    if (realClock.now() > deadline) throw failure
    await sleep(realClock, 20)
  }
}
