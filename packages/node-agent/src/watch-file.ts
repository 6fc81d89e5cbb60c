import { unwatchFile, watch, watchFile } from 'node:fs'
import { dirname } from 'node:path'

const pollMs = 500

/**
 * Calls back whenever something may have happened to a file, which need not exist; the returned function ends that.
 * Where the machine has no watches left for this user, the file is looked at twice a second instead.
 */
export function watchForChanges(path: string, changed: () => void): () => void {
  let stop = () => {}
  const poll = () => {
    watchFile(path, { interval: pollMs, persistent: false }, changed)
    stop = () => unwatchFile(path, changed)
  }
  try {
    const watcher = watch(dirname(path), changed)
    stop = () => watcher.close()
    watcher.on('error', () => {
      watcher.close()
      poll()
    })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EMFILE')))
      throw error
    poll()
  }
  return () => stop()
}
