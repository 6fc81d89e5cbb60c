import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ContainerConfig } from '../cri.ts'
import { hostFiles, type HostFiles } from './host-files.ts'
import type { Isolation } from './identity.ts'
import { launchScript } from './launch.ts'
import { type MountPlan, planMounts } from './mount-plan.ts'
import { mountTable, overlayDirectory } from './mount-table.ts'
import { quote } from './quote.ts'

/**
 * The shim of one container: a POSIX shell of about 1 MB, and no process of the agent. It makes the container's root
 * directory, holds the container's FIFOs open, so that output waits while no agent is there, runs the container in a
 * session of its own, and writes its exit code to `exit`. It then stays until an agent has read the rest of the output
 * and kills it. Its directory:
 *
 *   shim.sh launch.sh mounts     what it runs: this file, see launch.ts, see mount-table.ts
 *   out err in hold              FIFOs
 *   pid exit mount.log           what it tells
 */
export interface ShimOptions {
  dir: string
  config: ContainerConfig
  argv: readonly string[]
  hostname: string
  isolation: Isolation
  files?: HostFiles
}

/** Writes everything that a container's shim needs; throws a RuntimeError for mounts that cannot be made. */
export function writeShim({ dir, config, argv, hostname, isolation, files = hostFiles }: ShimOptions): void {
  const plan = isolation.namespaces ? planMounts(config.mounts, files) : undefined
  const write = (name: string, text: string) => writeFileSync(join(dir, name), text, { mode: 0o700 })
  write('launch.sh', launchScript(config, argv, isolation))
  write('shim.sh', shimScript(dir, config, argv, hostname, plan))
  if (!plan) return
  prepare(plan, dir)
  const mountInfo = readFileSync('/proc/self/mountinfo', 'utf8')
  const unprivileged = !isolation.root
  write('mounts', mountTable(plan, { tmpfs: join(dir, 'm'), scratch: dir, mountInfo, unprivileged }))
}

/** Makes what is on the machine's own file system: mount points in volumes, and the layers of overlays. */
function prepare(plan: MountPlan, dir: string): void {
  mkdirSync(join(dir, 'm'), { recursive: true })
  for (const { path, kind } of plan.inVolumes) makePoint(path, kind)
  for (const [index, { points }] of plan.overlays.entries()) {
    const upper = join(overlayDirectory(dir, index), 'upper')
    mkdirSync(upper, { recursive: true })
    mkdirSync(join(overlayDirectory(dir, index), 'work'), { recursive: true })
    for (const { path, kind } of points) makePoint(join(upper, path), kind)
  }
}

function makePoint(path: string, kind: 'dir' | 'file'): void {
  mkdirSync(kind === 'dir' ? path : dirname(path), { recursive: true })
  if (kind === 'file') writeFileSync(path, '', { flag: 'a' })
}

function shimScript(
  dir: string,
  config: ContainerConfig,
  argv: readonly string[],
  hostname: string,
  plan: MountPlan | undefined,
): string {
  const session = process.platform === 'linux' ? 'setsid ' : ''
  const fifos = config.stdin ? 'out err in hold pipe' : 'out err hold'
  // An input that is to end with its first writer goes through a cat: whoever holds a FIFO open never sees its end.
  const once = config.stdin && config.stdinOnce
  const input = !config.stdin ? '</dev/null' : once ? '<pipe' : '<in'
  const launch = plan ? '"/proc/$$/cwd/launch.sh"' : quote(join(dir, 'launch.sh'))
  return `#!/bin/sh
cd ${quote(dir)} || exit 1
fail() {
  printf 'error %s\\n' "$1" >&3
  exit 1
}
mkfifo ${fifos} 2>/dev/null
exec 6<>out 7<>err
trap : HUP INT TERM
${plan ? rootLines(plan, dir, hostname) : ''}${once ? 'cat >pipe <in 3>&- 6>&- 7>&- &\ncat=$!\n' : ''}${config.stdin && !once ? 'exec 5<>in\n' : ''}(
  exec ${input} >&6 2>&7 5<&- 6>&- 7>&-
  cd /
  exec ${session}/bin/sh ${launch} start 0 ${argv.map(quote).join(' ')}
)
code=$?
${once ? 'kill "$cat" 2>/dev/null\n' : ''}exec 3>&-
echo "$code" >exit
read -r _ <hold
`
}

/** Lines that make the root directory and move into it, coming back to the shim's own directory in the end. */
function rootLines(plan: MountPlan, dir: string, hostname: string): string {
  const list = (paths: readonly string[]) => paths.map((path) => quote(`m/${path}`)).join(' ')
  const links = new Map<string, string[]>()
  for (const [from, into] of plan.links) links.set(into, [...(links.get(into) ?? []), from])
  return `exec 9<.
(
  set -e
  exec 6>&- 7>&-
  mount -t tmpfs -o mode=755 wherry m
  mkdir -p ${list(plan.directories)}
${plan.files.map((path) => `  : >${quote(`m/${path}`)}\n`).join('')}${[...links]
  .map(([into, from]) => `  cp -P ${from.map(quote).join(' ')} ${quote(`m/${into}/`)}\n`)
  .join(
    '',
  )}${plan.newLinks.map(([text, path]) => `  ln -s ${quote(text)} ${quote(`m/${path}`)}\n`).join('')}  mount --all --fstab ${quote(join(dir, 'mounts'))}
) >mount.log 2>&1 || fail "cannot mount: $(tail -n 1 mount.log)"
{ cd m/root && pivot_root . sys && cd / && umount -n -l /sys; } 2>>/proc/self/fd/9/mount.log || fail "cannot change the root directory"
cd /proc/self/fd/9 || fail "cannot come back to the container's directory"
exec 9<&-
hostname ${quote(hostname)} 2>/dev/null || :
`
}
