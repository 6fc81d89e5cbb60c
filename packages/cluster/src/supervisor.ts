import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, sleep } from '@wherry/component-base'
import type { ClusterPaths } from './home.ts'
import { supervisorScript } from './supervisor-script.ts'

export interface ProcessSpec {
  name: string
  command: readonly string[]
}

export interface ProcessState {
  name: string
  /** Absent while the component waits to be started again. */
  pid?: number
  restarts: number
  /** False where the supervisor has been killed, so that the component would not come back. */
  supervised: boolean
}

const pollMs = 20
const stopMs = 15_000

/**
 * Starts the supervised processes that do not run yet. They outlive the caller. A component that lost its supervisor is
 * ended first: two of one kind would fight. Returns the names of those started.
 */
export async function startProcesses(
  paths: ClusterPaths,
  specs: readonly ProcessSpec[],
  clock: Clock,
): Promise<string[]> {
  const script = join(paths.run, 'supervise.sh')
  const missing = specs.filter(({ name }) => livePid(paths, `${name}.supervisor`) === undefined)
  const names = missing.map(({ name }) => name)
  await stopProcesses(paths, names.toReversed(), clock)
  if (missing.length > 0) await writeFile(script, supervisorScript, { mode: 0o700 })
  for (const { name, command } of missing) {
    rmSync(join(paths.run, `${name}.pid`), { force: true })
    const args = [script, name, paths.run, logFile(paths, name), ...command]
    spawn('/bin/sh', args, { cwd: paths.root, detached: true, stdio: 'ignore' }).unref()
  }
  return names
}

/** Ends the named processes and their supervisors, in the order given, each before the next one. */
export async function stopProcesses(paths: ClusterPaths, names: readonly string[], clock: Clock): Promise<void> {
  for (const name of names) {
    const supervisor = livePid(paths, `${name}.supervisor`)
    const child = livePid(paths, `${name}.pid`)
    const pids = [supervisor, child].filter((pid) => pid !== undefined)
    // A supervisor passes the signal on; a component that has lost its own gets it here.
    const [first] = pids
    if (first === undefined) continue
    const left = () => pids.filter((pid) => isOurs(pid, paths))
    signal(first, 'SIGTERM')
    const end = clock.now() + stopMs
    while (left().length > 0 && clock.now() < end) await sleep(clock, pollMs)
    for (const pid of left()) signal(pid, 'SIGKILL')
    for (const suffix of ['pid', 'supervisor']) rmSync(join(paths.run, `${name}.${suffix}`), { force: true })
  }
}

/** What runs of the named processes. */
export function processStates(paths: ClusterPaths, names: readonly string[]): ProcessState[] {
  return names.flatMap((name) => {
    const supervised = livePid(paths, `${name}.supervisor`) !== undefined
    const pid = livePid(paths, `${name}.pid`)
    if (!supervised && pid === undefined) return []
    return [{ name, supervised, restarts: restarts(paths, name), ...(pid === undefined ? {} : { pid }) }]
  })
}

export function logFile(paths: ClusterPaths, name: string): string {
  return join(paths.logs, `${name}.log`)
}

function restarts(paths: ClusterPaths, name: string): number {
  try {
    return readFileSync(join(paths.run, `${name}.restarts`), 'utf8')
      .trimEnd()
      .split('\n').length
  } catch {
    // No file: it has never been started again.
    return 0
  }
}

/** The process id in a file, where that process is alive. */
function livePid(paths: ClusterPaths, file: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(paths.run, file), 'utf8'))
    return Number.isInteger(pid) && pid > 1 && isOurs(pid, paths) ? pid : undefined
  } catch {
    // No file: nothing runs.
    return undefined
  }
}

/** Whether a process is alive and of this cluster: a process id that the system has given away again is not. */
function isOurs(pid: number, paths: ClusterPaths): boolean {
  try {
    const command =
      process.platform === 'linux'
        ? readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        : execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
    return command.includes(paths.root)
  } catch {
    // No such process.
    return false
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
