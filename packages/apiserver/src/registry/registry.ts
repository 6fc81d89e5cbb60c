import { type Kind, type ResourceInfo, resources } from '@wherry/api'
import type { ResourceCache } from '../watch-cache/resource-cache.ts'
import type { ResourceDefinition } from './resource.ts'
import { cacheOf, type Served, serve } from './served.ts'

/** All resources that the server serves, by group, version and plural name. */
export interface Registry {
  get(group: string, version: string, resource: string): Served | undefined
  /** Throws for a kind that the server does not store. */
  of(kind: Pick<Kind, 'group' | 'version' | 'resource'>): Served
  /** What the API knows of a resource of a version that is served, stored or not, such as tokenreviews. */
  info(group: string, version: string, resource: string): ResourceInfo | undefined
  readonly all: readonly Served[]
  /** The caches of built-in resources. */
  readonly caches: readonly ResourceCache[]
  /** All definitions in the order of discovery: another array whenever a custom resource has come, changed or gone. */
  definitions(): readonly ResourceDefinition[]
  /** Serves these resources, one for each version of a custom resource, in place of what the owner had before. */
  setCustom(owner: string, resources: readonly Served[]): void
}

const idOf = (group: string, version: string, resource: string) => `${group}/${version}/${resource}`

/** Alpha and beta versions are off, as they are upstream unless asked for. */
const stable = /^v\d+$/

/** Binds the definitions to their caches. A form of another resource's objects shares that one's cache. */
export function newRegistry(definitions: readonly ResourceDefinition[]): Registry {
  const infos = new Map(
    resources
      .filter(({ version }) => stable.test(version))
      .map((info) => [idOf(info.group, info.version, info.resource), info]),
  )
  const byKind = new Map(definitions.map((definition) => [definition.kind, definition]))
  const caches = new Map<ResourceDefinition, ResourceCache>()
  const served = new Map<string, Served>()
  for (const definition of definitions) {
    const { group, version, resource } = definition.kind
    const id = idOf(group, version, resource)
    const info = infos.get(id)
    if (!info) throw new Error(`the API has no ${id}`)
    const stored = definition.storedAs ? byKind.get(definition.storedAs.kind) : definition
    if (!stored) throw new Error(`${id} is stored as a kind that is not served`)
    const cache = caches.get(stored) ?? cacheOf(stored)
    caches.set(stored, cache)
    served.set(id, serve(info, definition, stored, cache))
  }
  const custom = new Map<string, readonly Served[]>()
  let current = definitions
  return {
    get: (group, version, resource) => served.get(idOf(group, version, resource)),
    of({ group, version, resource }) {
      const found = served.get(idOf(group, version, resource))
      if (!found) throw new Error(`the server does not store ${idOf(group, version, resource)}`)
      return found
    },
    info: (group, version, resource) => infos.get(idOf(group, version, resource)),
    get all() {
      return [...served.values()]
    },
    caches: [...caches.values()],
    definitions: () => current,
    setCustom(owner, resources) {
      const idOfServed = ({ definition: { kind } }: Served) => idOf(kind.group, kind.version, kind.resource)
      for (const old of custom.get(owner) ?? []) {
        served.delete(idOfServed(old))
        infos.delete(idOfServed(old))
      }
      custom.delete(owner)
      if (resources.length > 0) custom.set(owner, resources)
      for (const one of resources) {
        served.set(idOfServed(one), one)
        infos.set(idOfServed(one), one.info)
      }
      current = [...definitions, ...[...custom.values()].flatMap((all) => all.map(({ definition }) => definition))]
    },
  }
}
