import { lstat, realpath } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Whether a path within a directory, as far as it exists and its links followed, stays within it. */
export async function staysWithin(directory: string, path: string): Promise<boolean> {
  const root = await realpath(directory)
  let existing = path
  while ((await lstat(existing).catch(() => undefined)) === undefined) existing = dirname(existing)
  const real = await realpath(existing).catch(() => undefined)
  return real !== undefined && (real === root || real.startsWith(`${root}/`))
}
