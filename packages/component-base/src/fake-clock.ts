import type { Clock } from './clock.ts'

interface Timer {
  at: number
  order: number
  fn: () => void
}

/** A clock that stands still until a test advances it. */
export class FakeClock implements Clock {
  #now: number
  #order = 0
  #timers: Timer[] = []

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  /** How many timers wait to fire. */
  get pending(): number {
    return this.#timers.length
  }

  setTimer(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), order: this.#order++, fn }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** Moves time forward, fires what falls due in order of time, and lets promises settle after each timer. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (let due = this.#takeDue(end); due; due = this.#takeDue(end)) {
      this.#now = due.at
      due.fn()
      await settle()
    }
    this.#now = end
    await settle()
  }

  #takeDue(end: number): Timer | undefined {
    const [first] = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at || a.order - b.order)
    if (first) this.#timers = this.#timers.filter((timer) => timer !== first)
    return first
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
