import { join } from 'node:path'
import type { ContainerConfig } from '../cri.ts'
import { planMounts, quote } from './mount-plan.ts'

/**
 * The scripts of one container. No process of the agent stays with a container: a POSIX shell of about 1 MB does.
 *
 *   shim.sh   holds the FIFOs open, so that output waits while the agent is away; waits; writes `exit` atomically
 *   run.sh    in the mount namespace: makes the mounts
 *   exec.sh   below the container's root: changes directory and becomes the command
 *
 * File descriptor 3 is the start pipe: `pid N START`, or one line that says why not, and then end of file.
 */
export interface ShimScripts {
  'shim.sh': string
  'run.sh': string
  'exec.sh': string
}

export interface ShimOptions {
  dir: string
  config: ContainerConfig
  argv: string[]
  root: boolean
  linux: boolean
}

const header = '#!/bin/sh\n'

export function shimScripts({ dir, config, argv, root, linux }: ShimOptions): ShimScripts {
  const path = (name: string) => quote(join(dir, name))
  const mounts = config.mounts.length > 0 && linux
  const plan = mounts ? planMounts(config.mounts, join(dir, 'mounts')) : { lines: [], root: undefined }
  const namespace = !mounts
    ? []
    : root
      ? ['unshare', '--mount', '--propagation', 'private', '--']
      : ['unshare', '--user', '--map-root-user', '--mount', '--propagation', 'private', '--']
  const session = linux ? ['setsid'] : []
  const stdin = config.stdin ? (config.stdinOnce ? `cat ${path('stdin.fifo')} 3>&- 6>&- 7>&- | ` : '') : ''
  const from = config.stdin ? (config.stdinOnce ? '' : '<&5 ') : '</dev/null '
  const launch = [...namespace, '/bin/sh', quote(join(dir, 'run.sh'))].join(' ')
  return {
    'shim.sh': `${header}cd /
mkfifo ${path('stdout.fifo')} ${path('stderr.fifo')} ${path('stdin.fifo')} ${path('drain.fifo')} 2>/dev/null
exec 6<>${path('stdout.fifo')} 7<>${path('stderr.fifo')}
${config.stdin && !config.stdinOnce ? `exec 5<>${path('stdin.fifo')}\n` : ''}trap : HUP INT TERM
${stdin}${session.join(' ')} ${launch} ${from}>&6 2>&7 6>&- 7>&- &
child=$!
exec 3>&-
while :; do
  wait "$child"
  code=$?
  kill -0 "$child" 2>/dev/null || break
done
${linux ? 'kill -9 -"$child" 2>/dev/null\n' : ''}echo "$code $(date +%s)" > ${path('exit.tmp')} && mv ${path('exit.tmp')} ${path('exit')}
read -r _ < ${path('drain.fifo')}
`,
    'run.sh': `${header}fail() { printf '%s\\n' "error $1" >&3; exit 128; }
${mounts ? mountBlock(plan.lines, dir) : ''}exec ${plan.root === undefined ? '' : `chroot ${quote(plan.root)} `}/bin/sh ${path('exec.sh')}
`,
    'exec.sh': `${header}${execBlock(config, argv, root)}`,
  }
}

function mountBlock(lines: string[], dir: string): string {
  const log = quote(join(dir, 'mount.log'))
  return `mkdir -p ${quote(join(dir, 'mounts'))}
(
set -e
${lines.join('\n')}
) > ${log} 2>&1
[ $? -eq 0 ] || fail "mount: $(tail -n 1 ${log})"
`
}

function execBlock(config: ContainerConfig, argv: string[], root: boolean): string {
  const envs = config.envs.map(({ key, value }) => quote(`${key}=${value}`)).join(' ')
  const path = config.envs.find(({ key }) => key === 'PATH')?.value ?? ''
  const program = argv[0] ?? ''
  const identity =
    root && config.runAsUser !== undefined && config.runAsUser !== 0
      ? `setpriv --reuid ${config.runAsUser} --regid ${config.runAsGroup ?? config.runAsUser} --clear-groups `
      : ''
  const command = argv.map(quote).join(' ')
  const run = config.tty ? ttyCommand(argv) : command
  const inner = `${identity}env -i ${envs} ${run}`
  return `fail() { printf '%s\\n' "error $1" >&3; exit 128; }
${config.workingDir === '' ? 'cd /' : `cd ${quote(config.workingDir)} 2>/dev/null || fail ${quote(`chdir to cwd ("${config.workingDir}") failed: no such file or directory`)}`}
(PATH=${quote(path)}; command -v ${quote(program)} >/dev/null 2>&1) || fail ${quote(notFoundText(program))}
start=0
if [ -r /proc/$$/stat ]; then read -r stat < /proc/$$/stat; set -- $stat; shift 21; start=$1; fi
printf '%s\\n' "pid $$ $start" >&3
exec 3>&-
exec ${inner}
`
}

function notFoundText(program: string): string {
  return program.includes('/')
    ? `exec: "${program}": stat ${program}: no such file or directory`
    : `exec: "${program}": executable file not found in $PATH`
}

/** util-linux `script` gives the command a terminal without a process of ours. */
function ttyCommand(argv: string[]): string {
  return `script -qefc ${quote(`exec ${argv.map(quote).join(' ')}`)} /dev/null`
}
