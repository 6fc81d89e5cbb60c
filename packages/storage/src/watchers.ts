import { OverflowError, type StorageEvent } from './storage.ts'

/** How many events a watcher may lag behind before it is cut off. */
const maxLag = 10_000

/** The readers of one store: each gets the committed events of its prefix, from a bounded queue. */
export class Watchers {
  readonly #queues = new Set<WatchQueue>()

  get size(): number {
    return this.#queues.size
  }

  add(prefix: string): WatchQueue {
    const queue = new WatchQueue(prefix, () => this.#queues.delete(queue))
    this.#queues.add(queue)
    return queue
  }

  publish(events: readonly StorageEvent[]): void {
    for (const queue of this.#queues) queue.push(events)
  }

  /** Ends all watches with an error. */
  fail(error: unknown): void {
    for (const queue of this.#queues) queue.close(error)
  }

  /** Ends all watches, as a store does that closes. */
  close(): void {
    for (const queue of this.#queues) queue.close()
  }
}

export class WatchQueue {
  readonly #prefix: string
  readonly #onClose: () => void
  #events: StorageEvent[] = []
  #closed = false
  #failure: { readonly error: unknown } | undefined
  #wake: (() => void) | undefined

  constructor(prefix: string, onClose: () => void) {
    this.#prefix = prefix
    this.#onClose = onClose
  }

  push(events: readonly StorageEvent[]): void {
    const mine = events.filter((event) => event.key.startsWith(this.#prefix))
    if (mine.length === 0) return
    if (this.#events.length + mine.length > maxLag) {
      this.#events = []
      this.close(new OverflowError('the watcher fell too far behind'))
      return
    }
    this.#events.push(...mine)
    this.#wake?.()
  }

  /** With an error, the reader gets it after what is waiting. */
  close(error?: unknown): void {
    if (this.#closed) return
    this.#closed = true
    if (error !== undefined) this.#failure = { error }
    this.#onClose()
    this.#wake?.()
  }

  /** The next events, or undefined at the end. */
  async next(): Promise<StorageEvent[] | undefined> {
    while (this.#events.length === 0 && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    if (this.#events.length === 0) {
      if (this.#failure) throw this.#failure.error
      return undefined
    }
    const events = this.#events
    this.#events = []
    return events
  }
}
