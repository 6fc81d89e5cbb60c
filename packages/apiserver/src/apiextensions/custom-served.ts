import type { KubeObject, ResourceInfo } from '@wherry/api'
import { apiVersionOf } from '@wherry/api'
import { type DeepReadonly, deepClone, internalError } from '@wherry/apimachinery'
import type { ResourceDefinition } from '../registry/resource.ts'
import type { Served } from '../registry/served.ts'
import type { CachedObject } from '../watch-cache/cached-object.ts'
import type { ResourceCache } from '../watch-cache/resource-cache.ts'
import { encodeStored, wireFormOf, withRevision } from '../watch-cache/wire.ts'
import { type Converter, renamed } from './conversion.ts'

/** What serving one version needs of all versions of the resource. */
export interface CustomVersions {
  readonly converter: Converter
  readonly storageAPIVersion: string
  /** Prunes and sets defaults by the version's schema: what is read from storage. The object itself where nothing changes. */
  fromStorage(object: DeepReadonly<KubeObject>): DeepReadonly<KubeObject>
  /** Prunes by the schema of the object's version: what a conversion gave. */
  pruned(object: KubeObject): KubeObject
}

interface View {
  readonly object: DeepReadonly<KubeObject>
  bytes?: Buffer
}

/**
 * One version of a custom resource. Storage holds objects as they were written, in whichever version was the stored one
 * then: readers see them pruned and with the defaults of the schema of today, in the version that they ask for. As
 * upstream: apiextensions-apiserver, `crdConversionRESTOptionsGetter`. An object is brought into that form once.
 */
export function serveCustom(
  info: ResourceInfo,
  definition: ResourceDefinition,
  cache: ResourceCache,
  { converter, storageAPIVersion, fromStorage, pruned }: CustomVersions,
): Served {
  const form = wireFormOf(definition.kind)
  const apiVersion = apiVersionOf(definition.kind)
  const views = new WeakMap<CachedObject, View>()
  const keep = (of: CachedObject, object: DeepReadonly<KubeObject>): View => {
    const view: View = object === of.object() ? { object, bytes: of.bytes } : { object: withVersion(object, of) }
    views.set(of, view)
    return view
  }
  const viewOf = (of: CachedObject): View => {
    const known = views.get(of)
    if (known) return known
    const stored = fromStorage(of.object())
    if (stored.apiVersion === apiVersion) return keep(of, stored)
    if (converter.remote) throw internalError(new Error(`${of.key} has not been converted to ${apiVersion}`))
    return keep(of, pruned(renamed(stored, apiVersion)))
  }
  const selectable = definition.selectableFields ?? {}
  const remote = converter.remote
    ? {
        async prepare(objects: readonly CachedObject[]) {
          const open = objects.filter((one) => !views.has(one) && one.object().apiVersion !== apiVersion)
          if (open.length === 0) return
          const converted = await converter.convert(
            open.map((one) => fromStorage(one.object())),
            apiVersion,
          )
          for (const [at, one] of open.entries()) {
            const object = converted[at]
            if (object) keep(one, pruned(object))
          }
        },
        async convert(object: KubeObject, to: string) {
          const [converted] = await converter.convert([object], to)
          return converted ?? object
        },
      }
    : {}
  return {
    info,
    definition,
    stored: definition,
    form,
    cache,
    ...remote,
    objectOf: (object) => viewOf(object).object,
    writtenOf: (object) => viewOf(object).object,
    bytesOf(object) {
      const view = viewOf(object)
      view.bytes ??= withRevision(form, encodeStored(form, deepClone(view.object)), object.revision)
      return view.bytes
    },
    isSelectable: (field) =>
      field === 'metadata.name' ||
      (field === 'metadata.namespace' && definition.kind.namespaced) ||
      Object.hasOwn(selectable, field),
    fieldOf(object, field) {
      if (field === 'metadata.name') return object.name
      if (field === 'metadata.namespace') return object.namespace
      return Object.hasOwn(selectable, field) ? selectable[field]?.(viewOf(object).object) : undefined
    },
    async toStorage(object) {
      if (object.apiVersion === storageAPIVersion) return pruned(object)
      if (!converter.remote) return pruned(renamed(object, storageAPIVersion))
      const [converted] = await converter.convert([object], storageAPIVersion)
      if (!converted) throw internalError(new Error(`nothing came back of the conversion to ${storageAPIVersion}`))
      return pruned(converted)
    },
  }
}

/** The object with the revision of the cached one: a tombstone's is another than that of the object it was made of. */
function withVersion(object: DeepReadonly<KubeObject>, { revision }: CachedObject): DeepReadonly<KubeObject> {
  const resourceVersion = String(revision)
  if (revision === 0 || object.metadata.resourceVersion === resourceVersion) return object
  return { ...object, metadata: { ...object.metadata, resourceVersion } }
}
