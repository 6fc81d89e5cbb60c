import { CommandError } from '../errors.ts'
import { groupOf } from '../printers/names.ts'
import type { Group, Resource } from './discovery.ts'

/** Finds resources by the names that users give them. As upstream's RESTMapper with its shortcut and category expanders. */
export class Mapper {
  readonly groups: readonly Group[]

  constructor(groups: readonly Group[]) {
    this.groups = groups
  }

  /** Each resource once, in its group's preferred version that serves it. */
  preferred(): Resource[] {
    return this.groups.flatMap(({ versions }) => {
      const seen = new Map<string, Resource>()
      for (const { resources } of versions) {
        for (const resource of resources) if (!seen.has(resource.resource)) seen.set(resource.resource, resource)
      }
      return [...seen.values()]
    })
  }

  /** Whether an argument means anything here. */
  knows(argument: string): boolean {
    return this.find(argument) !== undefined || this.category(argument) !== undefined
  }

  /** The resources of a category such as `all`; undefined where no resource is in it. */
  category(name: string): Resource[] | undefined {
    const found = this.preferred().filter(({ categories }) => categories.includes(name))
    return found.length > 0 ? found : undefined
  }

  /**
   * The resource that an argument means: plural, singular, short name or kind, on its own, with a group or with version and
   * group. Throws in kubectl's words when there is none.
   */
  resolve(argument: string): Resource {
    const found = this.find(argument)
    if (found) return found
    const [name = argument] = argument.split('.')
    throw new CommandError(`the server doesn't have a resource type ${JSON.stringify(name)}`)
  }

  /** As `resolve`; undefined where there is none. */
  find(argument: string): Resource | undefined {
    const [name = '', version, ...rest] = argument.split('.')
    if (version !== undefined && rest.length > 0) {
      const exact = this.#search(name, (group) => group === rest.join('.'), version)
      if (exact) return exact
    }
    if (version === undefined) return this.#search(name, () => true)
    const group = argument.slice(name.length + 1)
    return this.#search(name, (other) => other === group) ?? this.#search(name, (other) => other.startsWith(group))
  }

  /** The resource whose objects have this apiVersion and kind. */
  forKind(apiVersion: string, kind: string): Resource | undefined {
    const group = groupOf(apiVersion)
    const version = apiVersion.slice(group === '' ? 0 : group.length + 1)
    return this.groups
      .filter(({ name }) => name === group)
      .flatMap(({ versions }) => versions)
      .filter((served) => served.version === version)
      .flatMap(({ resources }) => resources)
      .find((resource) => resource.kind === kind)
  }

  #search(name: string, inGroup: (group: string) => boolean, version?: string): Resource | undefined {
    const candidates = this.groups
      .filter(({ name: group }) => inGroup(group))
      .flatMap(({ versions }) => versions)
      .filter((served) => version === undefined || served.version === version)
      .flatMap(({ resources }) => resources)
    const lower = name.toLowerCase()
    return (
      candidates.find(({ resource, singular }) => resource === lower || singular === lower) ??
      candidates.find(({ shortNames }) => shortNames.includes(lower)) ??
      candidates.find(({ kind }) => kind.toLowerCase() === lower)
    )
  }
}
