import { InvalidConfiguration, KubeconfigError } from './errors.ts'
import type { Environment } from './files.ts'
import type { ClusterEntry, ContextEntry, Kubeconfig, UserEntry } from './kubeconfig.ts'
import { clusterProblems, userProblems } from './validate.ts'

/** What a command line may say in place of what the kubeconfig says; the names are those of kubectl's flags. */
export interface Overrides {
  context?: string
  cluster?: string
  user?: string
  namespace?: string
  server?: string
  certificateAuthority?: string
  insecureSkipTLSVerify?: boolean
  tlsServerName?: string
  proxyURL?: string
  clientCertificate?: string
  clientKey?: string
  token?: string
  username?: string
  password?: string
  as?: string
  asUid?: string
  asGroups?: string[]
  asUserExtra?: Record<string, string[]>
}

/** The entries that one context and the overrides come to. */
export interface Selected {
  contextName: string
  context: ContextEntry
  cluster: ClusterEntry
  user: UserEntry
  /** Neither the files nor the overrides say anything of a server. */
  isDefault: boolean
}

/**
 * Picks the context's cluster and user and applies the overrides. Throws `KubeconfigError` for names that are not there
 * and `InvalidConfiguration` for entries that contradict themselves. As client-go: `DirectClientConfig`.
 */
export function select(config: Kubeconfig, overrides: Overrides, env: Environment): Selected {
  const contextName = overrides.context || config['current-context']
  const named = config.contexts.find(({ name }) => name === contextName)
  if (overrides.context && !named) throw new KubeconfigError([`context "${contextName}" does not exist`])
  const context = {
    ...named?.context,
    ...given({ cluster: overrides.cluster, user: overrides.user, namespace: overrides.namespace }),
  }
  const found = config.users.find(({ name }) => name === context.user)
  if (overrides.user && !found) throw new KubeconfigError([`auth info "${overrides.user}" does not exist`])
  const user = withUserOverrides({ ...found?.user }, overrides)
  const target = config.clusters.find(({ name }) => name === context.cluster)
  if (overrides.cluster && !target) throw new KubeconfigError([`cluster "${overrides.cluster}" does not exist`])
  const cluster = withClusterOverrides({ server: defaultServer(env), ...given({ ...target?.cluster }) }, overrides)
  const problems = [
    ...(contextName && !named ? [`context was not found for specified context: ${contextName}`] : []),
    ...userProblems(context.user ?? '', user),
    ...clusterProblems(context.cluster ?? '', cluster),
  ]
  if (problems.length > 0) throw new InvalidConfiguration(problems)
  return { contextName, context, cluster, user, isDefault: !target && !overrides.server && !found }
}

/** As kubectl: where nothing says otherwise, the server is the one of long ago. */
function defaultServer(env: Environment): string {
  return env.KUBERNETES_MASTER || 'http://localhost:8080'
}

function withClusterOverrides(cluster: ClusterEntry, overrides: Overrides): ClusterEntry {
  const { server, certificateAuthority, insecureSkipTLSVerify, tlsServerName, proxyURL } = overrides
  const merged: ClusterEntry = { ...cluster, ...given({ server, 'proxy-url': proxyURL }) }
  // One of them given replaces all that the file says of trust; a server given is not known by the file's name.
  if (certificateAuthority || insecureSkipTLSVerify) {
    delete merged['certificate-authority-data']
    merged['certificate-authority'] = certificateAuthority ?? ''
    merged['insecure-skip-tls-verify'] = insecureSkipTLSVerify ?? false
  }
  if (tlsServerName || server) merged['tls-server-name'] = tlsServerName ?? ''
  return merged
}

function withUserOverrides(user: UserEntry, overrides: Overrides): UserEntry {
  const { clientCertificate, clientKey, token, username, password, as, asUid, asGroups, asUserExtra } = overrides
  const merged: UserEntry = {
    ...user,
    ...given({ token, username, password, as, 'as-uid': asUid, 'as-groups': asGroups, 'as-user-extra': asUserExtra }),
  }
  if (clientCertificate) {
    delete merged['client-certificate-data']
    merged['client-certificate'] = clientCertificate
  }
  if (clientKey) {
    delete merged['client-key-data']
    merged['client-key'] = clientKey
  }
  return merged
}

/** The members that say something. */
function given<T extends object>(members: T): Partial<T> {
  const result: Partial<T> = { ...members }
  for (const [key, value] of Object.entries(members)) {
    if (value === undefined || value === '') Reflect.deleteProperty(result, key)
  }
  return result
}
