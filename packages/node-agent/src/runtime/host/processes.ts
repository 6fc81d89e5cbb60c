import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A row of the process table, as /proc tells it. */
export interface ProcessInfo {
  pid: number
  parent: number
  group: number
  session: number
  /** In clock ticks since the machine's start: tells a process from a later one with the same pid. */
  startTime: string
  cpuTicks: number
  memoryPages: number
}

/** Undefined when there is no such process, or only its exit status waits to be read. */
export function processInfo(pid: number): ProcessInfo | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // The name in parentheses may hold anything, so fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined
  const number = (index: number) => Number(fields[index])
  return {
    pid,
    parent: number(1),
    group: number(2),
    session: number(3),
    cpuTicks: number(11) + number(12),
    startTime: fields[19] ?? '',
    memoryPages: number(21),
  }
}

/** The kernel's start time of a process; '0' where there is no /proc; undefined when the process is gone. */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform === 'linux') return processInfo(pid)?.startTime
  try {
    process.kill(pid, 0)
    return '0'
  } catch {
    return undefined
  }
}

/** Whether the process that had this pid at this start time still runs; a reused pid does not count. */
export function isAlive(pid: number, startTime: string): boolean {
  return pid > 0 && startTimeOf(pid) === startTime
}

/** Every process of the machine; empty where there is no /proc. */
export function listProcesses(): ProcessInfo[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => processInfo(Number(name)))
    .filter((info) => info !== undefined)
}

/** The mount namespace of a process; undefined when it is gone, is another user's, or there are no namespaces. */
export function mountNamespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`)
  } catch {
    return undefined
  }
}

export interface ProcessGroup {
  /** The container's first process, leader of its session. */
  pid: number
  /** '' when the container has no mount namespace of its own. */
  mountNamespace: string
}

/**
 * The processes of a container: its session, and whoever left that but lives in its mount namespace. What is sent
 * SIGKILL is chosen by this, so it is strict: ids that a kernel gives to others (0 is the session of whatever began
 * outside this pid namespace) match nothing, and the agent's own namespace is no container's.
 */
export function processesOf({ pid, mountNamespace }: ProcessGroup, shimPid: number): ProcessInfo[] {
  const ofSession = (info: ProcessInfo) => pid > 1 && (info.session === pid || info.group === pid)
  const namespace = mountNamespace === mountNamespaceOf(process.pid) ? '' : mountNamespace
  const ofNamespace = (info: ProcessInfo) => namespace !== '' && mountNamespaceOf(info.pid) === namespace
  return listProcesses().filter(
    (info) =>
      info.pid > 1 && info.pid !== shimPid && info.pid !== process.pid && (ofSession(info) || ofNamespace(info)),
  )
}

/** Signals the process group, and the process itself where it leads none. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (pid <= 1) return
  for (const target of [-pid, pid]) if (signalProcess(target, signal)) return
}

/** False when there is nothing to signal; never signals everything, as kill(2) would for 0 and -1. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  if (pid === 0 || pid === 1 || pid === -1 || !Number.isInteger(pid)) return false
  try {
    process.kill(pid, signal)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM')) return false
    throw error
  }
}
