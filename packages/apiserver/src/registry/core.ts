import type { Kind, KubeObject } from '@wherry/api'
import { type DeepReadonly, deepClone } from '@wherry/apimachinery'
import type { Clock } from '@wherry/component-base'
import type { Storage } from '@wherry/storage'
import type { AdmissionPlugin } from '../admission/admission.ts'
import { type FieldManager, newFieldManager } from '../field-manager/field-manager.ts'
import type { CachedObject } from '../watch-cache/cached-object.ts'
import { rangeOf } from '../watch-cache/resource-cache.ts'
import { WatchCache } from '../watch-cache/watch-cache.ts'
import { type AdmissionChain, newAdmissionChain } from './admission-chain.ts'
import type { Behaviours, ObjectKey, ResourceStore, ServerOptions, WriteOptions } from './behaviours.ts'
import { OpenWatches } from './open-watches.ts'
import { newPipeline, type Pipeline } from './pipeline.ts'
import type { Registry } from './registry.ts'
import { type Served, typeOf } from './served.ts'
import { cacheKey, type Write } from './write.ts'

export interface CoreDeps {
  readonly storage: Storage
  readonly registry: Registry
  readonly clock: Clock
  readonly random: () => number
  readonly options: ServerOptions
  /** Made with the behaviours, since plugins such as authorizing ones need them first. */
  plugins(behaviours: Behaviours): readonly AdmissionPlugin[]
}

/** The server without HTTP: what is stored, and the one way to change it. */
export interface Core {
  readonly registry: Registry
  readonly watchCache: WatchCache
  readonly pipeline: Pipeline
  readonly admission: AdmissionChain
  readonly behaviours: Behaviours
  readonly openWatches: OpenWatches
  readonly fields: FieldManager
}

export function newCore({ storage, registry, clock, random, options, plugins }: CoreDeps): Core {
  const watchCache = new WatchCache(storage, registry.caches)
  const openWatches = new OpenWatches()
  const stores = new Map<Served, ResourceStore<KubeObject>>()
  const storeOf = (served: Served): ResourceStore<KubeObject> => {
    const store = stores.get(served) ?? newStore(served, () => pipeline)
    stores.set(served, store)
    return store
  }
  const behaviours: Behaviours = {
    store<T extends KubeObject>(kind: Kind<T>): ResourceStore<T> {
      const store: ResourceStore<KubeObject> = storeOf(registry.of(kind))
      // The store of a kind holds objects of that kind.
      return store as ResourceStore<never> as ResourceStore<T>
    },
    now: () => clock.now(),
    isWatching: (user) => openWatches.has(user),
    checkStorage: () => watchCache.check(),
    options,
  }
  const fields = newFieldManager({ clock, registry })
  const admission = newAdmissionChain(plugins(behaviours), behaviours)
  const pipeline: Pipeline = newPipeline({ storage, watchCache, admission, behaviours, clock, random, fields })
  return { registry, watchCache, pipeline, admission, behaviours, openWatches, fields }
}

/** What the server calls itself in managedFields. */
const serverManager = 'kube-apiserver'

function newStore(served: Served, pipeline: () => Pipeline): ResourceStore<KubeObject> {
  const { cache, definition } = served
  const { storedAs } = definition
  const write = (key: ObjectKey, options: WriteOptions & { subresource?: string }): Write => ({
    served,
    subresource: options.subresource ?? '',
    key,
    user: options.user,
    manager: options.untracked ? '' : serverManager,
    dryRun: options.dryRun ?? false,
    warn: () => {},
  })
  const toStored = (object: KubeObject) => (storedAs ? storedAs.toStored(object) : object)
  const fromCache = (object: CachedObject): KubeObject => deepClone(served.objectOf(object))
  return {
    get(key) {
      const object = cache.get(cacheKey(key))
      return object && served.objectOf(object)
    },
    list: (namespace = '') => Array.from(cache.range(rangeOf(namespace)), (object) => served.objectOf(object)),
    revision: () => cache.revision,
    async create(object, options) {
      const copy: KubeObject = Object.assign(deepClone(object), typeOf(definition))
      definition.setDefaults?.(copy)
      const { namespace, name = '' } = copy.metadata
      return fromCache(await pipeline().create(write({ namespace, name }, options), toStored(copy)))
    },
    async update(key, change, options) {
      const produce = (old: DeepReadonly<KubeObject> | undefined) => {
        const start: KubeObject = old ? deepClone(old) : { metadata: { ...key } }
        const object = old && storedAs ? storedAs.fromStored(old) : start
        change(object)
        definition.setDefaults?.(object)
        return toStored(object)
      }
      return fromCache((await pipeline().update(write(key, options), { produce })).object)
    },
    async delete(key, options) {
      await pipeline().delete(write(key, options), options)
    },
  }
}
