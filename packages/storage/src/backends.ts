import { makeDirectory, UserError } from '@wherry/component-base'
import { type DatabaseOptions, Level } from 'level'
import { MemoryLevel } from 'memory-level'
import { newRevisionedStore } from './revisioned-store.ts'
import type { Storage } from './storage.ts'

/** A store in memory, for tests: it forgets everything when it closes. */
export async function openMemoryStorage(): Promise<Storage> {
  const database = new MemoryLevel<string, Uint8Array>({ valueEncoding: 'view' })
  await database.open()
  return newRevisionedStore(database)
}

/** Opens, or makes, the LevelDB store in a directory. One process may hold it; a second one gets a `UserError`. */
export async function openLevelStorage({ path }: { path: string }): Promise<Storage> {
  try {
    await makeDirectory(path)
  } catch (cause) {
    throw new UserError(`data directory ${path} cannot be made (${codeOf(cause)}): choose one that you may write`, {
      cause,
    })
  }
  // Reads come from the watch cache, so LevelDB's own cache would only hold memory.
  const options: DatabaseOptions<string, Uint8Array> = { valueEncoding: 'view', cacheSize: 1024 * 1024 }
  const database = new Level<string, Uint8Array>(path, options)
  try {
    await database.open()
  } catch (cause) {
    const code = codeOf(cause instanceof Error ? cause.cause : cause)
    if (code === 'LEVEL_LOCKED') {
      throw new UserError(`data directory ${path} is in use by another API server: stop it, or choose another`, {
        cause,
      })
    }
    throw new UserError(`data directory ${path} cannot be opened (${code}): check its permissions`, { cause })
  }
  return newRevisionedStore(database)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
