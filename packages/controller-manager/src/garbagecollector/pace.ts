import { type Clock, sleep } from '@wherry/component-base'

export interface PaceOptions {
  /** Between looks when something has just happened. */
  minMs: number
  /** Between looks when nothing has happened for long. */
  maxMs: number
}

/** How often to look at something that nobody reports on: soon after signs of life, rarely when all is still. */
export interface Pace {
  /** Resolves when it is time for the next look, or when the signal is aborted. */
  next(signal: AbortSignal): Promise<void>
  /** Something has happened: the next look is due within the shortest time. */
  hurry(): void
}

/** Every wait is twice as long as the one before, between the bounds. */
export function newPace(clock: Clock, { minMs, maxMs }: PaceOptions): Pace {
  let delay = minMs
  let due = 0
  let shorten = () => {}
  return {
    async next(signal) {
      due = clock.now() + delay
      delay = Math.min(delay * 2, maxMs)
      while (!signal.aborted && clock.now() < due) {
        const early = new AbortController()
        shorten = () => early.abort()
        await sleep(clock, due - clock.now(), AbortSignal.any([signal, early.signal])).catch(() => undefined)
      }
    },
    hurry() {
      delay = minMs
      if (due <= clock.now() + minMs) return
      due = clock.now() + minMs
      shorten()
    },
  }
}
