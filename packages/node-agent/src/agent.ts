import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Pod } from '@wherry/api'
import { type Client, newEventRecorder } from '@wherry/client'
import { type Clock, type Component, type Logger, sleep } from '@wherry/component-base'
import { keepLease, keepNodeStatus, registerNode } from './node-registration.ts'
import { type NodeFacts, nodeCapacity } from './node-status.ts'
import { type PodEvents, PodWorker } from './pod/pod-worker.ts'
import { References } from './pod/references.ts'
import type { ContainerRuntime } from './runtime/cri.ts'
import { type KubeletServer, type KubeletServerTLS, startKubeletServer } from './server/server.ts'

export interface NodeAgentConfig {
  nodeName: string
  nodeIP: string
  rootDir: string
  /** The kubelet API's port; 0 takes a free one. */
  port: number
  /** Absent: plain HTTP, for tests on loopback. */
  tls?: KubeletServerTLS
  registerNode?: boolean
  nodeLabels?: Record<string, string>
  registerWithTaints?: { key: string; value?: string; effect: string }[]
  podLimit?: number
}

export interface NodeAgentDeps {
  client: Client
  clock: Clock
  logger: Logger
  runtime: ContainerRuntime
  config: NodeAgentConfig
}

export interface NodeAgent extends Component {
  /** The kubelet API's port; resolves once it listens. */
  listening(): Promise<number>
}

/**
 * Runs the pods that are bound to one node. `run` returns when the signal fires and leaves the containers running:
 * the next agent on the same directory takes them over.
 */
export function newNodeAgent({ client, clock, logger, runtime, config }: NodeAgentDeps): NodeAgent {
  let announce: (port: number) => void = () => {}
  const listening = new Promise<number>((resolve) => {
    announce = resolve
  })
  return {
    listening: () => listening,
    async run(signal) {
      await mkdir(join(config.rootDir, 'pods'), { recursive: true })
      await runtime.start()
      const workers = new Map<string, PodWorker>()
      const pods = () => [...workers.values()].map((worker) => worker.pod)
      const server = await startKubeletServer({ runtime, clock, logger, config, pods })
      announce(server.port)
      const { runtimeName, runtimeVersion } = runtime.version()
      const podLimit = config.podLimit ?? 110
      const facts: NodeFacts = {
        nodeName: config.nodeName,
        nodeIP: config.nodeIP,
        port: server.port,
        runtimeVersion: `${runtimeName}://${runtimeVersion}`,
        podLimit,
      }
      const references = new References({ client, clock, logger, signal })
      const deps = {
        client,
        clock,
        logger,
        runtime,
        references,
        events: podEvents({ client, clock, logger, config }),
        rootDir: config.rootDir,
        nodeIP: config.nodeIP,
        allocatable: nodeCapacity(podLimit),
        onGone: (uid: string) => void workers.delete(uid),
      }
      const unsubscribe = runtime.onContainerEvent(({ podUid }) => workers.get(podUid)?.wake())
      const registration = {
        client,
        clock,
        logger,
        facts,
        ...(config.nodeLabels ? { labels: config.nodeLabels } : {}),
        ...(config.registerWithTaints ? { taints: config.registerWithTaints } : {}),
      }
      const apply = (pod: Pod) => {
        const uid = pod.metadata.uid ?? ''
        const worker = workers.get(uid)
        if (worker) worker.update(pod)
        else {
          const added = new PodWorker(pod, deps)
          workers.set(uid, added)
          added.wake()
        }
      }
      await Promise.all([
        config.registerNode === false ? undefined : keepRegistered(registration, signal),
        followPods({ client, clock, logger, runtime, config, workers, apply }, signal),
      ])
      unsubscribe()
      references.close()
      await Promise.all([...workers.values()].map((worker) => worker.close()))
      await stop(server, runtime)
    },
  }
}

async function stop(server: KubeletServer, runtime: ContainerRuntime): Promise<void> {
  await server.close()
  await runtime.close()
}

async function keepRegistered(deps: Parameters<typeof registerNode>[0], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const node = await registerNode(deps)
      deps.logger.info('node registered', { node: deps.facts.nodeName })
      await Promise.all([keepLease(deps, node, signal), keepNodeStatus(deps, node, signal)])
      return
    } catch (error) {
      if (signal.aborted) return
      deps.logger.warn('node was not registered, will be tried again', { error: String(error) })
      await sleep(deps.clock, 500, signal).catch(() => undefined)
    }
  }
}

interface FollowDeps extends NodeAgentDeps {
  workers: Map<string, PodWorker>
  apply: (pod: Pod) => void
}

/** Lists and watches this node's pods, and ends what the runtime still has of pods that are gone. */
async function followPods(deps: FollowDeps, signal: AbortSignal): Promise<void> {
  const { client, clock, logger, runtime, config, workers, apply } = deps
  const fieldSelector = `spec.nodeName=${config.nodeName}`
  let first = true
  let resourceVersion: string | undefined
  while (!signal.aborted) {
    try {
      if (resourceVersion === undefined) {
        const list = await client.list(Pod, { fieldSelector })
        const present = new Set(list.items.map((pod) => pod.metadata.uid ?? ''))
        for (const worker of [...workers.values()]) if (!present.has(worker.pod.metadata.uid ?? '')) worker.removed()
        for (const pod of list.items) apply(pod)
        if (first) await removeOrphans(runtime, present)
        first = false
        resourceVersion = list.metadata.resourceVersion
      }
      const options = {
        fieldSelector,
        signal,
        allowWatchBookmarks: true,
        ...(resourceVersion ? { resourceVersion } : {}),
      }
      for await (const event of client.watch(Pod, options)) {
        if (event.type === 'ERROR') {
          resourceVersion = undefined
          break
        }
        resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion
        if (event.type === 'BOOKMARK') continue
        if (event.type === 'DELETED') workers.get(event.object.metadata.uid ?? '')?.removed()
        else apply(event.object)
      }
    } catch (error) {
      if (signal.aborted) return
      resourceVersion = undefined
      logger.warn('watch of pods ended, will be opened again', { error: String(error) })
      await sleep(clock, 500, signal).catch(() => undefined)
    }
  }
}

async function removeOrphans(runtime: ContainerRuntime, present: ReadonlySet<string>): Promise<void> {
  const orphans = runtime.listPodSandbox().filter(({ metadata }) => !present.has(metadata.uid))
  await Promise.all(orphans.map(({ id }) => runtime.removePodSandbox(id)))
}

function podEvents({ client, clock, logger, config }: Omit<NodeAgentDeps, 'runtime'>): PodEvents {
  const recorder = newEventRecorder({ client, clock, logger, component: 'kubelet', host: config.nodeName })
  return {
    event(pod, type, reason, message, container) {
      const object = { ...pod, apiVersion: 'v1', kind: 'Pod' }
      const isInit = pod.spec?.initContainers?.some(({ name }) => name === container)
      const fieldPath =
        container === undefined ? {} : { fieldPath: `spec.${isInit ? 'initContainers' : 'containers'}{${container}}` }
      recorder.event(object, type, reason, message, fieldPath)
    },
  }
}
