import type { UserInfo } from '../registry/resource.ts'

export const allAuthenticated = 'system:authenticated'
export const credentialIDKey = 'authentication.kubernetes.io/credential-id'

/** Who shows no credentials. */
export const anonymous: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] }

/** Adds system:authenticated, as every user who proved a name has it. */
export function authenticated(user: UserInfo): UserInfo {
  if (user.name === anonymous.name || user.groups.includes(allAuthenticated)) return user
  return { ...user, groups: [...user.groups, allAuthenticated] }
}

/** The server itself: what it writes on its own account, such as bootstrap objects. */
export const serverUser: UserInfo = {
  name: 'system:apiserver',
  groups: ['system:masters', allAuthenticated],
}

export const serviceAccountUserName = (namespace: string, name: string) => `system:serviceaccount:${namespace}:${name}`

export const serviceAccountGroups = (namespace: string) => [
  'system:serviceaccounts',
  `system:serviceaccounts:${namespace}`,
]
