import { type ResourceInfo, resources } from '@wherry/api'
import type { ResourceDefinition } from '../registry/resource.ts'

/** A list, or a way to ask for it; the same array stands for the same set. */
export type Definitions = readonly ResourceDefinition[] | (() => readonly ResourceDefinition[])

export function currentDefinitions(definitions: Definitions): readonly ResourceDefinition[] {
  return typeof definitions === 'function' ? definitions() : definitions
}

/** A value made of the definitions, made again only when they are others. */
export function perDefinitions<V>(
  definitions: Definitions,
  make: (current: readonly ResourceDefinition[]) => V,
): () => V {
  let made: { of: readonly ResourceDefinition[]; value: V } | undefined
  return () => {
    const current = currentDefinitions(definitions)
    if (made?.of !== current) made = { of: current, value: make(current) }
    return made.value
  }
}

/** One resource that clients can reach. */
export interface ServedResource {
  readonly info: ResourceInfo
  /** Absent for kinds that store nothing, such as TokenReview. */
  readonly definition?: ResourceDefinition
}

const standardVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

/** Everything that is served: what is declared, and the GA kinds that only answer a `create`; sorted by name. */
export function servedResources(definitions: readonly ResourceDefinition[]): ServedResource[] {
  const declared = definitions.map((definition) => ({ info: infoOf(definition), definition }))
  const names = new Set(declared.map(({ info }) => keyOf(info)))
  const virtual = resources
    .filter((info) => info.version === 'v1' && !info.verbs.includes('get') && !names.has(keyOf(info)))
    .map((info) => ({ info }))
  return [...declared, ...virtual].sort((a, b) => (a.info.resource < b.info.resource ? -1 : 1))
}

function keyOf({ group, version, resource }: Pick<ResourceInfo, 'group' | 'version' | 'resource'>): string {
  return `${group}/${version}/${resource}`
}

const table = new Map(resources.map((info) => [keyOf(info), info]))

function infoOf(definition: ResourceDefinition): ResourceInfo {
  const { group, version, kind, resource, singular, namespaced, typeName } = definition.kind
  const known = definition.schema?.discovery ?? table.get(keyOf(definition.kind))
  if (known) return known
  const own = { group, version, kind, verbs: ['get', 'patch', 'update'] }
  const subresources = [
    ...(definition.scale ? [{ ...own, name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale' }] : []),
    ...(definition.status ? [{ ...own, name: 'status' }] : []),
  ]
  return { group, version, kind, resource, singular, namespaced, typeName, verbs: standardVerbs, subresources }
}
