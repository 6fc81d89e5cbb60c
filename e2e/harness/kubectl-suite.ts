import { afterAll, beforeAll, describe } from 'vitest'
import { type Kubectl, kubectl, uniqueName } from './cluster.ts'
import { type KubectlVersion, kubectlVersions } from './tools.ts'

/**
 * The same tests with each version of unmodified kubectl, each in a namespace of its own that is gone afterwards.
 * `k()` is there inside tests and hooks.
 */
export function describeWithKubectl(title: string, define: (k: () => Kubectl, version: KubectlVersion) => void): void {
  describe.each(kubectlVersions)(`${title} (kubectl %s)`, (version) => {
    let client: Kubectl
    beforeAll(async () => {
      const namespace = uniqueName('e2e')
      client = kubectl(version, namespace)
      await client.ok(['create', 'namespace', namespace])
    })
    afterAll(() => client.ok(['delete', 'namespace', client.namespace, '--timeout=60s']))
    define(() => client, version)
  })
}
