import type { Kind } from '@wherry/api'
import type { ObjectKey, QueryValue } from './client.ts'

/** Where a kind's objects are served, in one namespace or in all. */
export function collectionPath(kind: Kind, namespace?: string): string {
  const group = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`
  const scope = kind.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${group}${scope}/${kind.resource}`
}

/** Where one object is served. Throws, in client-go's words, when the key does not say which one it is. */
export function objectPath(kind: Kind, key: ObjectKey, subresource?: string): string {
  if (!key.name) throw new Error('resource name may not be empty')
  if (kind.namespaced && !key.namespace) {
    throw new Error('an empty namespace may not be set when a resource name is provided')
  }
  const path = `${collectionPath(kind, key.namespace)}/${encodeURIComponent(key.name)}`
  return subresource ? `${path}/${subresource}` : path
}

/** `?a=1&b=2` without the undefined values; empty when there is none. */
export function queryString(query: Readonly<Record<string, QueryValue>> = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    if (value === undefined) return []
    const values = typeof value === 'object' ? value : [value]
    return values.map((item) => `${encodeURIComponent(name)}=${encodeURIComponent(item)}`)
  })
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}
