import {
  ClusterRole,
  ClusterRoleBinding,
  type Kind,
  type KubeObject,
  type PolicyRule,
  Role,
  RoleBinding,
} from '@wherry/api'
import { type DeepReadonly, deepClone, deepEqual } from '@wherry/apimachinery'
import { aggregatedRules } from '@wherry/component-helpers'
import { serverUser } from '../authn/user-info.ts'
import { compactRules, uncoveredRules } from '../authz/policy-rules.ts'
import type { Behaviours } from '../registry/behaviours.ts'
import { clusterRoleBindings, clusterRoles } from './cluster-roles.ts'
import { controllerRoleBindings, controllerRoles } from './controller-roles.ts'
import { namespaceRoleBindings, namespaceRoles } from './namespace-roles.ts'

const autoUpdate = 'rbac.authorization.kubernetes.io/autoupdate'

type Bound = ClusterRoleBinding | RoleBinding

/** Roles and bindings of the whole cluster: none of them needs a namespace. */
export function ensureClusterRoles(behaviours: Behaviours): Promise<unknown> {
  return Promise.all([
    ...[...clusterRoles, ...controllerRoles].map((wanted) =>
      wanted.aggregationRule ? ensureAggregatedRole(behaviours, wanted) : ensureRole(behaviours, ClusterRole, wanted),
    ),
    ...[...clusterRoleBindings, ...controllerRoleBindings].map((wanted) =>
      ensureBinding(behaviours, ClusterRoleBinding, wanted),
    ),
  ])
}

/** Roles and bindings in kube-system and kube-public, which must exist. */
export function ensureNamespaceRoles(behaviours: Behaviours): Promise<unknown> {
  return Promise.all([
    ...namespaceRoles.map((wanted) => ensureRole(behaviours, Role, wanted)),
    ...namespaceRoleBindings.map((wanted) => ensureBinding(behaviours, RoleBinding, wanted)),
  ])
}

/**
 * An aggregated role begins with the rules that its selectors find among ours, so that `admin` works at once; from
 * then on a controller keeps them.
 */
async function ensureAggregatedRole(behaviours: Behaviours, role: ClusterRole): Promise<void> {
  const store = behaviours.store(ClusterRole)
  if (store.get(keyOf(role))) return
  await store.create({ ...deepClone<ClusterRole>(role), rules: settledRules(role) }, { user: serverUser })
}

/** As the controller will leave them: parts that are made of parts themselves are written first. */
function settledRules(role: ClusterRole): PolicyRule[] {
  let settled: readonly ClusterRole[] = clusterRoles
  for (let depth = 0; depth < maxDepth; depth++) {
    const before = settled
    settled = before.map((one) => (one.aggregationRule ? { ...one, rules: aggregatedRules(one, before) ?? [] } : one))
  }
  return settled.find(({ metadata }) => metadata.name === role.metadata.name)?.rules ?? []
}

/** `admin` is made of `edit`, which is made of `view`, which is made of roles. */
const maxDepth = 3

/** Creates a role, or adds what an older release of it lacks; what an administrator has added stays. */
async function ensureRole<T extends KubeObject & { rules?: PolicyRule[] }>(
  behaviours: Behaviours,
  kind: Kind<T>,
  wanted: T,
): Promise<void> {
  const existing = await createOrGet(behaviours, kind, wanted)
  const own = existing?.rules
  // Nearly always all is as we made it, in the same order.
  if (!existing || (wanted.rules ?? []).every((rule, i) => deepEqual(own?.[i], rule))) return
  const missing = uncoveredRules(existing.rules ?? [], wanted.rules ?? [])
  if (missing.length === 0) return
  const change = (role: T) => {
    role.rules = [...(role.rules ?? []), ...compactRules(missing)]
  }
  await behaviours.store(kind).update(keyOf(wanted), change, { user: serverUser })
}

async function ensureBinding<T extends Bound>(behaviours: Behaviours, kind: Kind<T>, wanted: T): Promise<void> {
  const existing = await createOrGet(behaviours, kind, wanted)
  const missing = (wanted.subjects ?? []).filter((one) => !existing?.subjects?.some((own) => deepEqual(own, one)))
  if (!existing || missing.length === 0) return
  const change = (binding: T) => {
    binding.subjects = [...(binding.subjects ?? []), ...missing]
  }
  await behaviours.store(kind).update(keyOf(wanted), change, { user: serverUser })
}

/** The object that is there and that we may bring up to date; undefined when it was created, or is not ours. */
async function createOrGet<T extends KubeObject>(
  behaviours: Behaviours,
  kind: Kind<T>,
  wanted: T,
): Promise<DeepReadonly<T> | undefined> {
  const store = behaviours.store(kind)
  const existing = store.get(keyOf(wanted))
  if (!existing) {
    await store.create(deepClone<T>(wanted), { user: serverUser })
    return undefined
  }
  return existing.metadata.annotations?.[autoUpdate] === 'true' ? existing : undefined
}

function keyOf({ metadata }: KubeObject) {
  return { namespace: metadata.namespace, name: metadata.name ?? '' }
}
