import { readdirSync, realpathSync, statSync } from 'node:fs'

export type FileKind = 'dir' | 'file'

export interface HostEntry {
  name: string
  kind: FileKind | 'link'
}

/** A look at the machine's file system; tests pass their own. */
export interface HostFiles {
  /** Follows links; undefined when there is nothing. */
  kind(path: string): FileKind | undefined
  entries(path: string): HostEntry[]
  /** An existing path without its links. */
  real(path: string): string
}

export const hostFiles: HostFiles = {
  kind(path) {
    const stat = statSync(path, { throwIfNoEntry: false })
    return stat === undefined ? undefined : stat.isDirectory() ? 'dir' : 'file'
  },
  entries(path) {
    return readdirSync(path, { withFileTypes: true }).map((entry) => ({
      name: entry.name,
      kind: entry.isSymbolicLink() ? 'link' : entry.isDirectory() ? 'dir' : 'file',
    }))
  },
  real: (path) => realpathSync(path),
}
