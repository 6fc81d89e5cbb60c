import type { CachedObject } from './cached-object.ts'

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED'

/** One committed change of one object. */
export class Change {
  readonly type: ChangeType
  readonly revision: number
  /** The object after the change; for a delete, its last state with the revision of the delete. */
  readonly object: CachedObject
  /** The object before the change; absent when it was added. */
  readonly previous: CachedObject | undefined
  /** The change as it goes to watchers, by type and encoding: made once, however many watch. */
  readonly frames = new Map<string, Buffer>()
  #tombstone: CachedObject | undefined

  constructor(type: ChangeType, object: CachedObject, previous: CachedObject | undefined) {
    this.type = type
    this.revision = object.revision
    this.object = object
    this.previous = previous
  }

  /** The previous state with this change's revision: what a watcher gets whose selector the object has left. */
  tombstone(make: (previous: CachedObject, revision: number) => CachedObject): CachedObject {
    if (this.type === 'DELETED' || !this.previous) return this.object
    this.#tombstone ??= make(this.previous, this.revision)
    return this.#tombstone
  }
}

/** How many of the latest changes keep their frames. */
const framesKept = 128

/** The latest changes of a resource, up to a bound, for watches that resume and for lists at a past revision. */
export class EventWindow {
  readonly #capacity: number
  #changes: Change[] = []
  #start = 0
  /** Changes after this revision are all here. */
  #after: number

  constructor(after: number, capacity = 2048) {
    this.#after = after
    this.#capacity = capacity
  }

  /** Changes above this revision are here, none below. */
  get after(): number {
    return this.#after
  }

  push(change: Change): void {
    this.#changes.push(change)
    // Watchers that keep up have sent these long ago; one that lags makes them again.
    this.#changes[this.#changes.length - 1 - framesKept]?.frames.clear()
    if (this.#changes.length - this.#start <= this.#capacity) return
    this.#after = this.#changes[this.#start]?.revision ?? this.#after
    this.#start++
    // Taken off in halves, so that each change is moved once on the average.
    if (this.#start >= this.#capacity) {
      this.#changes = this.#changes.slice(this.#start)
      this.#start = 0
    }
  }

  /** The changes with a higher revision, in order; the caller has asked whether they are all here. */
  since(revision: number): Change[] {
    let low = this.#start
    let high = this.#changes.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#changes[middle]?.revision ?? 0) <= revision) low = middle + 1
      else high = middle
    }
    return this.#changes.slice(low)
  }
}
