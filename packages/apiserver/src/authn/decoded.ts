import type { Kind, KubeObject } from '@wherry/api'
import { badRequest } from '@wherry/apimachinery'

/**
 * The body of a request as the type that its decoder has checked it against. Throws 400 for a body of another kind: a
 * client may send any object to any path.
 */
export function decoded<T extends KubeObject>(kind: Pick<Kind, 'group' | 'version' | 'kind'>, body: unknown): T {
  if (isDecoded<T>(kind, body)) return body
  throw badRequest(`not a ${kind.kind}: ${JSON.stringify(body)?.slice(0, 100)}`)
}

function isDecoded<T extends KubeObject>(kind: Pick<Kind, 'kind'>, body: unknown): body is T {
  if (typeof body !== 'object' || body === null) return false
  return !('kind' in body) || body.kind === undefined || body.kind === '' || body.kind === kind.kind
}
