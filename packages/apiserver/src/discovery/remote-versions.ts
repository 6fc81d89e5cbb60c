import type { APIGroup } from '@wherry/api'
import type { GroupDiscovery, VersionDiscovery } from './aggregated-documents.ts'
import { compareVersions, prioritiesOf } from './group-priorities.ts'

/** A group version that another server has. */
export interface RemoteVersion {
  readonly group: string
  readonly version: string
  readonly groupPriority: number
  readonly versionPriority: number
  /** As in aggregated discovery; undefined where its server could not be asked. */
  readonly resources: readonly object[] | undefined
}

interface Ranked {
  readonly version: string
  readonly groupPriority: number
  readonly versionPriority: number
}

/**
 * The groups of this server with those of others, in the order of their priorities: the highest of its versions' counts
 * for a group (kube-aggregator `SortedByGroupAndVersion`).
 */
export function mergeGroups(own: readonly APIGroup[], remote: readonly RemoteVersion[]): APIGroup[] {
  if (remote.length === 0) return [...own]
  const versions = new Map(own.map((group) => [group.name, group.versions.map(({ version }) => version)] as const))
  return rankedGroups(versions, remote)
    .filter(([name]) => name !== '')
    .map(([name, ranked]) => {
      const list = ranked.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }))
      return { name, versions: list, preferredVersion: list[0] ?? { groupVersion: name, version: '' } }
    })
}

/** The same for aggregated discovery; what could not be asked has no resources and is stale. */
export function mergeDiscovery(own: readonly GroupDiscovery[], remote: readonly RemoteVersion[]): GroupDiscovery[] {
  const named = remote.filter(({ group }) => group !== '')
  if (named.length === 0) return [...own]
  const known = new Map(own.map((group) => [group.metadata.name ?? '', group] as const))
  const versions = new Map([...known].map(([name, group]) => [name, group.versions.map(({ version }) => version)]))
  return rankedGroups(versions, named).map(([name, ranked]) => ({
    metadata: { name, creationTimestamp: null },
    versions: ranked.flatMap(({ version }) => {
      const theirs = named.find((one) => one.group === name && one.version === version)
      if (theirs) return [versionDiscovery(theirs)]
      return known.get(name)?.versions.filter((one) => one.version === version) ?? []
    }),
  }))
}

function versionDiscovery({ version, resources }: RemoteVersion): VersionDiscovery {
  return { version, ...(resources?.length ? { resources } : {}), freshness: resources ? 'Current' : 'Stale' }
}

function rankedGroups(own: ReadonlyMap<string, readonly string[]>, remote: readonly RemoteVersion[]) {
  const groups = new Map<string, Ranked[]>()
  const add = (group: string, ranked: Ranked) => {
    const others = (groups.get(group) ?? []).filter(({ version }) => version !== ranked.version)
    groups.set(group, [...others, ranked])
  }
  for (const [group, versions] of own) {
    for (const version of versions) {
      const priorities = prioritiesOf(group, version)
      add(group, { version, groupPriority: priorities.group, versionPriority: priorities.version })
    }
  }
  for (const one of remote) add(one.group, one)
  const rank = (versions: readonly Ranked[]) => Math.max(...versions.map(({ groupPriority }) => groupPriority))
  return [...groups]
    .sort(([a, left], [b, right]) => rank(right) - rank(left) || (a < b ? -1 : 1))
    .map(([name, versions]) => {
      const sorted = versions.sort(
        (a, b) => b.versionPriority - a.versionPriority || compareVersions(a.version, b.version),
      )
      return [name, sorted] as const
    })
}
