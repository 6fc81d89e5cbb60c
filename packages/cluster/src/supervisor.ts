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
}

const pollMs = 20
const stopMs = 15_000

/** Starts the supervised processes that do not run yet. They outlive the caller. Returns the names of those started. */
export async function startProcesses(paths: ClusterPaths, specs: readonly ProcessSpec[]): Promise<string[]> {
  const script = join(paths.run, 'supervise.sh')
  const missing = specs.filter(({ name }) => supervisorPid(paths, name) === undefined)
  if (missing.length > 0) await writeFile(script, supervisorScript, { mode: 0o700 })
  for (const { name, command } of missing) {
    rmSync(join(paths.run, `${name}.pid`), { force: true })
    const args = [script, name, paths.run, logFile(paths, name), ...command]
    spawn('/bin/sh', args, { cwd: paths.root, detached: true, stdio: 'ignore' }).unref()
  }
  return missing.map(({ name }) => name)
}

/** Ends the named processes and their supervisors, in the order given, each before the next one. */
export async function stopProcesses(paths: ClusterPaths, names: readonly string[], clock: Clock): Promise<void> {
  for (const name of names) {
    const supervisor = supervisorPid(paths, name)
    const child = readPid(paths, `${name}.pid`)
    if (supervisor === undefined) continue
    signal(supervisor, 'SIGTERM')
    const end = clock.now() + stopMs
    while (isOurs(supervisor, paths) && clock.now() < end) await sleep(clock, pollMs)
    if (isOurs(supervisor, paths)) {
      signal(supervisor, 'SIGKILL')
      if (child !== undefined && isOurs(child, paths)) signal(child, 'SIGKILL')
      for (const suffix of ['pid', 'supervisor']) rmSync(join(paths.run, `${name}.${suffix}`), { force: true })
    }
  }
}

/** What runs of the named processes. */
export function processStates(paths: ClusterPaths, names: readonly string[]): ProcessState[] {
  return names.flatMap((name) => {
    if (supervisorPid(paths, name) === undefined) return []
    const pid = readPid(paths, `${name}.pid`)
    return [
      {
        name,
        restarts: restarts(paths, name),
        ...(pid !== undefined && isOurs(pid, paths) ? { pid } : {}),
      },
    ]
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

function supervisorPid(paths: ClusterPaths, name: string): number | undefined {
  const pid = readPid(paths, `${name}.supervisor`)
  return pid !== undefined && isOurs(pid, paths) ? pid : undefined
}

function readPid(paths: ClusterPaths, file: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(paths.run, file), 'utf8'))
    return Number.isInteger(pid) && pid > 1 ? pid : undefined
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
