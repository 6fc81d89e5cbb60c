import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { newHome } from './cluster.mjs'

const settleMs = 15_000
const measureMs = 30_000
const ticksPerSecond = 100

/** Memory and CPU of all processes of a cluster that nobody uses, supervisors included. */
export async function idle() {
  const cluster = newHome()
  cluster.wherry('up')
  await sleep(settleMs)
  const before = processes(cluster.home)
  await sleep(measureMs)
  const after = processes(cluster.home)
  cluster.remove()
  const ticks = after.reduce((sum, { pid, ticks }) => sum + ticks - (before.find((p) => p.pid === pid)?.ticks ?? 0), 0)
  const node = after.filter(({ name }) => name !== 'sh')
  return [
    { label: 'RSS together', unit: 'MB', values: [after.reduce((sum, { rss }) => sum + rss, 0) / 1e6] },
    ...node.map(({ component, rss }) => ({ label: `RSS ${component}`, unit: 'MB', values: [rss / 1e6] })),
    { label: 'CPU together', unit: '%', values: [(100 * ticks) / ticksPerSecond / (measureMs / 1000)] },
  ]
}

/** Linux only: every process whose command line names the home. */
function processes(home) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        if (!args.some((arg) => arg.includes(home))) return []
        const status = readFileSync(`/proc/${pid}/status`, 'utf8')
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
        const launcher = args.findIndex((arg) => arg.endsWith('wherry.cjs'))
        return [
          {
            pid,
            name: /^Name:\s+(.*)$/m.exec(status)[1],
            component: args[launcher + 1] ?? '',
            rss: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)[1]) * 1024,
            ticks: Number(stat[11]) + Number(stat[12]),
          },
        ]
      } catch {
        // It has ended since.
        return []
      }
    })
}
