import { compareGroups, compareVersions } from './group-priorities.ts'
import { subresourceVerbs } from './legacy-documents.ts'
import type { ServedResource } from './served.ts'

export interface VersionDiscovery {
  readonly version: string
  readonly resources?: readonly object[]
  readonly freshness: 'Current' | 'Stale'
}

export interface GroupDiscovery {
  readonly metadata: { readonly name?: string; readonly creationTimestamp: null }
  readonly versions: readonly VersionDiscovery[]
}

export interface GroupDiscoveryList {
  readonly kind: string
  readonly apiVersion: string
  readonly metadata: object
  readonly items: readonly GroupDiscovery[]
}

/** The `APIGroupDiscoveryList` (apidiscovery.k8s.io/v2) of the core group, or of all others. */
export function groupDiscoveryList(served: readonly ServedResource[], which: 'core' | 'named'): GroupDiscoveryList {
  const groups = new Map<string, Map<string, ServedResource[]>>()
  for (const one of served) {
    const { group, version } = one.info
    if ((group === '') !== (which === 'core')) continue
    const versions = groups.get(group) ?? new Map<string, ServedResource[]>()
    groups.set(group, versions.set(version, [...(versions.get(version) ?? []), one]))
  }
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: [...groups]
      .sort(([a], [b]) => compareGroups(a, b))
      .map(([name, versions]) => ({
        metadata: { ...(name === '' ? {} : { name }), creationTimestamp: null },
        versions: [...versions]
          .sort(([a], [b]) => compareVersions(a, b))
          .map(([version, of]) => ({ version, resources: of.map(resourceDiscovery), freshness: 'Current' })),
      })),
  }
}

function resourceDiscovery({ info, definition }: ServedResource): object {
  const { group, version, kind } = info
  return {
    resource: info.resource,
    responseKind: { group, version, kind },
    scope: info.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: info.singular,
    verbs: info.verbs,
    ...(definition?.shortNames?.length ? { shortNames: definition.shortNames } : {}),
    ...(definition?.categories?.length ? { categories: definition.categories } : {}),
    ...(info.subresources.length > 0
      ? {
          subresources: info.subresources.map((sub) => ({
            subresource: sub.name,
            responseKind: { group: sub.group, version: sub.version, kind: sub.kind },
            verbs: subresourceVerbs(sub),
          })),
        }
      : {}),
  }
}
