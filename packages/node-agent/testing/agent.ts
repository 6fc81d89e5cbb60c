import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigMap, Event, Pod, type PodSpec, ServiceAccount } from '@wherry/api'
import { isNotFound } from '@wherry/apimachinery'
import { newTestAuthority, startTestServer, type TestAuthority, type TestServer } from '@wherry/apiserver/testing'
import type { Client } from '@wherry/client'
import { realClock, realRandom, silentLogger } from '@wherry/component-base'
import { newNodeAgent } from '../src/agent.ts'
import { newHostRuntime } from '../src/runtime/host/host-runtime.ts'
import { eventually } from './eventually.ts'

export const testNode = 'node-1'

export interface AgentFixture {
  dir: string
  server: TestServer
  client: Client
  /** Of the kubelet API, which wants certificates of this authority. */
  port: number
  authority: TestAuthority
  /** Lets go of the containers and starts another agent on the same directory. */
  restart(): Promise<void>
  stop(): Promise<void>
  /** Ends everything, pods first. */
  close(): Promise<void>
  pod(name: string): Promise<Pod>
  /** Resolves once the pod is as asked. */
  podThat(name: string, is: (pod: Pod) => boolean): Promise<Pod>
  /** `reason: message` of the events about a pod, oldest first. */
  events(name: string): Promise<string[]>
  gone(name: string): Promise<void>
}

export interface AgentOptions {
  imageDir?: string
  maxPods?: number
  taints?: { key: string; effect: string }[]
}

/** An API server in this process and an agent for one node of it, with the host runtime. */
export async function anAgent(options: AgentOptions = {}): Promise<AgentFixture> {
  const dir = mkdtempSync(join(tmpdir(), 'wherry-agent-'))
  const authority = newTestAuthority(realClock.now())
  const { ca } = authority
  const kubelet = { ca, ...authority.issue('kube-apiserver-kubelet-client', { organizations: ['system:masters'] }) }
  const server = await startTestServer({ options: { kubelet } })
  const { client } = server
  // What controllers make in every namespace.
  const namespace = 'default'
  await client.create(ServiceAccount, { metadata: { name: 'default', namespace } })
  await client.create(ConfigMap, { metadata: { name: 'kube-root-ca.crt', namespace }, data: { 'ca.crt': 'a CA' } })
  let running: { stop: () => Promise<void>; port: number } | undefined
  const start = async () => {
    const rootDir = join(dir, 'node')
    const runtime = newHostRuntime({
      clock: realClock,
      logger: silentLogger,
      config: {
        rootDir: join(rootDir, 'runtime'),
        podCIDR: '127.198.0.0/24',
        nodeIP: '127.0.0.1',
        imageDir: options.imageDir ?? join(dir, 'images'),
      },
    })
    const agent = newNodeAgent({
      client,
      clock: realClock,
      logger: silentLogger,
      random: realRandom,
      runtime,
      config: {
        nodeName: testNode,
        nodeIP: '127.0.0.1',
        rootDir,
        server: { address: '127.0.0.1', port: 0, tls: { ...authority.issue('system:node:node-1'), clientCA: ca } },
        registerNode: true,
        nodeLabels: { zone: 'a' },
        registerWithTaints: options.taints ?? [],
        maxPods: options.maxPods ?? 110,
      },
    })
    const abort = new AbortController()
    const run = agent.run(abort.signal)
    const port = await Promise.race([agent.listening(), run.then(() => 0)])
    running = {
      port,
      async stop() {
        abort.abort(new Error('the test is over'))
        await run
      },
    }
  }
  await start()
  const stop = async () => {
    await running?.stop()
    running = undefined
  }
  const pod = (name: string) => client.get(Pod, { namespace: 'default', name })
  return {
    dir,
    server,
    client,
    authority,
    get port() {
      return running?.port ?? 0
    },
    stop,
    async restart() {
      await stop()
      await start()
    },
    async close() {
      if (!running) await start()
      const pods = await client.list(Pod)
      for (const { metadata } of pods.items) {
        const key = { namespace: metadata.namespace ?? '', name: metadata.name ?? '' }
        await client.delete(Pod, key, { gracePeriodSeconds: 1 }).catch(() => undefined)
      }
      await eventually(async () => (await client.list(Pod)).items.length === 0)
      await stop()
      await server.close()
      rmSync(dir, { recursive: true, force: true })
    },
    pod,
    podThat: (name, is) =>
      eventually(async () => {
        const found = await pod(name)
        if (!is(found)) throw new Error(`the pod is ${JSON.stringify(found.status)}`)
        return found
      }),
    async events(name) {
      const list = await client.list(Event, { namespace: 'default' })
      const own = list.items.filter(({ involvedObject }) => involvedObject.name === name)
      return own.sort(byTime).map(({ reason, message }) => `${reason}: ${message}`)
    },
    gone: (name) =>
      eventually(() =>
        pod(name).then(
          () => false,
          (error: unknown) => isNotFound(error),
        ),
      ).then(() => undefined),
  }
}

function byTime(a: Event, b: Event): number {
  const version = ({ metadata }: Event) => Number(metadata.resourceVersion)
  return version(a) - version(b)
}

/** A pod of the node, with one container that runs shell text unless the spec has containers. */
export function aPod(name: string, script: string, spec: Partial<PodSpec> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      nodeName: testNode,
      containers: [{ name: 'main', image: 'shell', command: ['/bin/sh', '-c', script] }],
      terminationGracePeriodSeconds: 1,
      ...spec,
    },
  }
}

export const isRunning = (pod: Pod) => pod.status?.phase === 'Running'
export const isReady = (pod: Pod) => pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True'
