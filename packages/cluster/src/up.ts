import { type Clock, UserError } from '@wherry/component-base'
import { canListen, nodeConfig, planCluster } from './addresses.ts'
import { type ClusterConfig, loadClusterConfig, saveClusterConfig } from './cluster-config.ts'
import { type ComponentCommand, componentNames, componentProcesses, nodeAgentName } from './components.ts'
import { clusterPaths, listClusters, makeDirectories } from './home.ts'
import { certificateRequests } from './identities.ts'
import { writeComponentKubeconfigs } from './kubeconfigs.ts'
import { withLock } from './lock.ts'
import { ensurePKI } from './pki.ts'
import { adminClient, waitForAPIServer, waitForNodes, waitForServiceAccount } from './readiness.ts'
import { processStates, startProcesses, stopProcesses } from './supervisor.ts'

/** Runs one step of long work, and shows it while it runs. */
export type Step = <T>(title: string, work: () => Promise<T>) => Promise<T>

export interface UpOptions {
  home: string
  name: string
  /** How many nodes; undefined keeps what is there, or makes one. */
  nodes?: number | undefined
  port?: number | undefined
  command: ComponentCommand
  helloDir: string
  descriptionsFile: string | undefined
  clock: Clock
  /** Gives up, and stops what it has started. */
  signal: AbortSignal
  step: Step
  timeoutMs: number
}

export interface UpResult {
  config: ClusterConfig
  /** `running`: there was nothing to do. */
  was: 'new' | 'stopped' | 'running' | 'extended'
}

const maxNodes = 200

/**
 * Makes the cluster if there is none, starts what does not run of it, and waits until it takes pods. Safe to repeat.
 */
export async function up(options: UpOptions): Promise<UpResult> {
  const { home, name, nodes, clock, signal, step } = options
  if (nodes !== undefined && !(Number.isInteger(nodes) && nodes >= 1 && nodes <= maxNodes)) {
    throw new UserError(`--nodes must be a number from 1 to ${maxNodes}`)
  }
  const paths = clusterPaths(home, name)
  await makeDirectories(paths)
  return withLock(paths, name, async () => {
    const before = await loadClusterConfig(paths)
    const config = before ? changed(before, options) : await plan(options)
    const requests = certificateRequests(config)
    const running = processStates(paths, componentNames(config))
    const complete =
      running.length === componentNames(config).length && running.every(({ pid, supervised }) => pid && supervised)
    if (before && config.apiPort !== before.apiPort && running.length > 0) {
      throw new UserError(`cluster "${name}" runs with port ${before.apiPort}; to change it, stop it first with "down"`)
    }
    if (!running.some((process) => process.name === 'apiserver')) await checkPort(config.apiPort)
    if (!complete) {
      await saveClusterConfig(paths, config)
      await step('certificates', () => ensurePKI(paths.pki, requests, clock.now()))
      await writeComponentKubeconfigs(paths, config)
      signal.throwIfAborted()
    }
    const processes = complete ? [] : componentProcesses({ ...options, paths, config })
    const client = await adminClient(paths, config)
    const wait = { paths, config, client, clock, signal, deadline: clock.now() + options.timeoutMs }
    try {
      const began = clock.now()
      const early = earlyProcesses(config)
      const started = await startProcesses(
        paths,
        processes.filter((process) => early.has(process.name)),
        clock,
      )
      await step('API server ready', () => waitForAPIServer(wait))
      started.push(...(await startProcesses(paths, processes, clock)))
      await step(config.nodes.length === 1 ? 'node ready' : `${config.nodes.length} nodes ready`, async () => {
        await waitForNodes(wait, { started: new Set(started), began })
        await waitForServiceAccount(wait)
      })
    } catch (error) {
      // A cluster that never came up leaves nothing running behind.
      if (running.length === 0) await stopProcesses(paths, componentNames(config).reverse(), clock)
      throw error
    } finally {
      client.close()
    }
    const was = complete ? 'running' : running.length > 0 ? 'extended' : before ? 'stopped' : 'new'
    return { config, was }
  })
}

/**
 * The API server, and the first agent, which loads meanwhile. All others come when there is a server to ask: before, they
 * would keep the processor from it, and their memory would grow with questions in vain.
 */
function earlyProcesses({ nodes }: ClusterConfig): ReadonlySet<string> {
  return new Set(['apiserver', ...nodes.slice(0, 1).map(nodeAgentName)])
}

async function plan({ home, name, nodes, port }: UpOptions): Promise<ClusterConfig> {
  const others: ClusterConfig[] = []
  for (const other of await listClusters(home)) {
    const config = await loadClusterConfig(clusterPaths(home, other))
    if (config) others.push(config)
  }
  return planCluster(name, nodes ?? 1, others, undefined, port)
}

async function checkPort(port: number): Promise<void> {
  if (await canListen('127.0.0.1', port)) return
  throw new UserError(`port ${port} is in use: stop what listens there, or choose another with --port`)
}

/** An existing cluster, with what the user wants otherwise now. */
function changed(before: ClusterConfig, { nodes, port = before.apiPort }: UpOptions): ClusterConfig {
  const config = { ...before, apiPort: port }
  const have = config.nodes.length
  if (nodes === undefined || nodes === have) return config
  if (nodes < have) {
    throw new UserError(
      `cluster "${config.name}" has ${have} nodes; to have fewer, destroy it and start it again with --nodes ${nodes}`,
    )
  }
  const more = Array.from({ length: nodes - have }, (_, i) => nodeConfig(config.block, have + i + 1))
  return { ...config, nodes: [...config.nodes, ...more] }
}
