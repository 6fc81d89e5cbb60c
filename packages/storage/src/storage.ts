/** One key as a reader sees it. */
export interface KeyValue {
  key: string
  value: Uint8Array
  /** The revision of the key's last write. */
  revision: number
}

/** One committed write. Events of all keys have distinct revisions, which grow by one. */
export interface StorageEvent {
  type: 'put' | 'delete'
  key: string
  /** The revision of this write. */
  revision: number
  /** The revision of the write that this one replaced; 0 for a key that did not exist. */
  previousRevision: number
  /** What was written, the very bytes that `put` was given while the event is new; absent for a delete. */
  value?: Uint8Array
}

/** An event of the past, with what it replaced or deleted. */
export interface PastEvent extends StorageEvent {
  previous?: Uint8Array
}

/** What a write expects of its key: the revision of its last write, or 0 for a key that must not exist. */
export interface Expectation {
  revision: number
}

/** The key was not as the writer expected; nothing was written. */
export interface Conflict {
  /** The revision of the key's last write; 0 where it does not exist. */
  conflict: number
}

/**
 * A key-value store with one global revision, after etcd's model. A write that was acknowledged is on disk. Reads see
 * committed writes only. A watcher gets every event of its prefix once, in the order of revisions.
 *
 * Prefixes end with an ASCII character, such as a slash.
 */
export interface Storage {
  get(key: string): Promise<KeyValue | undefined>
  /** The keys that begin with the prefix, in the order of their UTF-8 bytes, as of one revision. */
  list(prefix: string): Promise<{ items: KeyValue[]; revision: number }>
  put(key: string, value: Uint8Array, expect?: Expectation): Promise<{ revision: number } | Conflict>
  /** Deletes a key; one that does not exist is a conflict. */
  delete(key: string, expect?: Expectation): Promise<{ revision: number } | Conflict>
  /**
   * Batches of events with a revision above `after`, until the signal is aborted. Throws `CompactedError` where
   * history from there is gone, `OverflowError` when the reader falls too far behind, and what made the store fail.
   */
  watch(prefix: string, after: number, signal: AbortSignal): AsyncIterable<StorageEvent[]>
  /**
   * The events of a prefix that are already committed: those above `after`, up to and including `upTo`, in batches.
   * Throws `CompactedError` where some of them are gone.
   */
  history(prefix: string, after: number, upTo: number): AsyncIterable<PastEvent[]>
  /** Forgets history up to and including the revision: what was replaced or deleted by then. */
  compact(revision: number): Promise<void>
  /** The revision up to which history is forgotten. */
  compacted(): number
  /** The revision of the last committed write. */
  revision(): number
  close(): Promise<void>
}

/** The history that a watch asked for has been compacted. */
export class CompactedError extends Error {
  override readonly name = 'CompactedError'
  readonly compacted: number

  constructor(compacted: number) {
    super(`the required revision has been compacted: history begins after ${compacted}`)
    this.compacted = compacted
  }
}

/** A watcher did not keep up, and was cut off rather than buffered without bound. */
export class OverflowError extends Error {
  override readonly name = 'OverflowError'
}
