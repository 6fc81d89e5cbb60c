import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { type Result, run, type RunOptions } from './run.ts'
import { type Kubectl, newKubectl } from './cluster.ts'
import { type KubectlVersion, toolPath, wherry } from './tools.ts'

export interface OwnCluster {
  home: string
  kubeconfig: string
  /** kubectl of that version, or our own CLI under its verbs. */
  kubectl(version?: KubectlVersion | 'wherry'): Kubectl
  wherry(args: string | readonly string[], options?: RunOptions): Promise<Result>
}

/**
 * A home for clusters of one test file, which is removed with them after its tests. With `nodes`, a cluster `own` is
 * started in it before the tests.
 */
export function clusterOfItsOwn({ nodes }: { nodes?: number } = {}): OwnCluster {
  const cluster: OwnCluster = {
    home: '',
    kubeconfig: '',
    kubectl: (version = '1.36') =>
      newKubectl(version === 'wherry' ? wherry : toolPath('kubectl', version), 'default', {
        KUBECONFIG: cluster.kubeconfig,
      }),
    wherry: (args, options = {}) =>
      run(wherry, typeof args === 'string' ? args.split(' ') : args, {
        timeoutMs: 120_000,
        ...options,
        env: { WHERRY_HOME: cluster.home, KUBECONFIG: cluster.kubeconfig, ...options.env },
      }),
  }
  beforeAll(async () => {
    cluster.home = await mkdtemp(join(tmpdir(), 'wherry-own-'))
    cluster.kubeconfig = join(cluster.home, 'kubeconfig')
    if (nodes === undefined) return
    const up = await cluster.wherry(['up', '--name', 'own', '--nodes', String(nodes)])
    if (up.code !== 0) throw new Error(`wherry up failed:\n${up.stdout}${up.stderr}`)
  })
  afterAll(async () => {
    const { stdout } = await cluster.wherry('clusters')
    for (const row of stdout.trim().split('\n').slice(1)) {
      const [name = ''] = row.split(' ')
      const destroyed = await cluster.wherry(['destroy', '--name', name])
      if (destroyed.code !== 0) throw new Error(`wherry destroy failed:\n${destroyed.stderr}`)
    }
    await rm(cluster.home, { recursive: true, force: true })
  })
  return cluster
}
