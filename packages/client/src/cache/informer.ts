import type { KubeObject } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { Lister } from './lister.ts'

export interface Handlers<T extends KubeObject = KubeObject> {
  added?(object: DeepReadonly<T>): void
  updated?(object: DeepReadonly<T>, old: DeepReadonly<T>): void
  /** With the last state that was seen, which may be older than the one that was deleted. */
  deleted?(object: DeepReadonly<T>): void
}

/**
 * A cache of one kind's objects that follows the server.
 *
 * Handlers run after the cache has changed, one change after the other, in the order of the server's events; several
 * changes of one object may arrive as one. A handler that is added late is told of everything that is in the cache. A
 * handler that throws is logged and does not stop the others.
 */
export interface Informer<T extends KubeObject = KubeObject> {
  readonly lister: Lister<T>
  /** The whole of the first list is in the cache. */
  readonly hasSynced: boolean
  /** The version that the cache has reached; empty before the first list. */
  readonly resourceVersion: string
  /** Adds handlers; the returned function removes them. */
  on(handlers: Handlers<T>): () => void
  /** Resolves once the first list is in the cache. */
  synced(): Promise<void>
  /** Resolves once the cache holds everything up to this version; rejects when the signal is aborted first. */
  reached(resourceVersion: string, signal: AbortSignal): Promise<void>
  /** Resolves once the cache no longer has this object, or has it as one that is being deleted. */
  ended(key: string, uid: string, signal: AbortSignal): Promise<void>
}
