import type { PolicyRule, RbacV1Subject, RoleRef } from '@wherry/api'
import {
  type DeepReadonly,
  deepEqual,
  type FieldError,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isDNS1123Subdomain,
  isPathSegmentName,
} from '@wherry/apimachinery'

export const rbacGroup = 'rbac.authorization.k8s.io'

/** As pkg/apis/rbac/validation `ValidatePolicyRule`, for each rule. */
export function validateRules(rules: DeepReadonly<PolicyRule[]> | undefined, namespaced: boolean): FieldError[] {
  return (rules ?? []).flatMap((rule, i) => validateRule(rule, namespaced, `rules[${i}]`))
}

function validateRule(rule: DeepReadonly<PolicyRule>, namespaced: boolean, field: string): FieldError[] {
  const { verbs = [], nonResourceURLs = [], apiGroups = [], resources = [], resourceNames = [] } = rule
  const errors: FieldError[] = []
  if (verbs.length === 0) errors.push(fieldRequired(`${field}.verbs`, 'verbs must contain at least one value'))
  if (nonResourceURLs.length > 0) {
    const at = `${field}.nonResourceURLs`
    if (namespaced) {
      errors.push(fieldInvalid(at, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'))
    }
    if (apiGroups.length > 0 || resources.length > 0 || resourceNames.length > 0) {
      const detail = 'rules cannot apply to both regular resources and non-resource URLs'
      errors.push(fieldInvalid(at, nonResourceURLs, detail))
    }
    return errors
  }
  if (apiGroups.length === 0) {
    errors.push(fieldRequired(`${field}.apiGroups`, 'resource rules must supply at least one api group'))
  }
  if (resources.length === 0) {
    errors.push(fieldRequired(`${field}.resources`, 'resource rules must supply at least one resource'))
  }
  return errors
}

/** A binding's role and subjects; only a RoleBinding may name a Role. */
export function validateBinding(
  binding: { readonly roleRef: DeepReadonly<RoleRef>; readonly subjects?: DeepReadonly<RbacV1Subject[]> },
  namespaced: boolean,
): FieldError[] {
  const { apiGroup, kind, name } = binding.roleRef ?? {}
  const errors: FieldError[] = []
  if (apiGroup !== rbacGroup) errors.push(fieldNotSupported('roleRef.apiGroup', apiGroup ?? '', [rbacGroup]))
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']
  if (!kinds.includes(kind)) errors.push(fieldNotSupported('roleRef.kind', kind ?? '', kinds))
  if (!name) errors.push(fieldRequired('roleRef.name'))
  else errors.push(...isPathSegmentName(name).map((detail) => fieldInvalid('roleRef.name', name, detail)))
  const subjects = binding.subjects ?? []
  return [...errors, ...subjects.flatMap((subject, i) => validateSubject(subject, namespaced, `subjects[${i}]`))]
}

export function validateRoleRefUpdate(roleRef: DeepReadonly<RoleRef>, old: DeepReadonly<RoleRef>): FieldError[] {
  return deepEqual(roleRef, old) ? [] : [fieldInvalid('roleRef', roleRef, 'cannot change roleRef')]
}

function validateSubject(subject: DeepReadonly<RbacV1Subject>, namespaced: boolean, field: string): FieldError[] {
  const { kind, name, apiGroup = '', namespace } = subject
  const errors: FieldError[] = []
  if (!name) errors.push(fieldRequired(`${field}.name`))
  switch (kind) {
    case 'ServiceAccount':
      if (name) errors.push(...isDNS1123Subdomain(name).map((d) => fieldInvalid(`${field}.name`, name, d)))
      if (apiGroup !== '') errors.push(fieldNotSupported(`${field}.apiGroup`, apiGroup, ['']))
      if (!namespaced && !namespace) errors.push(fieldRequired(`${field}.namespace`))
      return errors
    case 'User':
    case 'Group':
      if (apiGroup !== rbacGroup) errors.push(fieldNotSupported(`${field}.apiGroup`, apiGroup, [rbacGroup]))
      return errors
    default:
      return [...errors, fieldNotSupported(`${field}.kind`, kind ?? '', ['ServiceAccount', 'User', 'Group'])]
  }
}
