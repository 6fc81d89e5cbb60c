/** As client-go's flowcontrol.Backoff: 10 s, doubling to 5 min, forgotten after 10 min without a failure. */
export class Backoff {
  readonly #entries = new Map<string, { delay: number; updated: number }>()
  readonly #initial: number
  readonly #max: number

  constructor(initial = 10_000, max = 300_000) {
    this.#initial = initial
    this.#max = max
  }

  /** How much longer to hold back after something that happened at `since`; 0 means go ahead. */
  remaining(key: string, since: number, now: number): number {
    const entry = this.#entries.get(key)
    if (!entry || this.#expired(entry.updated, since)) return 0
    return Math.max(0, since + entry.delay - now)
  }

  /** Counts a new attempt. */
  next(key: string, since: number, now: number): void {
    const entry = this.#entries.get(key)
    const delay = !entry || this.#expired(entry.updated, since) ? this.#initial : Math.min(entry.delay * 2, this.#max)
    this.#entries.set(key, { delay, updated: now })
  }

  delay(key: string): number {
    return this.#entries.get(key)?.delay ?? this.#initial
  }

  forget(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key)
  }

  #expired(updated: number, now: number): boolean {
    return now - updated > 2 * this.#max
  }
}
