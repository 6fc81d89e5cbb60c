import { Node, Pod } from '@wherry/api'
import {
  adminClient,
  type ClusterHandle,
  clusterProcesses,
  componentNames,
  listClusters,
  openCluster,
  type ProcessState,
  serverURL,
} from '@wherry/cluster'
import type { CommandModule } from 'yargs'
import { type ClusterArguments, type CommandIO, printLine } from './io.ts'
import { clusterOptions } from './options.ts'

export function statusCommand(io: CommandIO): CommandModule<object, ClusterArguments> {
  return {
    command: 'status',
    describe: 'Show whether a cluster runs, and its processes',
    builder: (yargs) =>
      clusterOptions(yargs, io).example('$0 status', 'exit code 0 if all of the cluster "wherry" runs, else 1'),
    async handler({ home, name }) {
      const cluster = await openCluster(home, name)
      const healthy = await printStatus(io, cluster)
      if (!healthy) process.exitCode = 1
    },
  }
}

export function clustersCommand(io: CommandIO): CommandModule<object, ClusterArguments> {
  return {
    command: 'clusters',
    describe: 'List the clusters of this home',
    builder: (yargs) => clusterOptions(yargs, io).example('$0 clusters', 'one line for each cluster'),
    async handler({ home }) {
      const rows = [['NAME', 'STATUS', 'NODES', 'SERVER']]
      for (const name of await listClusters(home)) {
        const cluster = await openCluster(home, name).catch(() => undefined)
        if (!cluster) continue
        const running = clusterProcesses(cluster).length
        const { config } = cluster
        const state = running === 0 ? 'Stopped' : running < componentNames(config).length ? 'Partly' : 'Running'
        rows.push([name, state, String(config.nodes.length), serverURL(config)])
      }
      if (rows.length === 1) printLine(io, `No clusters in ${home}: start one with "wherry up".`)
      else printRows(io, rows)
    },
  }
}

async function printStatus(io: CommandIO, cluster: ClusterHandle): Promise<boolean> {
  const { config } = cluster
  const states = new Map(clusterProcesses(cluster).map((state) => [state.name, state]))
  const names = componentNames(config)
  if (states.size === 0) {
    printLine(io, `Cluster "${config.name}" is stopped: start it with "wherry up --name ${config.name}".`)
    return false
  }
  const rows = [['COMPONENT', 'STATUS', 'PID', 'RESTARTS']]
  for (const name of names) {
    const state = states.get(name)
    rows.push([name, statusOf(state), String(state?.pid ?? '-'), String(state?.restarts ?? 0)])
  }
  printRows(io, rows)
  const answer = await summary(cluster)
  printLine(io, '')
  printLine(io, answer.text)
  if (names.every((name) => statusOf(states.get(name)) === 'Running')) return answer.ok
  printLine(io, `Not all of it runs as it should: "wherry up --name ${config.name}" mends that.`)
  return false
}

function statusOf(state: ProcessState | undefined): string {
  if (!state) return 'Stopped'
  if (!state.supervised) return 'Unsupervised'
  return state.pid === undefined ? 'Restarting' : 'Running'
}

async function summary(cluster: ClusterHandle): Promise<{ ok: boolean; text: string }> {
  const server = serverURL(cluster.config)
  const client = await adminClient(cluster.paths, cluster.config)
  try {
    const [nodes, pods] = await Promise.all([client.list(Node), client.list(Pod)])
    const ready = nodes.items.filter((node) =>
      node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    ).length
    const running = pods.items.filter((pod) => pod.status?.phase === 'Running').length
    return {
      ok: ready === nodes.items.length,
      text: `API server at ${server}: ${ready} of ${nodes.items.length} nodes Ready, ${running} of ${pods.items.length} pods Running.`,
    }
  } catch (error) {
    return { ok: false, text: `API server at ${server} does not answer: ${String(error)}` }
  } finally {
    client.close()
  }
}

/** Columns with three spaces between them, as kubectl prints. */
function printRows(io: CommandIO, rows: readonly string[][]): void {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  for (const row of rows) {
    printLine(io, row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd((widths[i] ?? 0) + 3))).join(''))
  }
}
