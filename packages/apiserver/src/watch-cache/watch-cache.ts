import type { Clock } from '@wherry/component-base'
import type { KeyValue, Storage, StorageEvent } from '@wherry/storage'
import type { Change } from './event-window.ts'
import type { ResourceCache } from './resource-cache.ts'

/** Everything that is stored lies below this key. */
export const root = '/registry/'

interface Waiter {
  revision: number
  resolve(): void
}

/**
 * All resources in memory, fed by one subscription on storage, so that every resource has reached the same revision.
 * Reads are as fresh as storage: `fresh` waits until the cache has seen all that is committed, which is no wait at all
 * unless a commit is just being handed over.
 */
export class WatchCache {
  readonly #storage: Storage
  readonly #caches = new Map<string, ResourceCache>()
  #revision = 0
  #compacted = 0
  #following = false
  #waiters: Waiter[] = []
  /** What storage held at the start below prefixes that no cache has: custom resources are known only later. */
  readonly #strays = new Map<string, KeyValue[]>()

  constructor(storage: Storage, caches: Iterable<ResourceCache>) {
    this.#storage = storage
    for (const cache of caches) this.#caches.set(cache.spec.prefix, cache)
  }

  /** The revision that all caches have reached. */
  get revision(): number {
    return this.#revision
  }

  get caches(): Iterable<ResourceCache> {
    return this.#caches.values()
  }

  /** Reads what is stored. The subscription in `run` goes on from there. */
  async load(): Promise<void> {
    const { items, revision } = await this.#storage.list(root)
    for (const item of items) {
      const cache = this.#cacheOf(item.key)
      if (cache) cache.load(item.key, item.value, item.revision)
      else this.#keepStray(item)
    }
    for (const cache of this.#caches.values()) cache.begin(revision)
    this.#revision = revision
  }

  /**
   * The cache of a resource that has come at run time, made where there is none. Nothing may be written below its prefix
   * before; what lay there when the server started is in it.
   */
  add(prefix: string, make: () => ResourceCache): ResourceCache {
    const known = this.#caches.get(prefix)
    if (known) return known
    const cache = make()
    for (const { key, value, revision } of this.#strays.get(prefix) ?? []) cache.load(key, value, revision)
    this.#strays.delete(prefix)
    cache.begin(this.#revision)
    this.#caches.set(prefix, cache)
    return cache
  }

  /** Forgets the cache of a resource that has gone; one that still holds objects is kept for the next of that name. */
  remove(cache: ResourceCache): void {
    cache.closeWatchers()
    if (cache.size === 0) this.#caches.delete(cache.spec.prefix)
  }

  /** Follows storage until the signal is aborted. Fails when the subscription does: the cache is then of no use. */
  async run(signal: AbortSignal): Promise<void> {
    this.#following = true
    try {
      for await (const events of this.#storage.watch(root, this.#revision, signal)) {
        for (const event of events) this.#apply(event)
        this.#release()
        this.#forget()
      }
    } finally {
      this.#following = false
      for (const cache of this.#caches.values()) cache.closeWatchers()
    }
  }

  /** Throws when the cache does not follow storage any more. */
  check(): void {
    if (!this.#following) throw new Error('the watch cache does not follow storage')
  }

  /** Resolves when the cache holds all that storage had committed when this was called. */
  fresh(): Promise<void> | undefined {
    return this.reached(this.#storage.revision())
  }

  /** Resolves when the cache has reached the revision; undefined when it has already. */
  reached(revision: number): Promise<void> | undefined {
    if (this.#revision >= revision) return undefined
    return new Promise((resolve) => this.#waiters.push({ revision, resolve }))
  }

  /** As `reached`, but gives up after a while: false. */
  async reachedWithin(revision: number, ms: number, clock: Clock): Promise<boolean> {
    const reached = this.reached(revision)
    if (!reached) return true
    let cancel = () => {}
    const late = new Promise<boolean>((resolve) => {
      cancel = clock.setTimer(ms, () => resolve(false))
    })
    const result = await Promise.race([reached.then(() => true), late])
    cancel()
    return result
  }

  /**
   * Changes of a resource from storage's history: those after `after`, up to `upTo`. Throws `CompactedError` where
   * history does not reach back that far.
   */
  async *history(cache: ResourceCache, after: number, upTo: number): AsyncGenerator<Change[]> {
    for await (const events of this.#storage.history(cache.spec.prefix, after, upTo)) {
      yield events.flatMap((event) => cache.pastChange(event) ?? [])
    }
  }

  #apply(event: StorageEvent): void {
    this.#cacheOf(event.key)?.apply(event)
    this.#revision = event.revision
  }

  /** Pages of a list are kept as long as history is. */
  #forget(): void {
    const compacted = this.#storage.compacted()
    if (compacted === this.#compacted) return
    this.#compacted = compacted
    for (const cache of this.#caches.values()) cache.dropSnapshots(compacted)
  }

  #release(): void {
    if (this.#waiters.length === 0) return
    const ready = this.#waiters.filter((waiter) => waiter.revision <= this.#revision)
    this.#waiters = this.#waiters.filter((waiter) => waiter.revision > this.#revision)
    for (const waiter of ready) waiter.resolve()
  }

  #cacheOf(key: string): ResourceCache | undefined {
    return this.#caches.get(prefixOf(key))
  }

  #keepStray(item: KeyValue): void {
    const prefix = prefixOf(item.key)
    const others = this.#strays.get(prefix)
    if (others) others.push(item)
    else this.#strays.set(prefix, [item])
  }
}

/** The part of a storage key that names the group and the resource. */
function prefixOf(key: string): string {
  return key.slice(0, key.indexOf('/', key.indexOf('/', root.length) + 1) + 1)
}
