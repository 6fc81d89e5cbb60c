import type { PolicyRule, RoleBinding } from '@wherry/api'
import { formatFieldError } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { clusterRoleBindings } from './cluster-role-binding.ts'
import { clusterRoles } from './cluster-role.ts'
import { roleBindings } from './role-binding.ts'
import { roles } from './role.ts'

const group = 'rbac.authorization.k8s.io'
const binding = (given: Partial<RoleBinding>): RoleBinding => {
  const full: RoleBinding = { metadata: { name: 'b' }, roleRef: { kind: 'Role', name: 'r' }, ...given }
  roleBindings.setDefaults?.(full)
  return full
}

describe('a role', () => {
  it.each<{ name: string; rule: PolicyRule; want: string[] }>([
    {
      name: 'says what may be done',
      rule: { verbs: [], apiGroups: [''], resources: ['pods'] },
      want: ['rules[0].verbs: Required value: verbs must contain at least one value'],
    },
    {
      name: 'says with what',
      rule: { verbs: ['get'] },
      want: [
        'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
        'rules[0].resources: Required value: resource rules must supply at least one resource',
      ],
    },
    {
      name: 'of a namespace has no say outside',
      rule: { verbs: ['get'], nonResourceURLs: ['/healthz'] },
      want: [
        'rules[0].nonResourceURLs: Invalid value: ["/healthz"]: namespaced rules cannot apply to non-resource URLs',
      ],
    },
  ])('$name', ({ rule, want }) => {
    expect((roles.validate?.({ metadata: {}, rules: [rule] }) ?? []).map(formatFieldError)).toEqual(want)
  })

  it('of the cluster may speak of paths, but not of both', () => {
    const rule = { verbs: ['get'], nonResourceURLs: ['/healthz'] }
    expect(clusterRoles.validate?.({ metadata: {}, rules: [rule] })).toEqual([])
    const mixed = { ...rule, resources: ['pods'] }
    expect((clusterRoles.validate?.({ metadata: {}, rules: [mixed] }) ?? []).map(formatFieldError)).toEqual([
      'rules[0].nonResourceURLs: Invalid value: ["/healthz"]: rules cannot apply to both regular resources and non-resource URLs',
    ])
  })
})

describe('a binding', () => {
  it('fills in the API groups', () => {
    const subjects = [
      { kind: 'User', name: 'u' },
      { kind: 'ServiceAccount', name: 's', namespace: 'n' },
    ]
    expect(binding({ subjects })).toMatchObject({
      roleRef: { apiGroup: group },
      subjects: [{ apiGroup: group }, { kind: 'ServiceAccount', name: 's', namespace: 'n' }],
    })
  })

  it.each<{ name: string; given: Partial<RoleBinding>; want: string[] }>([
    { name: 'is valid', given: { subjects: [{ kind: 'User', name: 'u' }] }, want: [] },
    { name: 'names a role', given: { roleRef: { kind: 'Role', name: '' } }, want: ['roleRef.name: Required value'] },
    {
      name: 'names a role of a known kind',
      given: { roleRef: { kind: 'Group', name: 'r' } },
      want: ['roleRef.kind: Unsupported value: "Group": supported values: "Role", "ClusterRole"'],
    },
    {
      name: 'names subjects of known kinds',
      given: { subjects: [{ kind: 'Robot', name: 'x' }] },
      want: ['subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"'],
    },
  ])('$name', ({ given, want }) => {
    expect((roleBindings.validate?.(binding(given)) ?? []).map(formatFieldError)).toEqual(want)
  })

  it('of the cluster gives no role of a namespace, and says where accounts live', () => {
    const subjects = [{ kind: 'ServiceAccount', name: 's' }]
    expect((clusterRoleBindings.validate?.(binding({ subjects })) ?? []).map(formatFieldError)).toEqual([
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
      'subjects[0].namespace: Required value',
    ])
  })

  it('keeps its role', () => {
    const errors = roleBindings.validateUpdate?.(binding({}), binding({ roleRef: { kind: 'Role', name: 'other' } }))
    expect(errors?.map(({ field, detail }) => `${field}: ${detail}`)).toEqual(['roleRef: cannot change roleRef'])
  })

  it('shows who is bound', () => {
    const subjects = [
      { kind: 'User', name: 'a' },
      { kind: 'User', name: 'b' },
      { kind: 'ServiceAccount', name: 's', namespace: 'n' },
    ]
    const cells = roleBindings.columns?.map((column) => column.value(binding({ subjects }), 0))
    expect([cells?.[1], ...(cells?.slice(3) ?? [])]).toEqual(['Role/r', 'a, b', '', 'n/s'])
  })
})
