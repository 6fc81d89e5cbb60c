import type { ContainerConfig } from '../cri.ts'
import { identityCommand, type Isolation, joinIdentityCommand } from './identity.ts'
import { quote } from './quote.ts'

/** Names that a shell gives a meaning of its own: they are handed to env(1) instead. */
const special = new Set(['IFS', 'OPTIND', 'OPTARG', 'PPID', 'PS1', 'PS2', 'PS4', 'LINENO', 'UID', 'EUID', 'ENV', 'PWD'])
const shellOwn = ['PWD', 'OLDPWD', 'SHLVL', '_']

type LaunchConfig = Pick<
  ContainerConfig,
  'envs' | 'workingDir' | 'tty' | 'runAsUser' | 'runAsGroup' | 'supplementalGroups'
>

/**
 * The script through which every process of a container begins, the first one and those of `exec`:
 *
 *   launch.sh start 0 COMMAND…    tells on descriptor 3 `pid N`, or `error TEXT`
 *   launch.sh exec PID COMMAND…   tells a refusal on standard error; PID is the container's first process
 *
 * It goes to the container's directory, takes on its user and becomes the command, with the container's environment and
 * nothing else. The values of the environment never show up in a process list.
 */
export function launchScript(config: LaunchConfig, argv: readonly string[], isolation: Isolation): string {
  const { envs, workingDir, tty } = config
  const path = envs.find(({ key }) => key === 'PATH')?.value ?? ''
  const exported = envs.filter(({ key }) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) && !special.has(key))
  const others = envs.filter((env) => !exported.includes(env))
  const unset = shellOwn.filter((name) => !exported.some(({ key }) => key === name)).flatMap((name) => ['-u', name])
  const env = ['/usr/bin/env', ...unset, ...others.map(({ key, value }) => `${key}=${value}`)].map(quote).join(' ')
  const chdir = `chdir to cwd ("${workingDir}") set in config.json failed: no such file or directory`
  const start = identityCommand(isolation, config)
  const join = joinIdentityCommand(isolation, config)
  const helpers = [...new Set([...start.slice(0, 1), ...join.slice(0, 1)])]
  return `#!/bin/sh
wherry_mode=$1 wherry_pid=$2
shift 2
fail() {
  [ "$wherry_mode" = exec ] || { printf 'error %s\\n' "$2" >&3; exit "$1"; }
  printf '%s\\n' "$2" >&2
  exit "$1"
}
cd ${quote(workingDir || '/')} 2>/dev/null || fail 128 ${quote(chdir)}
${helpers.map((name) => `wherry_${name}=$(command -v ${name}) || fail 126 ${quote(`${name} is not installed on this node`)}\n`).join('')}PATH=${quote(path)}
case $1 in
*/*)
  [ -e "$1" ] || fail 127 "exec: \\"$1\\": stat $1: no such file or directory"
  { [ -x "$1" ] && [ ! -d "$1" ]; } || fail 126 "exec: \\"$1\\": permission denied"
  ;;
*) command -v "$1" >/dev/null 2>&1 || fail 127 "exec: \\"$1\\": executable file not found in \\$PATH" ;;
esac
${exported.map(({ key, value }) => `export ${key}=${quote(value)}\n`).join('')}[ "$wherry_mode" = start ] || exec ${prefix(join)}${env} "$@"
printf 'pid %s\\n' "$$" >&3
exec 3>&-
exec ${prefix(start)}${env} ${tty ? terminalCommand(argv) : '"$@"'}
`
}

/** Helpers have been found by the agent's own search path before the container's is set. */
function prefix([helper, ...args]: string[]): string {
  if (helper === undefined) return ''
  return `"$wherry_${helper}" ${args.map((arg) => (arg === '$pid' ? '"$wherry_pid"' : quote(arg))).join(' ')} `
}

/** util-linux `script` gives the command a terminal without a process of the agent's. */
function terminalCommand(argv: readonly string[]): string {
  const line = `exec ${argv.map(quote).join(' ')}`
  if (process.platform !== 'linux') return `script -q /dev/null /bin/sh -c ${quote(line)}`
  return `script --quiet --return --flush --echo always --command ${quote(line)} /dev/null`
}
