import { chmod, readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { makeDirectory, UserError } from '@wherry/component-base'

/** Where one cluster keeps everything. Nothing outside `root` belongs to it, but for its entries in the user's kubeconfig. */
export interface ClusterPaths {
  root: string
  /** The cluster's shape: ports, addresses, nodes. */
  config: string
  pki: string
  /** One kubeconfig per component, and `admin`. */
  kubeconfigs: string
  /** The API server's store. */
  data: string
  /** One directory per node. */
  nodes: string
  logs: string
  /** Process ids of what runs now. */
  run: string
}

export const defaultClusterName = 'wherry'

/** `$WHERRY_HOME`, or `.wherry` in the user's home. */
export function wherryHome(env: NodeJS.ProcessEnv): string {
  return env.WHERRY_HOME || join(homedir(), '.wherry')
}

/** The local image catalogue, which all clusters of one home share. */
export function imageDir(home: string): string {
  return join(home, 'images')
}

export function clusterPaths(home: string, name: string): ClusterPaths {
  if (!/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/.test(name)) {
    throw new UserError(
      `"${name}" cannot name a cluster: use up to 40 lower case letters, digits and dashes, such as "test"`,
    )
  }
  const root = join(home, 'clusters', name)
  return {
    root,
    config: join(root, 'cluster.json'),
    pki: join(root, 'pki'),
    kubeconfigs: join(root, 'kubeconfigs'),
    data: join(root, 'data'),
    nodes: join(root, 'nodes'),
    logs: join(root, 'logs'),
    run: join(root, 'run'),
  }
}

/** The context that a cluster gets in the user's kubeconfig. */
export function contextName(name: string): string {
  return name === defaultClusterName ? 'wherry' : `wherry-${name}`
}

/** Names of the clusters below a home, sorted. */
export async function listClusters(home: string): Promise<string[]> {
  try {
    const entries = await readdir(join(home, 'clusters'), { withFileTypes: true })
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

/** Makes a cluster's directories, for its owner alone; a `UserError` says what to do where that is refused. */
export async function makeDirectories(paths: ClusterPaths): Promise<void> {
  const { root, pki, kubeconfigs, data, nodes, logs, run } = paths
  try {
    for (const path of [root, pki, kubeconfigs, data, nodes, logs, run]) {
      await makeDirectory(path)
    }
    await chmod(root, 0o700)
  } catch (cause) {
    throw new UserError(
      `cannot write below ${root} (${codeOf(cause)}): choose another place with --home or WHERRY_HOME`,
      { cause },
    )
  }
}

/** The system's code of a failure, such as `ENOENT`. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
