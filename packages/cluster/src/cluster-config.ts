import { readFile, rename, writeFile } from 'node:fs/promises'
import { codeOf, type ClusterPaths } from './home.ts'

export interface NodeConfig {
  name: string
  /** The node's own loopback address: its kubelet API and host ports live there. */
  ip: string
  podCIDR: string
}

/** The shape of a cluster, chosen when it is made and kept for its life. */
export interface ClusterConfig {
  name: string
  /** Which of the loopback address blocks the cluster has. */
  block: number
  apiPort: number
  serviceRange: string
  podRange: string
  nodes: NodeConfig[]
}

/** Undefined where there is no such cluster. */
export async function loadClusterConfig(paths: ClusterPaths): Promise<ClusterConfig | undefined> {
  try {
    const config: ClusterConfig = JSON.parse(await readFile(paths.config, 'utf8'))
    return config
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Replaces the file whole: a reader sees the old shape or the new one. */
export async function saveClusterConfig(paths: ClusterPaths, config: ClusterConfig): Promise<void> {
  const temporary = `${paths.config}.${process.pid}.tmp`
  await writeFile(temporary, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 })
  await rename(temporary, paths.config)
}
