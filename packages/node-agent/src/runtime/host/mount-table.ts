import { join } from 'node:path'
import type { Bind, MountPlan, Overlay } from './mount-plan.ts'

interface KernelMount {
  point: string
  options: string[]
}

/** The kernel's /proc/self/mountinfo, as far as bind mounts ask for it. */
export function parseMountInfo(text: string): KernelMount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split(' ')
      const point = (fields[4] ?? '').replace(/\\(\d{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      )
      return { point, options: (fields[5] ?? '').split(',') }
    })
}

/** Flags that a read-only remount in a user namespace has to repeat, since it may not take them away. */
export function lockedFlags(path: string, mounts: readonly KernelMount[]): string[] {
  const best = mounts
    .filter(({ point }) => path === point || path.startsWith(point === '/' ? '/' : `${point}/`))
    .reduce<KernelMount | undefined>((a, b) => (a && a.point.length > b.point.length ? a : b), undefined)
  return (best?.options ?? []).filter((option) => ['nosuid', 'nodev', 'noexec'].includes(option))
}

export interface MountTableOptions {
  /** Where the container's tmpfs is. */
  tmpfs: string
  /** For the upper layers of overlays, on a real file system. */
  scratch: string
  mountInfo: string
  /** In a user namespace. */
  unprivileged: boolean
}

/** The plan as an fstab, so that one process of mount(8) does it all. */
export function mountTable(plan: MountPlan, options: MountTableOptions): string {
  const mounts = parseMountInfo(options.mountInfo)
  const at = (path: string) => (path.startsWith('/') ? path : join(options.tmpfs, path))
  const bindLine = ({ source, target, readonly, mirrored }: Bind) => {
    const from = at(source)
    const flags = ['rbind']
    if (mirrored) flags.push('nofail')
    if (readonly) flags.push('ro', ...lockedFlags(from, mounts))
    return `${escapeField(from)} ${escapeField(at(target))} none ${flags.join(',')} 0 0`
  }
  const overlayLine = ({ lower, target }: Overlay, index: number) => {
    const layer = (name: string) => overlayPath(join(overlayDirectory(options.scratch, index), name))
    const flags = [`lowerdir=${overlayPath(lower)}`, `upperdir=${layer('upper')}`, `workdir=${layer('work')}`]
    if (options.unprivileged) flags.push('userxattr')
    return `overlay ${escapeField(at(target))} overlay ${escapeField(flags.join(','))} 0 0`
  }
  const isVolume = (bind: Bind) => !bind.mirrored && bind.source.startsWith('/')
  const shown = plan.binds.filter((bind) => !isVolume(bind))
  // The directory that holds this very tmpfs is bound before anything is mounted there, or it would bind that once more.
  const [root, ...rest] = shown
  const holds = (bind: Bind) => bind.mirrored && options.tmpfs.startsWith(`${bind.source}/`)
  const ordered = [...(root ? [root] : []), ...rest.filter(holds), ...rest.filter((bind) => !holds(bind))]
  const lines = [
    ...ordered.map(bindLine),
    ...plan.overlays.map(overlayLine),
    ...plan.binds.filter(isVolume).map(bindLine),
  ]
  return `${lines.join('\n')}\n`
}

export function overlayDirectory(scratch: string, index: number): string {
  return join(scratch, `overlay-${index}`)
}

function escapeField(text: string): string {
  return text.replace(/[ \t\n\\]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`)
}

function overlayPath(path: string): string {
  return path.replace(/[\\:,]/g, (char) => `\\${char}`)
}
