import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

export interface BackoffOptions {
  clock: Clock
  random: Random
  /** The first delay. */
  initialMs: number
  /** No delay is longer than this, jitter apart. */
  maxMs: number
  /** Each delay is this many times the one before; 2 unless told. */
  factor?: number
  /** A delay is lengthened by up to this share of itself, so that many clients do not come back as one; 0 unless told. */
  jitter?: number
  /** After this long without a call the next delay is the first one again; never unless told. */
  resetAfterMs?: number
}

/** Says how long to wait before the next attempt: longer each time, until it is reset. */
export interface Backoff {
  next(): number
  reset(): void
}

/** As `wait.Backoff` of apimachinery with its `DelayWithReset`. */
export function newBackoff(options: BackoffOptions): Backoff {
  const { clock, random, initialMs, maxMs, factor = 2, jitter = 0, resetAfterMs = Infinity } = options
  let delay = initialMs
  let last = clock.now()
  return {
    next() {
      const now = clock.now()
      if (now - last > resetAfterMs) delay = initialMs
      last = now
      const current = delay
      delay = Math.min(delay * factor, maxMs)
      return current * (1 + random() * jitter)
    },
    reset() {
      delay = initialMs
    },
  }
}
