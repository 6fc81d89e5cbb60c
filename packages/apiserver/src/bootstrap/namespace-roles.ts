import type { Role, RoleBinding } from '@wherry/api'
import { read, recordEvents, rule } from '../authz/rule.ts'
import { namespaceBinding, namespaceRole, serviceAccount, user } from './role-builders.ts'

const system = 'kube-system'
const leases = 'coordination.k8s.io'

/** Roles in kube-system and kube-public (upstream `rbac/bootstrappolicy/namespace_policy.go`). */
export const namespaceRoles: readonly Role[] = [
  namespaceRole(system, 'extension-apiserver-authentication-reader', [
    rule(read, 'core', 'configmaps', 'extension-apiserver-authentication'),
  ]),
  namespaceRole(system, 'system:controller:bootstrap-signer', [rule(read, 'core', 'secrets')]),
  namespaceRole(system, 'system:controller:cloud-provider', [rule('create get list watch', 'core', 'configmaps')]),
  namespaceRole(system, 'system:controller:token-cleaner', [
    rule('delete get list watch', 'core', 'secrets'),
    recordEvents,
  ]),
  namespaceRole(system, 'system::leader-locking-kube-controller-manager', [
    rule('watch', 'core', 'configmaps'),
    rule('get update', 'core', 'configmaps', 'kube-controller-manager'),
    rule('create get list update watch', leases, 'leases'),
  ]),
  namespaceRole(system, 'system::leader-locking-kube-scheduler', [
    rule('watch', 'core', 'configmaps'),
    rule('get update', 'core', 'configmaps', 'kube-scheduler'),
  ]),
  namespaceRole('kube-public', 'system:controller:bootstrap-signer', [
    rule(read, 'core', 'configmaps'),
    rule('update', 'core', 'configmaps', 'cluster-info'),
    recordEvents,
  ]),
]

export const namespaceRoleBindings: readonly RoleBinding[] = [
  namespaceBinding(
    system,
    'system::extension-apiserver-authentication-reader',
    [user('system:kube-controller-manager'), user('system:kube-scheduler')],
    'extension-apiserver-authentication-reader',
  ),
  namespaceBinding(system, 'system::leader-locking-kube-controller-manager', [
    user('system:kube-controller-manager'),
    serviceAccount(system, 'kube-controller-manager'),
  ]),
  namespaceBinding(system, 'system::leader-locking-kube-scheduler', [
    user('system:kube-scheduler'),
    serviceAccount(system, 'kube-scheduler'),
  ]),
  ...['bootstrap-signer', 'cloud-provider', 'token-cleaner'].map((name) =>
    namespaceBinding(system, `system:controller:${name}`, [serviceAccount(system, name)]),
  ),
  namespaceBinding('kube-public', 'system:controller:bootstrap-signer', [serviceAccount(system, 'bootstrap-signer')]),
]
