import type { RbacV1Subject } from '@wherry/api'
import { CommandError } from '../errors.ts'

const apiGroup = 'rbac.authorization.k8s.io'

export interface SubjectFlags {
  readonly user: readonly string[]
  readonly group: readonly string[]
  readonly serviceaccount: readonly string[]
}

/** The subjects of a binding, users first, then groups and service accounts. */
export function subjectsOf({ user, group, serviceaccount }: SubjectFlags): RbacV1Subject[] {
  return [
    ...user.map((name) => ({ kind: 'User', apiGroup, name })),
    ...group.map((name) => ({ kind: 'Group', apiGroup, name })),
    ...serviceaccount.map((text) => {
      const [namespace = '', name = '', ...rest] = text.split(':')
      if (namespace === '' || name === '' || rest.length > 0) {
        throw new CommandError('serviceaccount must be <namespace>:<name>')
      }
      return { kind: 'ServiceAccount', name, namespace }
    }),
  ]
}
