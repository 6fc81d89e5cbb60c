import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface ProjectedFile {
  data: Buffer
  mode: number
}

/** Relative path → content. */
export type Payload = ReadonlyMap<string, ProjectedFile>

/**
 * Replaces a directory's content so that a reader sees all of the old files or all of the new ones.
 * As the kubelet's AtomicWriter: files live in a `..<time>` directory, `..data` points to it and is swapped by rename,
 * and each name is a link through `..data`. Returns whether anything changed.
 */
export async function writeAtomically(directory: string, payload: Payload, stamp: string): Promise<boolean> {
  await mkdir(directory, { recursive: true, mode: 0o755 })
  const dataLink = join(directory, '..data')
  const old = await readlink(dataLink).catch(() => undefined)
  if (old !== undefined && (await sameContent(join(directory, old), payload))) return false
  const fresh = await mkdtemp(join(directory, `..${stamp}.`))
  await chmod(fresh, 0o755)
  for (const [path, file] of payload) {
    const target = join(fresh, path)
    await mkdir(dirname(target), { recursive: true, mode: 0o755 })
    await writeFile(target, file.data)
    await chmod(target, file.mode)
  }
  const temporary = join(directory, '..data_tmp')
  await rm(temporary, { force: true })
  await symlink(fresh.slice(directory.length + 1), temporary)
  await rename(temporary, dataLink)
  const names = new Set([...payload.keys()].map((path) => path.split('/')[0] ?? path))
  const present = await readdir(directory, { withFileTypes: true })
  for (const name of names) {
    if (!present.some((entry) => entry.name === name)) await symlink(join('..data', name), join(directory, name))
  }
  // What is no link is somebody's mount point.
  for (const entry of present) {
    if (entry.isSymbolicLink() && !entry.name.startsWith('..') && !names.has(entry.name)) {
      await rm(join(directory, entry.name), { force: true })
    }
  }
  if (old !== undefined) await rm(join(directory, old), { recursive: true, force: true })
  return true
}

async function sameContent(directory: string, payload: Payload): Promise<boolean> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  if (entries.filter((entry) => entry.isFile()).length !== payload.size) return false
  for (const [path, file] of payload) {
    const content = await readFile(join(directory, path)).catch(() => undefined)
    const found = content && (await stat(join(directory, path)))
    if (!content?.equals(file.data) || ((found?.mode ?? 0) & 0o777) !== file.mode) return false
  }
  return true
}
