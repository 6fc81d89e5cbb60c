import { createHash } from 'node:crypto'
import type { APIGroup, APIResource, APIResourceList, SubresourceInfo } from '@wherry/api'
import { compareGroups, compareVersions } from './group-priorities.ts'
import type { ResourceDefinition } from '../registry/resource.ts'
import type { ServedResource } from './served.ts'

const proxyVerbs = ['create', 'delete', 'get', 'patch', 'update']

/** Verbs of a subresource as discovery names them: a stream is opened with GET or POST, a proxy takes every method. */
export function subresourceVerbs({ name, verbs }: SubresourceInfo): string[] {
  if (!verbs.includes('connect')) return verbs
  return name === 'proxy' ? proxyVerbs : ['create', 'get']
}

/** Groups but the core one in upstream's order, each with its versions, the preferred first. */
export function apiGroups(served: readonly ServedResource[]): APIGroup[] {
  const versions = new Map<string, Set<string>>()
  for (const { info } of served) {
    if (info.group === '') continue
    versions.set(info.group, (versions.get(info.group) ?? new Set()).add(info.version))
  }
  return [...versions]
    .sort(([a], [b]) => compareGroups(a, b))
    .map(([name, of]) => {
      const list = [...of].sort(compareVersions).map((version) => ({ groupVersion: `${name}/${version}`, version }))
      return { name, versions: list, preferredVersion: list[0] ?? { groupVersion: name, version: '' } }
    })
}

/** The resources of one group and version, subresources after their parent; undefined when nothing is served there. */
export function apiResourceList(
  served: readonly ServedResource[],
  group: string,
  version: string,
): APIResourceList | undefined {
  const resources = served
    .filter(({ info }) => info.group === group && info.version === version)
    .flatMap((one) => [resourceEntry(one), ...one.info.subresources.map((sub) => subresourceEntry(one, sub))])
  if (resources.length === 0) return undefined
  const groupVersion = group === '' ? version : `${group}/${version}`
  return { kind: 'APIResourceList', ...(group === '' ? {} : { apiVersion: 'v1' }), groupVersion, resources }
}

function resourceEntry({ info, definition }: ServedResource): APIResource {
  const entry: APIResource = {
    name: info.resource,
    singularName: info.singular,
    namespaced: info.namespaced,
    kind: info.kind,
    verbs: info.verbs,
  }
  if (definition?.shortNames?.length) entry.shortNames = [...definition.shortNames]
  if (definition?.categories?.length) entry.categories = [...definition.categories]
  if (definition && !definition.computed) entry.storageVersionHash = storageVersionHash(storedKind(definition))
  return entry
}

function storedKind({ kind, storedAs, schema }: ResourceDefinition) {
  return schema ? { ...kind, version: schema.storageVersion } : (storedAs?.kind ?? kind)
}

function subresourceEntry({ info }: ServedResource, sub: SubresourceInfo): APIResource {
  const foreign = sub.group !== info.group || sub.version !== info.version
  return {
    name: `${info.resource}/${sub.name}`,
    singularName: '',
    namespaced: info.namespaced,
    ...(foreign ? { group: sub.group, version: sub.version } : {}),
    kind: sub.kind,
    verbs: subresourceVerbs(sub),
  }
}

/** As upstream `endpoints/discovery/storageversionhash.go`. */
export function storageVersionHash({ group, version, kind }: { group: string; version: string; kind: string }): string {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64')
}
