import { mkdir } from 'node:fs/promises'
import { Node, Pod, Service, type Taint } from '@wherry/api'
import { type Client, type EventRecorder, newEventRecorder, newInformers } from '@wherry/client'
import { type Clock, type Component, type Logger, type Random, UserError } from '@wherry/component-base'
import { lockDirectory } from './lock-directory.ts'
import { nodeCapacity, systemInfo } from './node/node-facts.ts'
import { keepLease } from './node/node-lease.ts'
import { keepNode } from './node/node-registration.ts'
import { podsDirectory } from './pod/pod-directory.ts'
import { containerFieldPath } from './pod/pod-object.ts'
import type { PodEvents } from './pod/pod-worker.ts'
import { References } from './pod/references.ts'
import { PodManager } from './pods/pod-manager.ts'
import type { ContainerRuntime } from './runtime/cri.ts'
import { type KubeletServerConfig, startKubeletServer } from './server/server.ts'
import { ServiceAccountTokens } from './volumes/service-account-tokens.ts'

export interface NodeAgentConfig {
  nodeName: string
  nodeIP: string
  rootDir: string
  server: KubeletServerConfig
  registerNode: boolean
  nodeLabels: Record<string, string>
  registerWithTaints: readonly Taint[]
  maxPods: number
  /** Where pods reach the API server, when its Service's own port is out of their reach. */
  apiServer?: { host: string; port: number }
}

export interface NodeAgentDeps {
  client: Client
  clock: Clock
  logger: Logger
  random: Random
  runtime: ContainerRuntime
  config: NodeAgentConfig
}

export interface NodeAgent extends Component {
  /** The kubelet API's port; resolves once it listens. */
  listening(): Promise<number>
}

/**
 * Runs the pods that are bound to one node. `run` returns when the signal fires and leaves the containers running: the
 * next agent on the same directory takes them over.
 */
export function newNodeAgent(deps: NodeAgentDeps): NodeAgent {
  let announce: (port: number) => void = () => {}
  const listening = new Promise<number>((resolve) => {
    announce = resolve
  })
  return { listening: () => listening, run: (signal) => runAgent(deps, signal, announce) }
}

async function runAgent(deps: NodeAgentDeps, signal: AbortSignal, announce: (port: number) => void): Promise<void> {
  const { client, clock, logger, random, runtime, config } = deps
  const { nodeName, nodeIP, rootDir, maxPods } = config
  await makeRoot(rootDir)
  const informers = newInformers({ client, clock, logger, random })
  const pods = informers.for(Pod, { fieldSelector: `spec.nodeName=${nodeName}` })
  const nodes = informers.for(Node, { fieldSelector: `metadata.name=${nodeName}` })
  const services = informers.for(Service)
  const recorder = newEventRecorder({ client, clock, logger, random, component: 'kubelet', host: nodeName, signal })
  const capacity = nodeCapacity(rootDir, maxPods)
  const { runtimeName, runtimeVersion } = await runtime.version()
  const manager = new PodManager({
    ...deps,
    ...config,
    runtimeName,
    pods,
    nodes,
    services: async () => {
      await services.synced()
      return services.lister.list()
    },
    references: new References({ client, clock, logger, random, signal }),
    tokens: new ServiceAccountTokens({ client, clock }),
    events: podEvents(recorder),
    rootAgent: process.getuid?.() === 0,
    allocatable: capacity,
  })
  const unlock = lockDirectory(rootDir)
  const server = await startKubeletServer({
    client,
    clock,
    logger,
    runtime,
    pods: manager,
    config: config.server,
    nodeName,
  })
  announce(server.port)
  const info = systemInfo(`${runtimeName}://${runtimeVersion}`)
  const facts = { nodeName, nodeIP, port: server.port, capacity, info }
  const registration = {
    ...deps,
    facts,
    labels: config.nodeLabels,
    taints: config.registerWithTaints,
    nodes,
    event: nodeEvents(recorder, nodeName),
  }
  try {
    await Promise.all([
      informers.run(signal),
      config.registerNode ? keepNode(registration, signal) : undefined,
      config.registerNode ? keepLease({ client, clock, logger, nodeName, nodes }, signal) : undefined,
      runtime.start().then(() => manager.run(signal)),
    ])
  } finally {
    await server.close()
    await runtime.close()
    unlock()
  }
}

async function makeRoot(rootDir: string): Promise<void> {
  try {
    await mkdir(podsDirectory(rootDir), { recursive: true, mode: 0o700 })
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new UserError(`the directory ${rootDir} cannot be used: ${message}; choose another --root-dir`, { cause })
  }
}

function podEvents(recorder: EventRecorder): PodEvents {
  return {
    event(pod, type, reason, message, container) {
      const fieldPath = container === undefined ? {} : { fieldPath: containerFieldPath(pod, container) }
      recorder.event({ ...pod, apiVersion: 'v1', kind: 'Pod' }, type, reason, message, fieldPath)
    },
  }
}

/** As the kubelet's events about its node, which name it as its own uid: that is how kubectl describe finds them. */
function nodeEvents(recorder: EventRecorder, name: string): (reason: string, message: string) => void {
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name } }
  return (reason, message) => recorder.event(node, 'Normal', reason, message)
}
