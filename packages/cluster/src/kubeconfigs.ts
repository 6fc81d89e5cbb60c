import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClusterConfig } from './cluster-config.ts'
import { contextName, type ClusterPaths } from './home.ts'
import { adminIdentity, nodeIdentity } from './identities.ts'

/** The three parts of a context, as a kubeconfig holds them. */
export interface ContextEntries {
  cluster: { server: string; 'certificate-authority-data': string }
  user: { 'client-certificate-data': string; 'client-key-data': string }
}

export function serverURL(config: ClusterConfig): string {
  return `https://127.0.0.1:${config.apiPort}`
}

/** What the administrator needs to reach the cluster, with the certificates inside, so that it works anywhere. */
export async function adminEntries(paths: ClusterPaths, config: ClusterConfig): Promise<ContextEntries> {
  const base64 = async (file: string) => (await readFile(join(paths.pki, file))).toString('base64')
  return {
    cluster: { server: serverURL(config), 'certificate-authority-data': await base64('ca.crt') },
    user: {
      'client-certificate-data': await base64(`${adminIdentity}.crt`),
      'client-key-data': await base64(`${adminIdentity}.key`),
    },
  }
}

/** The kubeconfig of one context, as an object. */
export function kubeconfigOf(name: string, cluster: object, user: object): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  }
}

/**
 * Writes a kubeconfig for each component, which points at the certificates' files. They are JSON, which is YAML too:
 * a component need not load a YAML parser to start.
 */
export async function writeComponentKubeconfigs(paths: ClusterPaths, config: ClusterConfig): Promise<void> {
  const file = (name: string) => join(paths.pki, name)
  const cluster = { server: serverURL(config), 'certificate-authority': file('ca.crt') }
  const identities = ['controller-manager', 'scheduler', 'service-router', ...config.nodes.map(nodeIdentity)]
  for (const identity of identities) {
    const user = { 'client-certificate': file(`${identity}.crt`), 'client-key': file(`${identity}.key`) }
    await write(join(paths.kubeconfigs, `${identity}.yaml`), kubeconfigOf(contextName(config.name), cluster, user))
  }
  const admin = await adminEntries(paths, config)
  await write(
    join(paths.kubeconfigs, `${adminIdentity}.yaml`),
    kubeconfigOf(contextName(config.name), admin.cluster, admin.user),
  )
}

async function write(path: string, kubeconfig: object): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  await writeFile(temporary, `${JSON.stringify(kubeconfig, null, 2)}\n`, { mode: 0o600 })
  await rename(temporary, path)
}
