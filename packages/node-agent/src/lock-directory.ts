import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@wherry/component-base'
import { isAlive, startTimeOf } from './runtime/host/processes.ts'

/**
 * Keeps a second agent off a directory; throws a UserError when one is on it. The lock of an agent that was killed does
 * not count. The returned function gives the directory free.
 */
export function lockDirectory(rootDir: string): () => void {
  const file = join(rootDir, 'agent.lock')
  const [pid = '', startTime = ''] = readLock(file).split(' ')
  if (Number(pid) !== process.pid && isAlive(Number(pid), startTime)) {
    throw new UserError(
      `another node agent (process ${pid}) uses ${rootDir}: end it first, or choose another --root-dir`,
    )
  }
  writeFileSync(file, `${process.pid} ${startTimeOf(process.pid) ?? ''}`)
  return () => rmSync(file, { force: true })
}

function readLock(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}
