import { dirname, join, relative } from 'node:path'
import { type Mount, RuntimeError } from '../cri.ts'
import { type FileKind, type HostFiles, hostFiles } from './host-files.ts'

/**
 * How a container comes to a root directory of its own: a tmpfs that shows every entry of the machine's `/`, in which
 * the container's mounts appear.
 *
 *   root/            tmpfs, one bind mount or link per entry of /
 *   root/dev         where a mount point is missing in a directory, that directory is covered in the same way:
 *     └ cover-0/     its entries bound one by one, and the mount point beside them
 *   root/data        a volume
 *
 * Nothing is created on the machine's file system, but for mount points within the pod's own volumes, where runc makes
 * them too. Paths are relative to the container's tmpfs unless they begin with `/`.
 */
export interface MountPlan {
  /** To be made in the tmpfs, parents first. */
  directories: string[]
  files: string[]
  /** Links of the machine to be copied as they are: [link, directory to copy it to]. */
  links: [from: string, into: string][]
  /** To be made: [what it says, where]. */
  newLinks: [text: string, path: string][]
  /** Done in this order. */
  binds: Bind[]
  /** Directories too full to be covered entry by entry; their mount points go into the upper layer. */
  overlays: Overlay[]
  /** Mount points to be made in volumes before all this, in the machine's own paths. */
  inVolumes: { path: string; kind: FileKind }[]
}

export interface Bind {
  source: string
  target: string
  readonly: boolean
  /** An entry of a directory that is shown as it is: no harm when it has vanished in the meantime. */
  mirrored: boolean
}

export interface Overlay {
  lower: string
  target: string
  points: { path: string; kind: FileKind }[]
}

/** Each entry costs a mount of some 50 µs; beyond this an overlay shows the directory. */
export const mirrorLimit = 500

const consoles = /^(tty\d+|vcs[au]?\d*)$/

interface Placed {
  /** As the pod says it. */
  path: string
  /** Links followed. */
  target: string
  mount: Mount
}

/** Pure but for looking at `files`. Throws a RuntimeError for a mount that cannot be placed. */
export function planMounts(mounts: readonly Mount[], files: HostFiles = hostFiles): MountPlan {
  const plan: MountPlan = {
    directories: [],
    files: [],
    links: [],
    newLinks: [],
    binds: [],
    overlays: [],
    inVolumes: [],
  }
  const placed: Placed[] = []
  const covers = new Map<string, { path: string; kind: FileKind }[]>([['/', []]])
  const sorted = mounts
    .map((mount) => ({ mount, path: normalize(mount.containerPath) }))
    .sort((a, b) => depth(a.path) - depth(b.path))
  for (const { mount, path } of sorted) {
    const kind = files.kind(mount.hostPath)
    if (kind === undefined) throw new RuntimeError(`mount source ${mount.hostPath} does not exist`)
    const owner = placed.findLast((other) => isBelow(path, other.path))
    if (owner) {
      const rest = relative(owner.path, path)
      if (rest !== '') plan.inVolumes.push({ path: join(owner.mount.hostPath, rest), kind })
      placed.push({ path, target: join(owner.target, rest), mount })
      continue
    }
    const { existing, rest } = resolveExisting(path, files)
    if (rest !== '') {
      const points = covers.get(existing) ?? []
      points.push({ path: rest, kind })
      covers.set(existing, points)
    }
    placed.push({ path, target: join(existing, rest), mount })
  }
  let count = 0
  for (const [directory, points] of [...covers].sort(([a], [b]) => depth(a) - depth(b))) {
    const cover = directory === '/' ? 'root' : `cover-${count++}`
    addCover(plan, directory, cover, points, files)
  }
  for (const { target, mount } of placed) {
    plan.binds.push({ source: mount.hostPath, target: inRoot(target), readonly: mount.readonly, mirrored: false })
  }
  return plan
}

function addCover(
  plan: MountPlan,
  directory: string,
  cover: string,
  points: readonly { path: string; kind: FileKind }[],
  files: HostFiles,
): void {
  const entries = files.entries(directory).filter(({ name }) => directory !== '/dev' || !consoles.test(name))
  if (entries.length > mirrorLimit && directory !== '/') {
    plan.overlays.push({ lower: directory, target: inRoot(directory), points: [...points] })
    return
  }
  plan.directories.push(cover)
  if (directory === '/') plan.binds.push({ source: cover, target: cover, readonly: false, mirrored: false })
  for (const { name, kind } of entries) {
    const source = join(directory, name)
    const target = `${cover}/${name}`
    if (source === '/dev/ptmx' && kind === 'file') showTerminals(plan, cover)
    else if (kind === 'link') plan.links.push([source, cover])
    else {
      if (kind === 'dir') plan.directories.push(target)
      else plan.files.push(target)
      plan.binds.push({ source, target, readonly: false, mirrored: true })
    }
  }
  for (const { path, kind } of points) {
    const target = `${cover}/${path}`
    const parent = kind === 'dir' ? target : dirname(target)
    if (!plan.directories.includes(parent)) plan.directories.push(parent)
    if (kind === 'file') plan.files.push(target)
  }
  if (directory !== '/') {
    plan.binds.push({ source: cover, target: inRoot(directory), readonly: false, mirrored: false })
  }
}

/**
 * The kernel finds the terminals of a /dev/ptmx beside it, in its own file system: bound by itself it has none. So it is
 * reached through a bind of the whole directory.
 */
function showTerminals(plan: MountPlan, cover: string): void {
  plan.directories.push(`${cover}/.machine`)
  plan.binds.push({ source: '/dev', target: `${cover}/.machine`, readonly: false, mirrored: true })
  plan.newLinks.push(['.machine/ptmx', `${cover}/ptmx`])
}

function inRoot(path: string): string {
  return join('root', path)
}

/** The longest part of a path that is there, links followed, and what is missing. */
function resolveExisting(path: string, files: HostFiles): { existing: string; rest: string } {
  let existing = path
  while (files.kind(existing) === undefined) existing = dirname(existing)
  const rest = relative(existing, path)
  if (rest !== '' && files.kind(existing) !== 'dir') {
    throw new RuntimeError(`cannot mount at ${path}: ${existing} is not a directory`)
  }
  return { existing: files.real(existing), rest }
}

function normalize(path: string): string {
  const joined = join('/', path)
  return joined.length > 1 && joined.endsWith('/') ? joined.slice(0, -1) : joined
}

function depth(path: string): number {
  return path === '/' ? 0 : path.split('/').length
}

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`)
}
