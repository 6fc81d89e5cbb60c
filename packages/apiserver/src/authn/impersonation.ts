import type { IncomingMessage } from 'node:http'
import { badRequest } from '@wherry/apimachinery'
import type { AuthorizationAttributes, Authorizer } from '../authz/authorizer.ts'
import type { UserInfo } from '../registry/resource.ts'
import { impersonationModes } from './impersonation-modes.ts'
import { unescapeKey } from './request-header.ts'

/** One list a header: `headers` would join several groups into one text. */
type Headers = IncomingMessage['headersDistinct']

const extraPrefix = 'impersonate-extra-'

/**
 * The user that a request acts as: the one who authenticated, or whom the Impersonate-* headers name. What the request
 * wants counts, too: whom one may impersonate may depend on it. Each way of being allowed is tried; throws the 403 of the
 * first that applies when none allows it (upstream `endpoints/filters/impersonation`, KEP-5284).
 */
export function impersonatedUser(
  user: UserInfo,
  headers: Headers,
  attributes: AuthorizationAttributes,
  authorizer: Authorizer,
): UserInfo {
  const wanted = wantedUser(headers)
  if (!wanted) return user
  let refusal: unknown
  for (const mode of impersonationModes) {
    if (!mode.applies(wanted, user)) continue
    try {
      return mode.impersonate({ user, wanted, attributes, authorizer })
    } catch (error) {
      refusal ??= error
    }
  }
  throw refusal
}

/** Whom the headers name, as they stand; 400 for headers that name no user. */
function wantedUser(headers: Headers): UserInfo | undefined {
  const name = headers['impersonate-user']?.[0] ?? ''
  const uid = headers['impersonate-uid']?.[0] ?? ''
  const groups = headers['impersonate-group'] ?? []
  const extra = extraOf(headers)
  if (name !== '') {
    return {
      name,
      groups,
      ...(uid === '' ? {} : { uid }),
      ...(Object.keys(extra).length > 0 ? { extra } : {}),
    }
  }
  if (groups.length === 0 && uid === '' && Object.keys(extra).length === 0) return undefined
  throw badRequest(`requested ${goStruct(uid, groups, extra)} without impersonating a user name`)
}

/** As Go prints a `user.DefaultInfo` with `%#v`. */
function goStruct(uid: string, groups: readonly string[], extra: Readonly<Record<string, readonly string[]>>): string {
  const list = (values: readonly string[]) => `[]string{${values.map((value) => JSON.stringify(value)).join(', ')}}`
  const keys = Object.keys(extra).sort()
  const map = `map[string][]string{${keys.map((key) => `${JSON.stringify(key)}:${list(extra[key] ?? []).slice(8)}`).join(', ')}}`
  const parts = [
    'Name:""',
    `UID:${JSON.stringify(uid)}`,
    `Groups:${groups.length === 0 ? '[]string(nil)' : list(groups)}`,
    `Extra:${keys.length === 0 ? 'map[string][]string(nil)' : map}`,
  ]
  return `&user.DefaultInfo{${parts.join(', ')}}`
}

function extraOf(headers: Headers): Record<string, string[]> {
  const extra: Record<string, string[]> = {}
  for (const [header, values = []] of Object.entries(headers)) {
    if (!header.startsWith(extraPrefix)) continue
    const key = unescapeKey(header.slice(extraPrefix.length))
    extra[key] = [...(extra[key] ?? []), ...values]
  }
  return extra
}
