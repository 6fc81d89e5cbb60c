import { posix } from 'node:path'

export interface Rewriting {
  /** The path of the proxy, which goes before the backend's own paths. */
  readonly prefix: string
  /** Whom the request was sent to by the client, and whom by us. */
  readonly hosts: readonly string[]
}

/**
 * A link of the backend's as a client of the proxy must follow it: paths are put below the proxy's, links to others and
 * relative ones stay (upstream `apimachinery/pkg/util/proxy/transport.go`).
 */
export function rewriteURL(link: string, { prefix, hosts }: Rewriting): string {
  const [, authority, rest = ''] = /^(?:(?:[a-z][a-z0-9+.-]*:)?\/\/([^/?#]*))?(.*)$/is.exec(link) ?? []
  const [, path = '', tail = ''] = /^([^?#]*)(.*)$/s.exec(rest) ?? []
  if (authority !== undefined && authority !== '' && !hosts.includes(authority)) return link
  if (!path.startsWith('/')) return link
  if (path.startsWith(prefix)) return `${path}${tail}`
  const joined = posix.join(prefix, path)
  return `${path.endsWith('/') && !joined.endsWith('/') ? `${joined}/` : joined}${tail}`
}
