import type { ClusterRole, ClusterRoleBinding, KubeObject, Role, RoleBinding } from '@wherry/api'
import { type DeepReadonly, deepEqual, forbidden, goQuote } from '@wherry/apimachinery'
import type { AdmissionAttributes, AdmissionPlugin } from '../admission/admission.ts'
import type { Behaviours } from '../registry/behaviours.ts'
import type { UserInfo } from '../registry/resource.ts'
import { resourceAttributes } from './attributes.ts'
import { type Authorizer, privilegedGroup } from './authorizer.ts'
import { compactRules, quotedList, type Rule, ruleText, uncoveredRules } from './policy-rules.ts'
import { ruleIndexOf } from './rule-index.ts'

const rbacGroup = 'rbac.authorization.k8s.io'

/** What a role with an aggregation rule may come to hold. */
const everything: readonly Rule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]

/**
 * Refuses roles and bindings that grant more than their writer holds, unless the verbs `escalate` or `bind` allow it
 * (upstream `pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}/policybased`).
 */
export function newEscalationCheck(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'RBACEscalation',
    async validate(attributes, behaviours) {
      const { resource, subresource, operation, object, old, user } = attributes
      if (resource.group !== rbacGroup || subresource !== '') return
      if (object === undefined || (operation !== 'CREATE' && operation !== 'UPDATE')) return
      if (user.groups.includes(privilegedGroup) || (old && onlyFreesForCollection(object, old))) return
      if (isRole(object)) checkRole(object, attributes, authorizer, behaviours)
      else if (isBinding(object)) checkBinding(object, attributes, authorizer, behaviours)
    },
  }
}

function isRole(object: KubeObject): object is Role & Partial<Pick<ClusterRole, 'aggregationRule'>> {
  return object.kind === 'Role' || object.kind === 'ClusterRole'
}

function isBinding(object: KubeObject): object is RoleBinding | ClusterRoleBinding {
  return object.kind === 'RoleBinding' || object.kind === 'ClusterRoleBinding'
}

/** Garbage collection may always drop owners and finalizers. */
function onlyFreesForCollection(object: KubeObject, old: DeepReadonly<KubeObject>): boolean {
  const strip = ({ metadata, ...rest }: DeepReadonly<KubeObject>) => {
    const { ownerReferences, finalizers, managedFields, resourceVersion, ...kept } = metadata
    return { ...rest, metadata: kept }
  }
  return !deepEqual(object.metadata, old.metadata) && deepEqual(strip(object), strip(old))
}

function checkRole(
  role: Role & Partial<Pick<ClusterRole, 'aggregationRule'>>,
  { resource, name, namespace, user }: AdmissionAttributes,
  authorizer: Authorizer,
  behaviours: Behaviours,
): void {
  const ask = { apiGroup: rbacGroup, resource: resource.resource, name, namespace: namespace ?? '' }
  if (authorizer.authorize(user, resourceAttributes({ ...ask, verb: 'escalate' })).allowed) return
  const target = { group: rbacGroup, resource: resource.resource }
  const problem = escalation(user, namespace ?? '', role.rules ?? [], behaviours)
  if (problem) throw forbidden(target, name, problem)
  if (!role.aggregationRule?.clusterRoleSelectors?.length) return
  if (escalation(user, '', everything, behaviours)) {
    throw forbidden(target, name, 'must have cluster-admin privileges to use an aggregationRule')
  }
}

function checkBinding(
  { roleRef }: RoleBinding | ClusterRoleBinding,
  { resource, name, namespace, user }: AdmissionAttributes,
  authorizer: Authorizer,
  behaviours: Behaviours,
): void {
  const role = roleRef.kind === 'ClusterRole' ? 'clusterroles' : 'roles'
  const ask = { apiGroup: roleRef.apiGroup, resource: role, name: roleRef.name, namespace: namespace ?? '' }
  if (authorizer.authorize(user, resourceAttributes({ ...ask, verb: 'bind' })).allowed) return
  const wanted = ruleIndexOf(behaviours).rulesOf(roleRef, namespace ?? '')
  const problem = escalation(user, namespace ?? '', wanted, behaviours)
  if (!problem) return
  throw forbidden({ group: rbacGroup, resource: resource.resource }, name, problem)
}

/** Why the user may not grant these rules, or undefined. */
function escalation(user: UserInfo, namespace: string, wanted: readonly Rule[], behaviours: Behaviours) {
  const held = [...ruleIndexOf(behaviours).grants(user, namespace)].flatMap((grant) => grant.rules)
  const missing = uncoveredRules(held, wanted)
  if (missing.length === 0) return undefined
  const texts = compactRules(missing).map(ruleText).sort()
  const who = `user ${goQuote(user.name)} (groups=${quotedList(user.groups)})`
  return `${who} is attempting to grant RBAC permissions not currently held:\n${texts.join('\n')}`
}
