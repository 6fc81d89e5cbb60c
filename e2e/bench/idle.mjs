import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { newHome } from './cluster.mjs'

const settleMs = 15_000
const measureMs = 30_000
const rounds = 3
const ticksPerSecond = 100

/**
 * Memory and CPU of all processes of a cluster that nobody uses, supervisors included, at the ends of three stretches of
 * time. RSS counts what processes share, which is most of Node's program, once for each of them; PSS counts it once.
 */
export async function idle() {
  const cluster = newHome()
  cluster.wherry('up')
  await sleep(settleMs)
  const samples = [processes(cluster.home)]
  for (let round = 0; round < rounds; round++) {
    await sleep(measureMs)
    samples.push(processes(cluster.home))
  }
  cluster.remove()
  const [, ...ends] = samples
  const components = ends[0].map(({ component }) => component).filter((component) => component !== '')
  const sum = (sample, field) => sample.reduce((total, process) => total + process[field], 0)
  const load = (end, i) => (100 * (sum(end, 'ticks') - sum(samples[i], 'ticks'))) / ticksPerSecond / (measureMs / 1000)
  const mb = (label, of) => ({ label, unit: 'MB', values: ends.map((end) => of(end) / 1e6) })
  return [
    mb('RSS together', (end) => sum(end, 'rss')),
    mb('PSS together', (end) => sum(end, 'pss')),
    ...components.map((name) => mb(`RSS ${name}`, (end) => end.find(({ component }) => component === name).rss)),
    { label: 'CPU together', unit: '%', values: ends.map(load) },
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
        const memory = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
        const launcher = args.findIndex((arg) => arg.endsWith('wherry.cjs'))
        return [
          {
            // Empty for supervisors, whose own name is that of a shell.
            component: /^Name:\s+sh$/m.test(status) ? '' : (args[launcher + 1] ?? ''),
            rss: kilobytes(status, 'VmRSS'),
            pss: kilobytes(memory, 'Pss'),
            ticks: Number(stat[11]) + Number(stat[12]),
          },
        ]
      } catch {
        // It has ended since.
        return []
      }
    })
}

function kilobytes(text, name) {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)[1]) * 1024
}
