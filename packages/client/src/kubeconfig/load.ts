import { readFile } from 'node:fs/promises'
import { type Clock, realClock } from '@wherry/component-base'
import type { ClientConfig } from '../rest/config.ts'
import { proxyFromEnvironment } from './environment-proxy.ts'
import { KubeconfigError } from './errors.ts'
import { execCredentials } from './exec-credentials.ts'
import { type Environment, goFileError, readKubeconfig } from './files.ts'
import { inClusterConfig, inClusterNamespace, isInCluster } from './in-cluster.ts'
import type { ClusterEntry, Kubeconfig, UserEntry } from './kubeconfig.ts'
import { type Overrides, type Selected, select } from './select.ts'
import { tokenFromFile } from './token-file.ts'

export interface LoadOptions extends Overrides {
  /** One file to read in place of `$KUBECONFIG` and the default. */
  path?: string
  timeoutMs?: number
  clock?: Clock
}

export interface LoadedKubeconfig {
  config: ClientConfig
  /** The namespace that commands mean where none is given. */
  namespace: string
  /** Empty where no context was chosen. */
  contextName: string
  /** All files merged. */
  raw: Kubeconfig
}

/**
 * Finds out how to reach a cluster, as kubectl does: from `path`, `$KUBECONFIG` or `~/.kube/config`, else as a pod of a
 * cluster. Throws `KubeconfigError` in kubectl's words.
 */
export async function loadKubeconfig(env: Environment, options: LoadOptions = {}): Promise<LoadedKubeconfig> {
  const { path, timeoutMs, clock = realClock, ...overrides } = options
  const raw = await readKubeconfig(env, path)
  const selected = select(raw, overrides, env)
  const inCluster = await isInCluster(env)
  const namespace =
    selected.context.namespace || (inCluster ? await inClusterNamespace(env, { clock }) : undefined) || 'default'
  const config =
    selected.isDefault && inCluster
      ? { ...(await inClusterConfig(env, { clock })), ...(overrides.token && { token: overrides.token }) }
      : await clientConfig(selected, env, clock)
  return {
    config: { ...config, namespace, ...(timeoutMs && { timeoutMs }) },
    namespace,
    contextName: selected.contextName,
    raw,
  }
}

async function clientConfig({ cluster, user }: Selected, env: Environment, clock: Clock): Promise<ClientConfig> {
  const server = serverURL(cluster.server ?? '')
  const impersonate = user.as && {
    user: user.as,
    ...(user['as-uid'] && { uid: user['as-uid'] }),
    ...(user['as-groups'] && { groups: user['as-groups'] }),
    ...(user['as-user-extra'] && { extra: user['as-user-extra'] }),
  }
  const proxyURL = cluster['proxy-url'] || proxyFromEnvironment(env, server)
  const config = { server, ...(impersonate && { impersonate }), ...(proxyURL && { proxyURL }) }
  // As client-go: credentials are not sent over a connection that anyone can read.
  if (!server.startsWith('https:')) return config
  return { ...config, ...(await trust(cluster)), ...(await identity(cluster, user, env, clock)) }
}

/** As client-go's `DefaultServerURL`: a bare `host:port` is plain HTTP. */
function serverURL(server: string): string {
  const url = /^https?:\/\//.test(server) ? server : `http://${server}`
  if (!URL.canParse(url)) throw new KubeconfigError([`host must be a URL or a host:port pair: "${server}"`])
  return url
}

async function trust(cluster: ClusterEntry): Promise<Partial<ClientConfig>> {
  const ca = await pem(cluster['certificate-authority-data'], cluster['certificate-authority'])
  const insecure = cluster['insecure-skip-tls-verify']
  if (ca && insecure) {
    throw new KubeconfigError(['specifying a root certificates file with the insecure flag is not allowed'])
  }
  return {
    ...(ca && { ca }),
    ...(insecure && { insecureSkipTLSVerify: true }),
    ...(cluster['tls-server-name'] && { tlsServerName: cluster['tls-server-name'] }),
  }
}

async function identity(
  cluster: ClusterEntry,
  user: UserEntry,
  env: Environment,
  clock: Clock,
): Promise<Partial<ClientConfig>> {
  const cert = await pem(user['client-certificate-data'], user['client-certificate'])
  const key = await pem(user['client-key-data'], user['client-key'])
  if (user.tokenFile && !user.token) await read(user.tokenFile)
  const token = user.token || (user.tokenFile && tokenFromFile(user.tokenFile, clock))
  return {
    ...(cert && { cert }),
    ...(key && { key }),
    ...(token && { token }),
    ...(user.username && { username: user.username }),
    ...(user.password && { password: user.password }),
    ...(user.exec && { credentials: execCredentials({ exec: user.exec, cluster, env, clock }) }),
  }
}

async function pem(data: string | undefined, file: string | undefined): Promise<string | undefined> {
  if (data) return Buffer.from(data, 'base64').toString('utf8')
  return file ? read(file) : undefined
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new KubeconfigError([goFileError('open', file, cause)], { cause })
  }
}
