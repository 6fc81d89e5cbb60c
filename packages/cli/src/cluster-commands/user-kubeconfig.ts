import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { mergeKubeconfig, removeFromKubeconfig } from '@wherry/client'
import { adminEntries, type ClusterHandle, contextName } from '@wherry/cluster'
import { UserError } from '@wherry/component-base'

/** The file that kubectl would write to: the first of `$KUBECONFIG`, or `~/.kube/config`. */
export function userKubeconfigPath(env: NodeJS.ProcessEnv): string {
  const [first] = (env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '')
  return first ?? join(homedir(), '.kube', 'config')
}

/** Puts the cluster's context into the user's kubeconfig and makes it the current one; other entries stay as they are. */
export async function addUserContext(cluster: ClusterHandle, path: string): Promise<void> {
  const name = contextName(cluster.config.name)
  const entries = await adminEntries(cluster.paths, cluster.config)
  const before = await readText(path)
  const after = mergeKubeconfig(before, { name, ...entries, current: true })
  if (after !== before) await replace(path, after)
}

/** Takes the cluster's context out again, if it is there. */
export async function removeUserContext(clusterName: string, path: string): Promise<void> {
  const before = await readText(path)
  if (before === '') return
  const after = removeFromKubeconfig(before, contextName(clusterName))
  if (after !== before) await replace(path, after)
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}

async function replace(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const mode = await stat(path).then(
      (found) => found.mode & 0o777,
      () => 0o600,
    )
    const temporary = `${path}.${process.pid}.tmp`
    await writeFile(temporary, text, { mode })
    await rename(temporary, path)
  } catch (cause) {
    throw new UserError(`cannot write ${path}: set KUBECONFIG to a file that you may write`, { cause })
  }
}
