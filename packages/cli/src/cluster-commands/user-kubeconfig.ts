import { mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { mergeKubeconfig, removeFromKubeconfig } from '@wherry/client'
import { adminEntries, type ClusterHandle, contextName } from '@wherry/cluster'
import { UserError } from '@wherry/component-base'

/** Puts the cluster's context into the user's kubeconfig and makes it the current one; other entries stay as they are. */
export async function addUserContext(cluster: ClusterHandle, path: string): Promise<void> {
  const name = contextName(cluster.config.name)
  const { cluster: server, user } = await adminEntries(cluster.paths, cluster.config)
  const before = await readText(path)
  const after = mergeKubeconfig(before, {
    cluster: { name, cluster: server },
    user: { name, user },
    context: { name, context: { cluster: name, user: name } },
    currentContext: name,
  })
  if (after !== before) await replace(path, after)
}

/** Takes the cluster's context out again, if it is there. */
export async function removeUserContext(clusterName: string, path: string): Promise<void> {
  const before = await readText(path)
  if (before === '') return
  const name = contextName(clusterName)
  const after = removeFromKubeconfig(before, { cluster: name, user: name, context: name })
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

async function replace(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    // A link stays a link: what it points at is replaced.
    const path = await realpath(file).catch(() => file)
    const mode = await stat(path).then(
      (found) => found.mode & 0o777,
      () => 0o600,
    )
    const temporary = `${path}.${process.pid}.tmp`
    await writeFile(temporary, text, { mode })
    await rename(temporary, path)
  } catch (cause) {
    throw new UserError(`cannot write ${file}: set KUBECONFIG to a file that you may write`, { cause })
  }
}
