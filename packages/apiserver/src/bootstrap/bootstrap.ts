import { ConfigMap, Namespace, PriorityClass } from '@wherry/api'
import type { RequestHeaderOptions } from '../authn/request-header.ts'
import { serverUser } from '../authn/user-info.ts'
import type { Behaviours } from '../registry/behaviours.ts'
import { ensureFlowObjects } from './flow-objects.ts'
import { ensureClusterRoles, ensureNamespaceRoles } from './roles.ts'
import { ensureServerEndpoints, type ServerAddress } from './server-endpoints.ts'
import { ensureServiceCIDR } from './service-addresses.ts'

export interface BootstrapOptions extends ServerAddress {
  /** The CA of client certificates in PEM: extension API servers read it from a config map in kube-system. */
  readonly clientCA?: string
  /** The proxies that say whom they ask for: extension API servers believe this server in the same way. */
  readonly requestHeader?: RequestHeaderOptions | undefined
}

const options = { user: serverUser }
const systemNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

/** Above every priority that a user may give (upstream `pkg/apis/scheduling/v1/helpers.go`). */
const systemPriorities = [
  {
    name: 'system-node-critical',
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
  {
    name: 'system-cluster-critical',
    value: 2_000_000_000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
]

/**
 * Makes what every cluster has: the system namespaces, RBAC roles and bindings, system priorities, flow schemas and
 * priority levels, the Service range, and the `kubernetes` Service with this server behind it. What is there already is only read; what is missing is
 * written at once, so that storage commits it together.
 */
export async function ensureBootstrapObjects(behaviours: Behaviours, server: BootstrapOptions): Promise<void> {
  await Promise.all([
    ...systemNamespaces.map((name) => ensureNamespace(behaviours, name)),
    ...systemPriorities.map((priority) => ensurePriorityClass(behaviours, priority)),
    ensureClusterRoles(behaviours),
    ensureFlowObjects(behaviours),
    ensureServiceCIDR(behaviours),
  ])
  await Promise.all([
    ensureNamespaceRoles(behaviours),
    ensureServerEndpoints(behaviours, server),
    ensureAuthenticationTrust(behaviours, server),
  ])
}

async function ensureNamespace(behaviours: Behaviours, name: string): Promise<void> {
  const store = behaviours.store(Namespace)
  if (store.get({ name })) return
  await store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, options)
}

async function ensurePriorityClass(behaviours: Behaviours, { name, value, description }: (typeof systemPriorities)[0]) {
  const store = behaviours.store(PriorityClass)
  if (store.get({ name })) return
  const apiVersion = 'scheduling.k8s.io/v1'
  await store.create({ apiVersion, kind: 'PriorityClass', metadata: { name }, value, description }, options)
}

/** As upstream `pkg/controlplane/controller/clusterauthenticationtrust`. */
async function ensureAuthenticationTrust(behaviours: Behaviours, server: BootstrapOptions): Promise<void> {
  const data = trustOf(server)
  if (Object.keys(data).length === 0) return
  const store = behaviours.store(ConfigMap)
  const key = { namespace: 'kube-system', name: 'extension-apiserver-authentication' }
  const existing = store.get(key)
  if (!existing) {
    await store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: key, data }, options)
  } else if (Object.entries(data).some(([name, value]) => existing.data?.[name] !== value)) {
    const change = (map: ConfigMap) => {
      map.data = { ...map.data, ...data }
    }
    await store.update(key, change, options)
  }
}

function trustOf({ clientCA, requestHeader: proxy }: BootstrapOptions): Record<string, string> {
  return {
    ...(clientCA === undefined ? {} : { 'client-ca-file': clientCA }),
    ...(proxy && {
      'requestheader-allowed-names': JSON.stringify(proxy.allowedNames),
      'requestheader-client-ca-file': proxy.clientCA,
      'requestheader-extra-headers-prefix': JSON.stringify(proxy.extraHeadersPrefix),
      'requestheader-group-headers': JSON.stringify(proxy.groupHeaders),
      ...(proxy.uidHeaders.length > 0 ? { 'requestheader-uid-headers': JSON.stringify(proxy.uidHeaders) } : {}),
      'requestheader-username-headers': JSON.stringify(proxy.usernameHeaders),
    }),
  }
}
