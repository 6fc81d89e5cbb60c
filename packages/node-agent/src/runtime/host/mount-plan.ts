import { existsSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Mount } from '../cri.ts'

/**
 * How a container's mounts come to be in a mount namespace of its own, as lines of shell. Nothing is ever created on
 * the real file system outside `workDir`: where a mountPath does not exist, its nearest existing parent is covered by a
 * tmpfs that mirrors the parent's entries (or, for very full directories, by an overlay), and the mount point is made in
 * there. A cover of `/` becomes a new root for the container.
 */
export interface MountPlan {
  lines: string[]
  /** The new root directory, when `/` itself had to be covered. */
  root: string | undefined
}

/** Directories with more entries than this are covered by an overlay: one mount rather than one per entry. */
const mirrorLimit = 150

export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** A look at the host's file system; tests pass their own. */
export interface HostFiles {
  kind(path: string): 'dir' | 'file' | undefined
  entries(path: string): { name: string; type: 'dir' | 'file' | 'link'; target?: string }[]
  real(path: string): string
}

export const hostFiles: HostFiles = {
  kind(path) {
    const stat = statSync(path, { throwIfNoEntry: false })
    return stat === undefined ? undefined : stat.isDirectory() ? 'dir' : 'file'
  },
  entries(path) {
    return readdirSync(path, { withFileTypes: true }).map((entry) =>
      entry.isSymbolicLink()
        ? { name: entry.name, type: 'link' as const, target: readlinkSync(join(path, entry.name)) }
        : { name: entry.name, type: entry.isDirectory() ? ('dir' as const) : ('file' as const) },
    )
  },
  real(path) {
    return existsSync(path) ? realpathSync(path) : path
  },
}

/** Follows the links of the part of a path that exists. */
function resolvePath(path: string, files: HostFiles): { existing: string; rest: string } {
  let existing = path
  while (files.kind(existing) !== 'dir' && existing !== '/') existing = dirname(existing)
  const rest = relative(existing, path)
  return { existing: files.real(existing), rest }
}

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`)
}

export function planMounts(mounts: Mount[], workDir: string, files: HostFiles = hostFiles): MountPlan {
  const lines: string[] = []
  const covers = new Map<string, string>()
  const placed: { path: string; host: boolean }[] = []
  const wanted = mounts
    .map((mount) => ({ mount, ...resolvePath(normalize(mount.containerPath), files) }))
    .map((item) => ({ ...item, path: item.rest === '' ? item.existing : join(item.existing, item.rest) }))
    .sort((a, b) => a.path.split('/').length - b.path.split('/').length || (a.path < b.path ? -1 : 1))
  const kindOf = (path: string) => files.kind(path)
  let needsRoot = false
  for (const item of wanted) {
    const inside = placed.some((other) => isBelow(item.path, other.path))
    const missing = item.rest !== '' && (item.rest.includes('/') || kindOf(item.path) === undefined)
    if (!inside && missing && item.existing === '/') needsRoot = true
  }
  const root = needsRoot ? join(workDir, 'root') : undefined
  const at = (path: string) => (root === undefined ? path : join(root, path))
  if (root !== undefined) lines.push(...mirror('/', root, files))
  let stashes = 0
  for (const item of wanted) {
    const source = quote(item.mount.hostPath)
    const target = quote(at(item.path))
    const isDirectory = files.kind(item.mount.hostPath) !== 'file'
    const owner = placed.findLast((other) => isBelow(item.path, other.path) && other.path !== item.path)
    const exists = item.rest === '' || kindOf(item.path) !== undefined
    const covered = [...covers.keys()].some((cover) => isBelow(item.path, cover))
    if (owner === undefined && !exists && !covered && item.existing !== '/') {
      const stash = join(workDir, `cover-${stashes++}`)
      lines.push(...cover(item.existing, at(item.existing), stash, files))
      covers.set(item.existing, stash)
    }
    if (owner?.host && !exists) {
      lines.push(
        `[ -e ${target} ] || { echo "mount point ${item.path} does not exist in the host's directory" >&2; exit 1; }`,
      )
    } else if (!exists || owner !== undefined) {
      lines.push(makeMountPoint(target, at(item.path), isDirectory))
    }
    lines.push(`mount --rbind ${source} ${target}`)
    if (item.mount.readonly) lines.push(remountReadOnly(target))
    placed.push({ path: item.path, host: item.mount.host === true })
  }
  return { lines, root }
}

function normalize(path: string): string {
  return join('/', path).replace(/\/+$/, '') || '/'
}

function makeMountPoint(target: string, path: string, isDirectory: boolean): string {
  const make = isDirectory ? `mkdir -p ${target}` : `{ mkdir -p ${quote(dirname(path))} && : > ${target}; }`
  return `[ -e ${target} ] || ${make}`
}

/** A user namespace may not drop the flags that the mount was locked with, so they are tried in turn. */
function remountReadOnly(target: string): string {
  const attempts = ['ro', 'ro,nosuid,nodev', 'ro,nosuid,nodev,noexec'].map(
    (flags) => `mount -o remount,bind,${flags} ${target} 2>/dev/null`,
  )
  return `${attempts.join(' || ')} || mount -o remount,bind,ro ${target}`
}

/** Makes `to` a tmpfs that shows the entries of `from`. */
function mirror(from: string, to: string, files: HostFiles): string[] {
  const lines = [`mkdir -p ${quote(to)}`, `mount -t tmpfs -o mode=755 tmpfs ${quote(to)}`]
  for (const entry of files.entries(from)) {
    const source = quote(join(from, entry.name))
    const target = quote(join(to, entry.name))
    if (entry.type === 'link') lines.push(`ln -s ${quote(entry.target ?? '')} ${target}`)
    else
      lines.push(`${entry.type === 'dir' ? `mkdir ${target}` : `: > ${target}`} && mount --rbind ${source} ${target}`)
  }
  return lines
}

function cover(directory: string, at: string, stash: string, files: HostFiles): string[] {
  const entries = files.entries(directory)
  if (entries.length <= mirrorLimit) {
    // The original stays reachable at `stash`, for the entries of the mirror that covers it.
    return [
      `mkdir -p ${quote(stash)}`,
      `mount --rbind ${quote(at)} ${quote(stash)}`,
      ...mirror(stash, at, { ...files, entries: () => entries }),
    ]
  }
  return [
    `mkdir -p ${quote(join(stash, 'upper'))} ${quote(join(stash, 'work'))}`,
    `mount -t overlay -o ${quote(`lowerdir=${at},upperdir=${stash}/upper,workdir=${stash}/work`)} overlay ${quote(at)}`,
  ]
}
