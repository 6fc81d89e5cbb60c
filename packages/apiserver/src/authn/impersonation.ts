import type { IncomingMessage } from 'node:http'
import { badRequest } from '@wherry/apimachinery'
import { type Authorizer, forbiddenError, resourceAttributes } from '../authz/authorizer.ts'
import type { UserInfo } from '../registry/resource.ts'
import { allAuthenticated, anonymous, serviceAccountGroups } from './user-info.ts'

/** One list a header: `headers` would join several groups into one text. */
type Headers = IncomingMessage['headersDistinct']

const extraPrefix = 'impersonate-extra-'

/**
 * The user that a request acts as: the one who authenticated, or whom the Impersonate-* headers name, each of which
 * needs the verb `impersonate`. Throws 403 without it (upstream `endpoints/filters/impersonation.go`).
 */
export function impersonatedUser(user: UserInfo, headers: Headers, authorizer: Authorizer): UserInfo {
  const name = headers['impersonate-user']?.[0] || undefined
  const groups = headers['impersonate-group'] ?? []
  const uid = headers['impersonate-uid']?.[0] || undefined
  const extra = extraOf(headers)
  if (name === undefined) {
    if (groups.length === 0 && uid === undefined && Object.keys(extra).length === 0) return user
    throw badRequest(`requested [${groups.map((group) => `group ${group}`).join(' ')}] without impersonating a user`)
  }
  const may = (
    resource: string,
    asked: string,
    more: { apiGroup?: string; namespace?: string; subresource?: string },
  ) => {
    const attributes = resourceAttributes({ verb: 'impersonate', resource, name: asked, ...more })
    const decision = authorizer.authorize(user, attributes)
    if (!decision.allowed) throw forbiddenError(user, attributes, decision.reason)
  }
  const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name) ?? []
  if (namespace !== undefined && account !== undefined) may('serviceaccounts', account, { namespace })
  else may('users', name, {})
  for (const group of groups) may('groups', group, {})
  const authentication = { apiGroup: 'authentication.k8s.io' }
  for (const [key, values] of Object.entries(extra)) {
    for (const value of values) may('userextras', value, { ...authentication, subresource: key })
  }
  if (uid !== undefined) may('uids', uid, authentication)
  return {
    name,
    groups: impersonatedGroups(name, groups, namespace),
    ...(uid === undefined ? {} : { uid }),
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  }
}

function impersonatedGroups(name: string, groups: readonly string[], namespace: string | undefined): string[] {
  const all = groups.length === 0 && namespace !== undefined ? serviceAccountGroups(namespace) : [...groups]
  if (name !== anonymous.name) return all.includes(allAuthenticated) ? all : [...all, allAuthenticated]
  return all.includes('system:unauthenticated') ? all : [...all, 'system:unauthenticated']
}

function extraOf(headers: Headers): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([header, value = []]): [string, string[]][] =>
      header.startsWith(extraPrefix) ? [[unescaped(header.slice(extraPrefix.length)), [...value]]] : [],
    ),
  )
}

/** As upstream's `unescapeExtraKey`: what is no escape stands for itself. */
function unescaped(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}
