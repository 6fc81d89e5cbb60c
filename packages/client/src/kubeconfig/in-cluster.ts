import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, realClock } from '@wherry/component-base'
import type { ClientConfig } from '../rest/config.ts'
import { KubeconfigError } from './errors.ts'
import { type Environment, goFileError } from './files.ts'
import { tokenFromFile } from './token-file.ts'

const serviceAccountDir = '/var/run/secrets/kubernetes.io/serviceaccount'

export interface InClusterOptions {
  clock?: Clock
  /** Where the service account's token, CA and namespace are mounted. */
  directory?: string
}

/** Whether this process runs in a pod with a service account. */
export async function isInCluster(env: Environment, { directory = serviceAccountDir }: InClusterOptions = {}) {
  if (!env.KUBERNETES_SERVICE_HOST || !env.KUBERNETES_SERVICE_PORT) return false
  const token = await stat(join(directory, 'token')).catch(() => undefined)
  return token?.isFile() ?? false
}

/** How a pod reaches the API server of its own cluster, as its service account. As client-go's `InClusterConfig`. */
export async function inClusterConfig(env: Environment, options: InClusterOptions = {}): Promise<ClientConfig> {
  const { clock = realClock, directory = serviceAccountDir } = options
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  if (!host || !port) {
    throw new KubeconfigError([
      'unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined',
    ])
  }
  const tokenFile = join(directory, 'token')
  try {
    await readFile(tokenFile)
  } catch (cause) {
    throw new KubeconfigError([goFileError('open', tokenFile, cause)], { cause })
  }
  const ca = await readFile(join(directory, 'ca.crt'), 'utf8').catch(() => undefined)
  const namespace = await inClusterNamespace(env, options)
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ...(ca === undefined ? {} : { ca }),
    token: tokenFromFile(tokenFile, clock),
    namespace,
  }
}

/** `$POD_NAMESPACE`, otherwise the service account's namespace, otherwise `default`. */
export async function inClusterNamespace(
  env: Environment,
  { directory = serviceAccountDir }: InClusterOptions = {},
): Promise<string> {
  if (env.POD_NAMESPACE) return env.POD_NAMESPACE
  const text = await readFile(join(directory, 'namespace'), 'utf8').catch(() => '')
  return text.trim() || 'default'
}
