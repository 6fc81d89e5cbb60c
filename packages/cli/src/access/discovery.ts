import type { Kind } from '@wherry/api'
import { isNotFound } from '@wherry/apimachinery'
import { dig, isObject, list, record, text } from '../objects/json.ts'
import type { Rest } from './rest.ts'

/** A resource that the server serves, as discovery tells of it. */
export interface Resource extends Kind {
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly verbs: readonly string[]
  readonly subresources: readonly string[]
}

export interface GroupVersion {
  version: string
  resources: Resource[]
}

/** An API group; its preferred version is the first. */
export interface Group {
  name: string
  versions: GroupVersion[]
}

const aggregated =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json'

/**
 * All groups, the core group first, in the server's order. One request each for the core group and the others where the server
 * has aggregated discovery; one for each version where it has not.
 */
export async function discover(rest: Rest): Promise<Group[]> {
  const [core, others] = await Promise.all([
    rest.json('GET', '/api', { accept: aggregated }),
    rest.json('GET', '/apis', { accept: aggregated }).catch((error: unknown) => {
      if (isNotFound(error)) return {}
      throw error
    }),
  ])
  const parts = await Promise.all([
    isAggregated(core) ? fromAggregated(core) : legacyCore(rest, core),
    isAggregated(others) ? fromAggregated(others) : legacyGroups(rest, others),
  ])
  return parts.flat()
}

function isAggregated(answer: unknown): boolean {
  return record(answer).kind === 'APIGroupDiscoveryList'
}

function fromAggregated(answer: unknown): Group[] {
  return list(dig(answer, 'items')).map((item) => {
    const name = text(dig(item, 'metadata', 'name'))
    const versions = list(dig(item, 'versions')).map((entry) => {
      const version = text(dig(entry, 'version'))
      const resources = list(dig(entry, 'resources')).flatMap((found) => aggregatedResource(found, name, version))
      return { version, resources }
    })
    return { name, versions }
  })
}

/** A resource without a kind of its own is there only for its subresources. */
function aggregatedResource(found: unknown, group: string, version: string): Resource[] {
  const kind = text(dig(found, 'responseKind', 'kind'))
  if (kind === '') return []
  const responseGroup = text(dig(found, 'responseKind', 'group')) || group
  const responseVersion = text(dig(found, 'responseKind', 'version')) || version
  return [
    {
      group: responseGroup,
      version: responseVersion,
      kind,
      resource: text(dig(found, 'resource')),
      singular: text(dig(found, 'singularResource')) || kind.toLowerCase(),
      namespaced: dig(found, 'scope') === 'Namespaced',
      typeName: '',
      shortNames: list(dig(found, 'shortNames')).map(text),
      categories: list(dig(found, 'categories')).map(text),
      verbs: list(dig(found, 'verbs')).map(text),
      subresources: list(dig(found, 'subresources')).map((sub) => text(dig(sub, 'subresource'))),
    },
  ]
}

async function legacyCore(rest: Rest, answer: unknown): Promise<Group[]> {
  const versions = list(dig(answer, 'versions')).map(text)
  const served = await Promise.all(versions.map((version) => legacyVersion(rest, '', version)))
  return [{ name: '', versions: served }]
}

async function legacyGroups(rest: Rest, answer: unknown): Promise<Group[]> {
  return Promise.all(
    list(dig(answer, 'groups')).map(async (group) => {
      const name = text(dig(group, 'name'))
      const preferred = text(dig(group, 'preferredVersion', 'version'))
      const all = list(dig(group, 'versions')).map((entry) => text(dig(entry, 'version')))
      const ordered = [preferred, ...all.filter((version) => version !== preferred)].filter((version) => version !== '')
      return { name, versions: await Promise.all(ordered.map((version) => legacyVersion(rest, name, version))) }
    }),
  )
}

async function legacyVersion(rest: Rest, group: string, version: string): Promise<GroupVersion> {
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const entries = list(dig(await rest.json('GET', path), 'resources')).filter(isObject)
  const resources = entries.flatMap((entry): Resource[] => {
    const name = text(entry.name)
    if (name.includes('/')) return []
    const kind = text(entry.kind)
    const subresources = entries.map((other) => text(other.name)).filter((other) => other.startsWith(`${name}/`))
    return [
      {
        group: text(entry.group) || group,
        version: text(entry.version) || version,
        kind,
        resource: name,
        singular: text(entry.singularName) || kind.toLowerCase(),
        namespaced: entry.namespaced === true,
        typeName: '',
        shortNames: list(entry.shortNames).map(text),
        categories: list(entry.categories).map(text),
        verbs: list(entry.verbs).map(text),
        subresources: subresources.map((other) => other.slice(name.length + 1)),
      },
    ]
  })
  return { version, resources }
}
