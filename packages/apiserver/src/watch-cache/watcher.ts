import type { CachedObject } from './cached-object.ts'
import type { Change, ChangeType } from './event-window.ts'
import type { Trigger } from './watcher-set.ts'

/** What a watcher wants of a resource. */
export interface Selection {
  /** Empty: all namespaces. */
  readonly namespace: string
  /** Empty: all names. */
  readonly name: string
  /** Label and field selectors; absent: everything. */
  readonly matches: ((object: CachedObject) => boolean) | undefined
  /** Present: only objects with this value can match. */
  readonly trigger?: Trigger | undefined
}

/** A change as one watcher sees it. */
export interface WatchedChange {
  readonly type: ChangeType
  readonly object: CachedObject
  /** Whose frames may be shared. */
  readonly change: Change
}

/** How many changes a watcher may lag behind before it is cut off. */
export const maxWatcherLag = 10_000

export function selects({ namespace, name, matches }: Selection, object: CachedObject): boolean {
  if (namespace !== '' && object.namespace !== namespace) return false
  if (name !== '' && object.name !== name) return false
  return matches === undefined || matches(object)
}

/**
 * One watch on a resource. Changes come in order, each once; a reader that does not keep up is cut off: the watch ends,
 * and its client resumes from the last revision that it has seen.
 */
export class Watcher {
  readonly #selection: Selection
  readonly #entomb: (previous: CachedObject, revision: number) => CachedObject
  readonly #onClose: (watcher: Watcher) => void
  #pending: WatchedChange[] = []
  #closed = false
  #cutOff = false
  #end: () => void = () => {}
  /** Resolves when the watch is closed, by either side. */
  readonly ended = new Promise<void>((resolve) => {
    this.#end = resolve
  })
  #wake: (() => void) | undefined

  constructor(
    selection: Selection,
    entomb: (previous: CachedObject, revision: number) => CachedObject,
    onClose: (watcher: Watcher) => void,
  ) {
    this.#selection = selection
    this.#entomb = entomb
    this.#onClose = onClose
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Whether the watch was closed because its reader did not keep up. */
  get cutOff(): boolean {
    return this.#cutOff
  }

  /** Whether its reader has taken all changes and waits for more. */
  get idle(): boolean {
    return this.#wake !== undefined && this.#pending.length === 0
  }

  /** Called by the cache for each change of the resource. */
  offer(change: Change): void {
    const seen = this.view(change)
    if (!seen || this.#closed) return
    if (this.#pending.length >= maxWatcherLag) {
      this.#pending = []
      this.#cutOff = true
      this.close()
      return
    }
    this.#pending.push(seen)
    this.#wake?.()
  }

  /** How the change looks through the selection: an object that stops matching is deleted, one that begins is added. */
  view(change: Change): WatchedChange | undefined {
    const { previous, object, type } = change
    const now = type !== 'DELETED' && selects(this.#selection, object)
    const before = previous !== undefined && selects(this.#selection, previous)
    if (now) return { type: before ? 'MODIFIED' : 'ADDED', object, change }
    if (before) return { type: 'DELETED', object: change.tombstone(this.#entomb), change }
    return undefined
  }

  /** The next changes, at once when some are waiting; undefined when the watch has ended. */
  async next(): Promise<WatchedChange[] | undefined> {
    while (this.#pending.length === 0 && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      this.#wake = undefined
    }
    if (this.#pending.length === 0) return undefined
    const changes = this.#pending
    this.#pending = []
    return changes
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#onClose(this)
    this.#end()
    this.#wake?.()
  }
}
