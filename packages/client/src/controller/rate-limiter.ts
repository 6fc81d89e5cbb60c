import type { Clock } from '@wherry/component-base'

/** Says how long a failed item waits before it is tried again. */
export interface RateLimiter {
  /** Counts a failure of the item. */
  when(item: string): number
  /** The item's failures no longer count. */
  forget(item: string): void
  retries(item: string): number
}

export interface RateLimits {
  baseMs?: number
  maxMs?: number
  /** All items together: this many retries a second, after a first burst. */
  perSecond?: number
  burst?: number
}

/**
 * The delay doubles with each failure of an item; besides, all items share a bucket of retries. The longer wait counts.
 * As client-go: `DefaultTypedControllerRateLimiter`.
 */
export function newRateLimiter(clock: Clock, limits: RateLimits = {}): RateLimiter {
  const { baseMs = 5, maxMs = 1_000_000, perSecond = 10, burst = 100 } = limits
  const failures = new Map<string, number>()
  const bucket = newTokenBucket(clock, perSecond, burst)
  return {
    when(item) {
      const count = failures.get(item) ?? 0
      failures.set(item, count + 1)
      return Math.max(Math.min(baseMs * 2 ** count, maxMs), bucket.reserve())
    },
    forget: (item) => void failures.delete(item),
    retries: (item) => failures.get(item) ?? 0,
  }
}

/** Tokens that are refilled evenly. */
export interface TokenBucket {
  /** Takes a token now if there is one. */
  tryTake(): boolean
  /** Takes a token in any case; the milliseconds until it is there. */
  reserve(): number
}

export function newTokenBucket(clock: Clock, perSecond: number, burst: number): TokenBucket {
  let tokens = burst
  let at = clock.now()
  const refill = () => {
    const now = clock.now()
    tokens = Math.min(burst, tokens + ((now - at) * perSecond) / 1000)
    at = now
  }
  return {
    tryTake() {
      refill()
      if (tokens < 1) return false
      tokens--
      return true
    },
    reserve() {
      refill()
      tokens--
      return tokens >= 0 ? 0 : (-tokens * 1000) / perSecond
    },
  }
}
