import { readFileSync } from 'node:fs'

/** The kernel's start time of a process in clock ticks; '0' where there is no /proc, undefined when it is gone. */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return process.platform !== 'linux' && exists(pid) ? '0' : undefined
  }
}

/** Whether the process that had this pid at this start time still runs; a reused pid does not count. */
export function isAlive(pid: number, startTime: string): boolean {
  return pid > 0 && startTimeOf(pid) === startTime
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Signals the process group, and the process itself where it leads none. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal)
      return
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
  }
}
