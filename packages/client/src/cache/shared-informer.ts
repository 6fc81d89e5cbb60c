import type { KubeObject } from '@wherry/api'
import { type DeepReadonly, objectKey } from '@wherry/apimachinery'
import type { Logger } from '@wherry/component-base'
import { type Change, Indexer } from './indexer.ts'
import type { Handlers, Informer } from './informer.ts'
import type { ReflectorStore } from './reflector.ts'
import { compareVersions } from './resource-version.ts'

interface Waiter {
  done: () => boolean
  resolve: () => void
}

/** The store of one reflector, which tells handlers what has changed. */
export class SharedInformer<T extends KubeObject> implements Informer<T>, ReflectorStore<T> {
  readonly #indexer = new Indexer<T>()
  readonly #logger: Logger
  readonly #handlers = new Set<Handlers<T>>()
  #waiters: Waiter[] = []
  #version = ''
  #hasSynced = false

  constructor(logger: Logger) {
    this.#logger = logger
  }

  get lister() {
    return this.#indexer
  }

  get hasSynced(): boolean {
    return this.#hasSynced
  }

  get resourceVersion(): string {
    return this.#version
  }

  on(handlers: Handlers<T>): () => void {
    // A copy, so that handlers which are added twice are told twice and removed once.
    const own = { ...handlers }
    this.#handlers.add(own)
    for (const object of this.#indexer.list()) this.#tell(own, { type: 'added', object })
    return () => void this.#handlers.delete(own)
  }

  synced(): Promise<void> {
    return this.#when(() => this.#hasSynced)
  }

  reached(resourceVersion: string, signal: AbortSignal): Promise<void> {
    return this.#when(() => compareVersions(this.#version, resourceVersion) >= 0, signal)
  }

  /** Resolves once the cache no longer has the object as one that lives. */
  ended(key: string, uid: string, signal: AbortSignal): Promise<void> {
    return this.#when(() => {
      const object = this.#indexer.get(key)
      return !object || object.metadata.deletionTimestamp !== undefined || object.metadata.uid !== uid
    }, signal)
  }

  replace(objects: readonly T[], resourceVersion: string): void {
    const gone = new Set(this.#indexer.keys())
    for (const object of objects) {
      const key = objectKey(object.metadata)
      gone.delete(key)
      const old = this.#indexer.get(key)
      if (!old || old.metadata.resourceVersion !== object.metadata.resourceVersion || !sameUid(old, object))
        this.#set(object)
    }
    for (const key of gone) this.#delete(key)
    this.#hasSynced = true
    this.bookmark(resourceVersion)
  }

  apply(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void {
    if (type === 'DELETED') this.#delete(objectKey(object.metadata), object)
    else this.#set(object)
    this.bookmark(object.metadata.resourceVersion ?? this.#version)
  }

  bookmark(resourceVersion: string): void {
    this.#version = resourceVersion
    if (this.#waiters.length === 0) return
    const due = this.#waiters.filter((waiter) => waiter.done())
    this.#waiters = this.#waiters.filter((waiter) => !due.includes(waiter))
    for (const waiter of due) waiter.resolve()
  }

  #set(object: T): void {
    const key = objectKey(object.metadata)
    const old = this.#indexer.get(key)
    // Another object of the same name: the end of the first went unseen.
    if (old && !sameUid(old, object)) this.#delete(key)
    this.#notify(this.#indexer.set(readonly(object)))
  }

  #delete(key: string, last?: T): void {
    const old = this.#indexer.delete(key)
    if (old) this.#notify({ type: 'deleted', object: last ? readonly(last) : old })
  }

  #notify(change: Change<T>): void {
    for (const handlers of [...this.#handlers]) this.#tell(handlers, change)
  }

  #tell(handlers: Handlers<T>, change: Change<T>): void {
    try {
      if (change.type === 'added') handlers.added?.(change.object)
      else if (change.type === 'updated') handlers.updated?.(change.object, change.old)
      else handlers.deleted?.(change.object)
    } catch (error) {
      this.#logger.error('event handler failed', { object: objectKey(change.object.metadata), error })
    }
  }

  #when(done: () => boolean, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (done()) return resolve()
      if (signal?.aborted) return reject(signal.reason)
      const abort = () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter)
        reject(signal?.reason)
      }
      const waiter = {
        done,
        resolve: () => {
          signal?.removeEventListener('abort', abort)
          resolve()
        },
      }
      this.#waiters.push(waiter)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }
}

function sameUid(a: DeepReadonly<KubeObject>, b: DeepReadonly<KubeObject>): boolean {
  return a.metadata.uid === b.metadata.uid
}

/** From here on nobody changes it. The compiler does not see that a type and its readonly form are the same object. */
function readonly<T extends KubeObject>(object: T): DeepReadonly<T> {
  return object as DeepReadonly<T>
}
