import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { run } from './run.ts'
import { wherry } from './tools.ts'

/**
 * Gives the suite its cluster: the one that is up already where WHERRY_E2E=running is set, as `pnpm e2e` does, and
 * otherwise one of its own, which is gone afterwards.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (process.env.WHERRY_E2E === 'running') {
    const kubeconfig = process.env.KUBECONFIG ?? join(homedir(), '.kube/config')
    if (!existsSync(kubeconfig)) throw new Error(`no kubeconfig at ${kubeconfig}: start a cluster with ./wherry up`)
    project.provide('kubeconfig', kubeconfig)
    project.provide('wherryHome', process.env.WHERRY_HOME ?? join(homedir(), '.wherry'))
    return async () => undefined
  }
  const home = await mkdtemp(join(tmpdir(), 'wherry-e2e-'))
  const kubeconfig = join(home, 'kubeconfig')
  const env = { WHERRY_HOME: home, KUBECONFIG: kubeconfig }
  const up = await run(wherry, ['up', '--name', 'e2e'], { env, timeoutMs: 180_000 })
  if (up.code !== 0) throw new Error(`wherry up failed:\n${up.stdout}${up.stderr}`)
  project.provide('kubeconfig', kubeconfig)
  project.provide('wherryHome', home)
  return async () => {
    const destroy = await run(wherry, ['destroy', '--name', 'e2e'], { env, timeoutMs: 60_000 })
    if (destroy.code !== 0) throw new Error(`wherry destroy failed:\n${destroy.stdout}${destroy.stderr}`)
    await rm(home, { recursive: true, force: true })
  }
}
