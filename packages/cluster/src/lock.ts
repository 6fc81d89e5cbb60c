import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '@wherry/component-base'
import { type ClusterPaths, codeOf } from './home.ts'

/**
 * Runs a change of a cluster's processes while no other command changes them. A lock whose holder is dead is taken
 * over.
 */
export async function withLock<T>(paths: ClusterPaths, name: string, change: () => Promise<T>): Promise<T> {
  const path = join(paths.root, 'lock')
  await take(path, name, true)
  try {
    return await change()
  } finally {
    await rm(path, { force: true })
  }
}

async function take(path: string, name: string, again: boolean): Promise<void> {
  try {
    const file = await open(path, 'wx', 0o600)
    await file.writeFile(String(process.pid))
    await file.close()
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    const holder = Number(await readFile(path, 'utf8').catch(() => ''))
    if (again && !isAlive(holder)) {
      await rm(path, { force: true })
      return take(path, name, false)
    }
    throw new UserError(
      `cluster "${name}" is being changed by process ${holder}: wait until it is done, then try again`,
    )
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 2) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
