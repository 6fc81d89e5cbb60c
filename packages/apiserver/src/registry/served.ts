import { apiVersionOf, type KubeObject, type ResourceInfo } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { CachedObject } from '../watch-cache/cached-object.ts'
import { ResourceCache } from '../watch-cache/resource-cache.ts'
import { root } from '../watch-cache/watch-cache.ts'
import { encodeStored, type WireForm, wireFormOf, withRevision } from '../watch-cache/wire.ts'
import type { FieldReader, ResourceDefinition } from './resource.ts'

/** One resource of one group and version, as it is served. */
export interface Served {
  readonly info: ResourceInfo
  readonly definition: ResourceDefinition
  /** The definition of the form in which the objects are stored; the same one for nearly all resources. */
  readonly stored: ResourceDefinition
  readonly form: WireForm
  /** The objects, shared with other forms of the same resource. */
  readonly cache: ResourceCache
  /**
   * Present where others convert the objects, such as a webhook: resolves when `bytesOf`, `objectOf`, `writtenOf` and
   * `fieldOf` may be asked for these. Throws what a client gets where they cannot be converted.
   */
  prepare?(objects: readonly CachedObject[]): Promise<void>
  /** The object as writes see it: in its stored form, or in the version of the request for custom resources. */
  writtenOf(object: CachedObject): DeepReadonly<KubeObject>
  /** Present where others convert the objects: another object of the resource in another version. */
  convert?(object: KubeObject, apiVersion: string): Promise<KubeObject>
  /** Present where an object that was written must be converted before it is stored. */
  toStorage?(object: KubeObject): Promise<KubeObject>
  /** The object's JSON in this form, with a newline. */
  bytesOf(object: CachedObject): Buffer
  /** The object in this form, shared by all who ask. */
  objectOf(object: CachedObject): DeepReadonly<KubeObject>
  /** The value of a selectable field; undefined where the field is not selectable. */
  fieldOf(object: CachedObject, field: string): string | undefined
  /** Whether the field may be selected by. */
  isSelectable(field: string): boolean
}

/** The cache of a definition's objects. */
export function cacheOf(definition: ResourceDefinition): ResourceCache {
  const { group, resource } = definition.kind
  const readers: FieldReader<KubeObject>[] = Object.values(definition.selectableFields ?? {})
  return new ResourceCache({
    form: wireFormOf(definition.kind),
    prefix: `${root}${group === '' ? 'core' : group}/${resource}/`,
    fieldsOf: (object) => readers.map((read) => read(object)),
  })
}

export function serve(
  info: ResourceInfo,
  definition: ResourceDefinition,
  stored: ResourceDefinition,
  cache: ResourceCache,
): Served {
  const form = definition === stored ? cache.spec.form : wireFormOf(definition.kind)
  const fields = Object.keys(definition.selectableFields ?? {})
  const meta = (object: CachedObject, field: string) => {
    if (field === 'metadata.name') return object.name
    return field === 'metadata.namespace' ? object.namespace : undefined
  }
  const isSelectable = (field: string) =>
    field === 'metadata.name' || field === 'metadata.namespace' || fields.includes(field)
  const writtenOf = (object: CachedObject) => object.object()
  const base = { info, definition, stored, form, cache, isSelectable, writtenOf }
  const { storedAs } = definition
  if (!storedAs) {
    const index = new Map(fields.map((field, at) => [field, at]))
    return {
      ...base,
      bytesOf: (object) => object.bytes,
      objectOf: (object) => object.object(),
      fieldOf(object, field) {
        const at = index.get(field)
        return at === undefined ? meta(object, field) : object.fields[at]
      },
    }
  }
  const converted = new WeakMap<CachedObject, { object: KubeObject; bytes?: Buffer }>()
  const convert = (object: CachedObject) => {
    const known = converted.get(object)
    if (known) return known
    const made = { object: { ...storedAs.fromStored(object.object()), ...typeOf(definition) } }
    converted.set(object, made)
    return made
  }
  return {
    ...base,
    objectOf: (object) => convert(object).object,
    bytesOf(object) {
      const made: { object: KubeObject; bytes?: Buffer } = convert(object)
      made.bytes ??= withRevision(form, encodeStored(form, made.object), object.revision)
      return made.bytes
    },
    fieldOf(object, field) {
      const read = definition.selectableFields?.[field]
      return read ? read(convert(object).object) : meta(object, field)
    },
  }
}

/** What every object says of its own type. */
export function typeOf({ kind }: ResourceDefinition): { kind: string; apiVersion: string } {
  return { kind: kind.kind, apiVersion: apiVersionOf(kind) }
}
