import type { Clock } from '@wherry/component-base'
import { newRateLimiter, type RateLimiter } from './rate-limiter.ts'

export interface WorkqueueDeps {
  clock: Clock
  rateLimiter?: RateLimiter
}

/**
 * Keys that wait to be worked on. As client-go: util/workqueue.
 *
 * A key that is added several times before it is taken is worked on once. A key that is added while it is worked on is
 * worked on again afterwards, never twice at the same time. Keys are taken in the order in which they became due.
 */
export interface Workqueue {
  add(item: string): void
  /** Adds the item later; of several such wishes for one item the earliest counts. */
  addAfter(item: string, ms: number): void
  /** Adds the item later, the later the more often it has failed since it was last forgotten. */
  addRateLimited(item: string): void
  /** The item's failures no longer count. */
  forget(item: string): void
  retries(item: string): number
  /** The next item, once there is one; undefined when the queue is shut down and empty. `done` must follow. */
  get(): Promise<string | undefined>
  done(item: string): void
  /** How many items wait to be taken. */
  readonly length: number
  /** Takes no more items. Those that wait are still given out; those that wait for their time are dropped. */
  shutDown(): void
}

export function newWorkqueue({ clock, rateLimiter = newRateLimiter(clock) }: WorkqueueDeps): Workqueue {
  return new Queue(clock, rateLimiter)
}

interface Delayed {
  at: number
  cancel: () => void
}

/**
 *     add ──▶ dirty + queue ──get──▶ processing ──done──▶ (gone)
 *                   ▲                    │ add: dirty only
 *                   └────────done────────┘
 */
class Queue implements Workqueue {
  readonly #clock: Clock
  readonly #rateLimiter: RateLimiter
  /** What is to be worked on, in order; every item of it is dirty and not processing. A Set keeps insertion order. */
  readonly #queue = new Set<string>()
  readonly #dirty = new Set<string>()
  readonly #processing = new Set<string>()
  readonly #delayed = new Map<string, Delayed>()
  readonly #takers: ((item: string | undefined) => void)[] = []
  #shutDown = false

  constructor(clock: Clock, rateLimiter: RateLimiter) {
    this.#clock = clock
    this.#rateLimiter = rateLimiter
  }

  get length(): number {
    return this.#queue.size
  }

  add(item: string): void {
    if (this.#shutDown || this.#dirty.has(item)) return
    this.#dirty.add(item)
    if (!this.#processing.has(item)) this.#push(item)
  }

  addAfter(item: string, ms: number): void {
    if (this.#shutDown) return
    if (ms <= 0) {
      this.add(item)
      return
    }
    const at = this.#clock.now() + ms
    const waiting = this.#delayed.get(item)
    if (waiting && waiting.at <= at) return
    waiting?.cancel()
    const cancel = this.#setTimer(at, () => {
      this.#delayed.delete(item)
      this.add(item)
    })
    this.#delayed.set(item, { at, cancel })
  }

  addRateLimited(item: string): void {
    this.addAfter(item, this.#rateLimiter.when(item))
  }

  forget(item: string): void {
    this.#rateLimiter.forget(item)
  }

  retries(item: string): number {
    return this.#rateLimiter.retries(item)
  }

  get(): Promise<string | undefined> {
    const item = this.#take()
    if (item !== undefined || this.#shutDown) return Promise.resolve(item)
    return new Promise((resolve) => this.#takers.push(resolve))
  }

  done(item: string): void {
    this.#processing.delete(item)
    if (this.#dirty.has(item)) this.#push(item)
  }

  shutDown(): void {
    this.#shutDown = true
    for (const { cancel } of this.#delayed.values()) cancel()
    this.#delayed.clear()
    this.#serve()
    for (const taker of this.#takers.splice(0)) taker(undefined)
  }

  #push(item: string): void {
    this.#queue.add(item)
    // Not at once: whoever adds an item may add it several times in a row, and it is to be worked on once.
    if (this.#takers.length > 0) queueMicrotask(() => this.#serve())
  }

  #serve(): void {
    while (this.#takers.length > 0 && this.#queue.size > 0) this.#takers.shift()?.(this.#take())
  }

  #take(): string | undefined {
    const [item] = this.#queue
    if (item === undefined) return undefined
    this.#queue.delete(item)
    this.#dirty.delete(item)
    this.#processing.add(item)
    return item
  }

  /** A timer cannot wait for longer than 24 days: a longer wait is several. */
  #setTimer(at: number, fn: () => void): () => void {
    const left = at - this.#clock.now()
    if (left <= longestTimerMs) return this.#clock.setTimer(left, fn)
    let cancel = this.#clock.setTimer(longestTimerMs, () => {
      cancel = this.#setTimer(at, fn)
    })
    return () => cancel()
  }
}

const longestTimerMs = 2 ** 31 - 1
