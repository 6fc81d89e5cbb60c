import type { KubeObject } from '@wherry/api'

/** The API group in an `apiVersion`; empty for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/')
  return slash === -1 ? '' : apiVersion.slice(0, slash)
}

/** An object as kubectl names it: `pod/web`, `deployment.apps/web`. */
export function objectName(object: KubeObject): string {
  const kind = (object.kind ?? '').toLowerCase()
  const group = groupOf(object.apiVersion ?? '')
  const type = kind === '' ? '<unknown>' : group === '' ? kind : `${kind}.${group}`
  return `${type}/${object.metadata.name ?? ''}`
}
