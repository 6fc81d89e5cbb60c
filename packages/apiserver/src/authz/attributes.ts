import { forbidden, goQuote, type StatusError } from '@wherry/apimachinery'
import type { UserInfo } from '../registry/resource.ts'

/** What a request wants, as the authorizer sees it. */
export interface AuthorizationAttributes {
  /** `get`, `list`, `watch`, `create`, …; for other paths the HTTP method in lower case. */
  readonly verb: string
  readonly path: string
  /** False for paths outside /api and /apis, and for discovery. */
  readonly resourceRequest: boolean
  readonly apiGroup: string
  readonly apiVersion: string
  readonly resource: string
  /** Empty for the resource itself. */
  readonly subresource: string
  readonly name: string
  readonly namespace: string
  /** Of a request for several objects: which of them are meant. */
  readonly fieldSelector?: string
}

const nothing: AuthorizationAttributes = {
  verb: '',
  path: '',
  resourceRequest: false,
  apiGroup: '',
  apiVersion: '',
  resource: '',
  subresource: '',
  name: '',
  namespace: '',
}

/** Attributes of a request for a resource; what is not told is empty. */
export function resourceAttributes(
  attributes: Partial<Omit<AuthorizationAttributes, 'path' | 'resourceRequest'>>,
): AuthorizationAttributes {
  return { ...nothing, ...attributes, resourceRequest: true }
}

/** Attributes of a request for another path. */
export function pathAttributes(verb: string, path: string): AuthorizationAttributes {
  return { ...nothing, verb, path }
}

/** The 403 of a refused request, in upstream's words (apiserver `responsewriters/errors.go`). */
export function forbiddenError(user: UserInfo, a: AuthorizationAttributes, reason = ''): StatusError {
  const message = escapeHTML(describe(user, a))
  return forbidden(
    { group: a.apiGroup, resource: a.resource },
    a.name,
    reason === '' ? message : `${message}: ${reason}`,
  )
}

function describe(user: UserInfo, a: AuthorizationAttributes): string {
  const who = `User ${goQuote(user.name)} cannot ${a.verb}`
  if (!a.resourceRequest) return `${who} path ${goQuote(a.path)}`
  const resource = a.subresource === '' ? a.resource : `${a.resource}/${a.subresource}`
  const scope = a.namespace === '' ? 'at the cluster scope' : `in the namespace ${goQuote(a.namespace)}`
  return `${who} resource ${goQuote(resource)} in API group ${goQuote(a.apiGroup)} ${scope}`
}

/** The message repeats what the client sent: it must never read as HTML. */
function escapeHTML(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}
