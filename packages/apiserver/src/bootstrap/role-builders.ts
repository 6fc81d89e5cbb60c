import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding } from '@wherry/api'

type Subject = NonNullable<RoleBinding['subjects']>[number]

const rbacGroup = 'rbac.authorization.k8s.io'
const apiVersion = `${rbacGroup}/v1`

/** Marks what the server made itself, and may bring up to date. */
function metadata(name: string, labels: Readonly<Record<string, string>> = {}, namespace?: string) {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
  }
}

export function role(
  name: string,
  rules: readonly PolicyRule[],
  labels?: Readonly<Record<string, string>>,
): ClusterRole {
  return { apiVersion, kind: 'ClusterRole', metadata: metadata(name, labels), rules: [...rules] }
}

/** A role that holds the rules of all roles with a label; a controller writes them into it. */
export function aggregate(name: string, label: string, labels?: Readonly<Record<string, string>>): ClusterRole {
  const selector = { matchLabels: { [`rbac.authorization.k8s.io/${label}`]: 'true' } }
  return { ...role(name, [], labels), aggregationRule: { clusterRoleSelectors: [selector] } }
}

export function binding(name: string, subjects: readonly Subject[]): ClusterRoleBinding {
  return {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: metadata(name),
    ...(subjects.length > 0 ? { subjects: [...subjects] } : {}),
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name },
  }
}

export function namespaceRole(namespace: string, name: string, rules: readonly PolicyRule[]): Role {
  return { apiVersion, kind: 'Role', metadata: metadata(name, {}, namespace), rules: [...rules] }
}

export function namespaceBinding(
  namespace: string,
  name: string,
  subjects: readonly Subject[],
  roleName = name,
): RoleBinding {
  return {
    apiVersion,
    kind: 'RoleBinding',
    metadata: metadata(name, {}, namespace),
    subjects: [...subjects],
    roleRef: { apiGroup: rbacGroup, kind: 'Role', name: roleName },
  }
}

export const user = (name: string): Subject => ({ apiGroup: rbacGroup, kind: 'User', name })
export const group = (name: string): Subject => ({ apiGroup: rbacGroup, kind: 'Group', name })
export const serviceAccount = (namespace: string, name: string): Subject => ({
  kind: 'ServiceAccount',
  name,
  namespace,
})
