import type { KubeObject, RbacV1Subject, RoleRef } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { Column } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { struct } from '../structs.ts'
import { rbacGroup } from './role-validation.ts'

interface Binding extends KubeObject {
  roleRef: RoleRef
  subjects?: RbacV1Subject[]
}

/** Defaults of what both kinds of binding have. */
export function setBindingDefaults(binding: Binding): void {
  struct(binding, 'roleRef').apiGroup ||= rbacGroup
  for (const subject of binding.subjects ?? []) {
    if (!subject.apiGroup && (subject.kind === 'User' || subject.kind === 'Group')) subject.apiGroup = rbacGroup
  }
}

export const bindingColumns: readonly Column<Binding>[] = [
  nameColumn(),
  { name: 'Role', type: 'string', value: (binding) => `${binding.roleRef.kind}/${binding.roleRef.name}` },
  ageColumn(),
  { name: 'Users', type: 'string', priority: 1, value: (binding) => subjects(binding, 'User') },
  { name: 'Groups', type: 'string', priority: 1, value: (binding) => subjects(binding, 'Group') },
  { name: 'ServiceAccounts', type: 'string', priority: 1, value: (binding) => subjects(binding, 'ServiceAccount') },
]

function subjects(binding: DeepReadonly<Binding>, kind: string): string {
  return (binding.subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
    .join(', ')
}
