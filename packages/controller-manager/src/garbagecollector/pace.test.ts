import { FakeClock } from '@wherry/component-base'
import { describe, expect, it } from 'vitest'
import { newPace } from './pace.ts'

function follow(clock: FakeClock) {
  const pace = newPace(clock, { minMs: 5, maxMs: 20 })
  const stop = new AbortController()
  const looks: number[] = []
  const loop = async () => {
    while (!stop.signal.aborted) {
      await pace.next(stop.signal)
      if (!stop.signal.aborted) looks.push(clock.now())
    }
  }
  const ended = loop()
  return {
    pace,
    looks,
    async stop() {
      stop.abort()
      await ended
    },
  }
}

describe('a pace', () => {
  it('slows down while nothing happens, to a limit', async () => {
    const clock = new FakeClock(0)
    const { looks, stop } = follow(clock)
    for (let i = 0; i < 80; i++) await clock.advance(1)
    expect(looks).toEqual([5, 15, 35, 55, 75])
    await stop()
    expect(clock.pending).toBe(0)
  })

  it('hurries when something happens, but never looks twice within the shortest time', async () => {
    const clock = new FakeClock(0)
    const { pace, looks, stop } = follow(clock)
    for (let i = 0; i < 40; i++) await clock.advance(1)
    for (let i = 0; i < 12; i++) {
      pace.hurry()
      await clock.advance(1)
    }
    expect(looks).toEqual([5, 15, 35, 45, 50])
    await stop()
  })
})
