import { afterAll, beforeAll, describe } from 'vitest'
import { type Kubectl, kubectl, uniqueName, wherryCLI } from './cluster.ts'
import { kubectlVersions } from './tools.ts'

/** Unmodified kubectl of three versions, and our own CLI, of which the same is expected. */
export const clients = ['kubectl 1.36', 'kubectl 1.35', 'kubectl 1.34', 'wherry'] as const
export type ClientName = (typeof clients)[number]

export function clientOf(name: ClientName, namespace: string): Kubectl {
  if (name === 'wherry') return wherryCLI(namespace)
  const version = kubectlVersions.find((known) => name === `kubectl ${known}`)
  if (!version) throw new Error(`no client ${name}`)
  return kubectl(version, namespace)
}

/**
 * The same tests with each client, each in a namespace of its own that is gone afterwards. `k()` is there inside tests
 * and hooks. `names` are all clients where it is not given.
 */
export function describeWithKubectl(
  title: string,
  define: (k: () => Kubectl) => void,
  names: readonly ClientName[] = clients,
): void {
  describe.each(names)(`${title} (%s)`, (name) => {
    let client: Kubectl
    beforeAll(async () => {
      const namespace = uniqueName('e2e')
      client = clientOf(name, namespace)
      await client.ok(['create', 'namespace', namespace])
    })
    afterAll(() => client.ok(['delete', 'namespace', client.namespace, '--timeout=60s']))
    define(() => client)
  })
}
