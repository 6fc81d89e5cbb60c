import type { Conflict, Expectation } from './storage.ts'

/** A write that waits for its commit. */
export interface Write {
  readonly key: string
  /** Undefined: the key is deleted. */
  readonly value: Uint8Array | undefined
  readonly expect: Expectation | undefined
  resolve(result: { revision: number } | Conflict): void
  reject(error: unknown): void
}

/** The most writes that share one synced batch: past this, latency grows faster than throughput. */
const groupSize = 64

/**
 * Commits writes one group after another: those that arrive while a group is being synced share the next one. When a
 * commit fails, what reached the disk is unknown, so all writes that follow are refused: memory and disk cannot part.
 */
export class WriteQueue {
  readonly #commit: (group: readonly Write[]) => Promise<void>
  readonly #onFailure: (error: unknown) => void
  #waiting: Write[] = []
  #flushing = false
  #flushed: Promise<void> = Promise.resolve()
  #refusal: { readonly error: unknown } | undefined

  /** `commit` answers the writes of its group, or fails without having answered any. */
  constructor(commit: (group: readonly Write[]) => Promise<void>, onFailure: (error: unknown) => void) {
    this.#commit = commit
    this.#onFailure = onFailure
  }

  add(key: string, value: Uint8Array | undefined, expect: Expectation | undefined) {
    return new Promise<{ revision: number } | Conflict>((resolve, reject) => {
      if (this.#refusal) return reject(this.#refusal.error)
      this.#waiting.push({ key, value, expect, resolve, reject })
      if (!this.#flushing) this.#flushed = this.#flush()
    })
  }

  /** Refuses further writes and resolves when those that wait are done. */
  close(error: unknown): Promise<void> {
    this.#refusal ??= { error }
    return this.#flushed
  }

  /** Never fails. No await lies between the last look at the queue and the end, so no write is left behind. */
  async #flush(): Promise<void> {
    this.#flushing = true
    // Writes of the same turn of the event loop belong together.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const group = this.#waiting.slice(0, groupSize)
      this.#waiting = this.#waiting.slice(groupSize)
      try {
        await this.#commit(group)
      } catch (error) {
        this.#refusal = { error }
        for (const write of [...group, ...this.#waiting]) write.reject(error)
        this.#waiting = []
        this.#onFailure(error)
      }
    }
    this.#flushing = false
  }
}
