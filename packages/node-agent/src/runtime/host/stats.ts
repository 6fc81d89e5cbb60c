import type { ContainerStats } from '../cri.ts'
import { listProcesses, mountNamespaceOf, type ProcessInfo } from './processes.ts'
import type { ContainerRecord } from './state.ts'

/** Linux counts processor time for user space in hundredths of a second, on every architecture. */
const nanosecondsPerTick = 10_000_000n
const pageSize = 4096

/** What the processes of containers use now; the time of processes that have ended is not in it. */
export function containerStats(records: readonly ContainerRecord[], now: number): ContainerStats[] {
  const all = listProcesses()
  const namespaces = new Map(all.map(({ pid }) => [pid, mountNamespaceOf(pid)]))
  const belongs = (record: ContainerRecord) => (info: ProcessInfo) =>
    info.pid !== record.shimPid &&
    ((record.pid > 1 && info.session === record.pid) ||
      (record.mountNamespace !== '' && namespaces.get(info.pid) === record.mountNamespace))
  return records.map((record) => {
    const own = all.filter(belongs(record))
    const ticks = own.reduce((sum, { cpuTicks }) => sum + cpuTicks, 0)
    const pages = own.reduce((sum, { memoryPages }) => sum + memoryPages, 0)
    return {
      containerId: record.id,
      podUid: record.podUid,
      metadata: record.config.metadata,
      timestamp: now,
      cpuNanoseconds: Number(BigInt(ticks) * nanosecondsPerTick),
      memoryBytes: pages * pageSize,
    }
  })
}
