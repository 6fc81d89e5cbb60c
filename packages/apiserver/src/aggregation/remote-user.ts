import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import type { UserInfo } from '../registry/resource.ts'

const prefix = 'x-remote-'

/** The headers in which this server says who asks. As client-go: `transport.SetAuthProxyHeaders`. */
export function userHeaders({ name, uid, groups, extra = {} }: UserInfo): OutgoingHttpHeaders {
  return {
    'x-remote-user': raw(name),
    ...(uid ? { 'x-remote-uid': raw(uid) } : {}),
    ...(groups.length > 0 ? { 'x-remote-group': groups.map(raw) } : {}),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [`x-remote-extra-${escapeKey(key)}`, values.map(raw)]),
    ),
  }
}

/** Takes out of a request what looks as if this server had said it. */
export function dropUserHeaders(headers: IncomingHttpHeaders): void {
  for (const name of Object.keys(headers)) if (name.startsWith(prefix)) delete headers[name]
}

/** The bytes of a text, which is how Go sends it. */
const raw = (text: string): string => Buffer.from(text).toString('latin1')

/** Percent-encodes what may not stand in a header's name. */
function escapeKey(key: string): string {
  return raw(key).replace(
    /[^A-Za-z0-9!#$&'*+\-.^_`|~]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}
