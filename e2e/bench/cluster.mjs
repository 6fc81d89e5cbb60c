// A cluster of the benchmark's own, in a home of its own.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export function newHome() {
  const home = mkdtempSync(join(tmpdir(), 'wherry-bench-'))
  const env = { ...process.env, WHERRY_HOME: home, KUBECONFIG: join(home, 'kubeconfig') }
  const wherry = (...args) => {
    const { status, stderr, error } = spawnSync(join(root, 'wherry'), args, { env, encoding: 'utf8' })
    if (status !== 0) throw new Error(`wherry ${args.join(' ')}: ${error?.message ?? stderr}`)
  }
  return {
    home,
    wherry,
    remove() {
      wherry('destroy')
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Milliseconds that the work takes. */
export async function timed(work) {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** What an HTTPS request to the cluster needs. */
export function credentials(home) {
  const pki = join(home, 'clusters/wherry/pki')
  const { apiPort } = JSON.parse(readFileSync(join(home, 'clusters/wherry/cluster.json'), 'utf8'))
  const read = (name) => readFileSync(join(pki, name))
  return { host: '127.0.0.1', port: apiPort, ca: read('ca.crt'), cert: read('admin.crt'), key: read('admin.key') }
}
