import type { Clock } from '@wherry/component-base'

/** The longest delay of a timer. */
const maxDelay = 2 ** 31 - 1

/** One timer for the earliest of all reasons to look again. */
export class WakeTimer {
  readonly #clock: Clock
  readonly #wake: () => void
  #at = Infinity
  #cancel = () => {}

  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock
    this.#wake = wake
  }

  /** Wakes at that time at the latest; Infinity asks for nothing. */
  at(time: number): void {
    if (time >= this.#at) return
    this.clear()
    this.#at = time
    const delay = Math.min(Math.max(time - this.#clock.now(), 0), maxDelay)
    this.#cancel = this.#clock.setTimer(delay, () => {
      this.#at = Infinity
      this.#wake()
    })
  }

  in(ms: number): void {
    this.at(this.#clock.now() + ms)
  }

  clear(): void {
    this.#cancel()
    this.#at = Infinity
  }
}
