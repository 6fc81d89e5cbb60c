// `pnpm bench [SCENARIO…] [--json FILE]`: measures the cluster as its users meet it, prints a table, asserts nothing.
import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { freshClone } from './fresh-clone.mjs'
import { idle } from './idle.mjs'
import { podStart } from './pod-start.mjs'
import { newCluster, restart } from './start-up.mjs'

const scenarios = {
  new: { title: 'up of a new cluster, from a built tree', run: newCluster },
  restart: { title: 'up of a stopped cluster', run: restart },
  pod: { title: 'pod from create to Running', run: podStart },
  idle: { title: 'idle one-node cluster', run: idle },
  fresh: { title: 'up in a fresh clone, with empty package caches', run: freshClone },
}

const args = process.argv.slice(2)
const jsonAt = args.indexOf('--json')
const jsonFile = jsonAt >= 0 ? args.splice(jsonAt, 2)[1] : undefined
const unknown = args.filter((name) => !(name in scenarios))
if (unknown.length > 0) {
  console.error(`unknown scenario ${unknown.join(', ')}: choose from ${Object.keys(scenarios).join(', ')}`)
  process.exit(1)
}

const chosen = args.length > 0 ? args : Object.keys(scenarios)
const results = []
console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB\n`,
)
console.log(`${'scenario'.padEnd(52)}${'median'.padStart(12)}${'min'.padStart(12)}${'max'.padStart(12)}   n`)
for (const name of chosen) {
  const { title, run } = scenarios[name]
  for (const { label, unit, values } of await run()) {
    const sorted = values.toSorted((a, b) => a - b)
    const median = sorted[Math.floor(sorted.length / 2)]
    const show = (value) => `${value >= 100 ? Math.round(value) : value.toFixed(1)} ${unit}`.padStart(12)
    const full = label ? `${title}: ${label}` : title
    console.log(
      `${full.padEnd(52)}${show(median)}${show(sorted[0])}${show(sorted.at(-1))}${String(values.length).padStart(4)}`,
    )
    results.push({ scenario: name, label, unit, median, values })
  }
}
if (jsonFile) writeFileSync(jsonFile, `${JSON.stringify({ node: process.version, results }, null, 2)}\n`)
