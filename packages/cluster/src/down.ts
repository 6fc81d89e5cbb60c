import { rm } from 'node:fs/promises'
import { type Clock, UserError } from '@wherry/component-base'
import { loadClusterConfig, type ClusterConfig } from './cluster-config.ts'
import { componentNames, nodeDir } from './components.ts'
import { clusterPaths, type ClusterPaths } from './home.ts'
import { withLock } from './lock.ts'
import { type ProcessState, processStates, stopProcesses } from './supervisor.ts'

export interface ClusterHandle {
  paths: ClusterPaths
  config: ClusterConfig
}

/** The cluster of that name; a `UserError` where there is none. */
export async function openCluster(home: string, name: string): Promise<ClusterHandle> {
  const paths = clusterPaths(home, name)
  const config = await loadClusterConfig(paths)
  if (!config) throw new UserError(`there is no cluster "${name}": start one with "wherry up --name ${name}"`)
  return { paths, config }
}

export function clusterProcesses({ paths, config }: ClusterHandle): ProcessState[] {
  return processStates(paths, componentNames(config))
}

/** Stops the components and then the pods' processes; everything stays on disk. Returns whether anything ran. */
export async function down(home: string, name: string, clock: Clock): Promise<boolean> {
  const cluster = await openCluster(home, name)
  return withLock(cluster.paths, name, () => stop(cluster, clock))
}

/** Stops the cluster and removes all that it had on disk. */
export async function destroy(home: string, name: string, clock: Clock): Promise<void> {
  const cluster = await openCluster(home, name)
  await withLock(cluster.paths, name, async () => {
    await stop(cluster, clock)
    await rm(cluster.paths.root, { recursive: true, force: true, maxRetries: 3 })
  })
}

async function stop({ paths, config }: ClusterHandle, clock: Clock): Promise<boolean> {
  const names = componentNames(config)
  const ran = processStates(paths, names).length > 0
  await stopProcesses(paths, names.toReversed(), clock)
  const { stopContainers } = await import('@wherry/node-agent')
  await Promise.all(config.nodes.map((node) => stopContainers(nodeDir(paths, node), { clock, graceSeconds: 2 })))
  return ran
}
