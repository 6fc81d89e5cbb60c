import { describe, expect, it } from 'vitest'
import { FakeClock, newBackoff } from './index.ts'

const options = { initialMs: 50, maxMs: 300, random: () => 0.5 }

describe('a backoff', () => {
  it('doubles up to its bound', () => {
    const backoff = newBackoff({ ...options, clock: new FakeClock() })
    expect([1, 2, 3, 4, 5].map(() => backoff.next())).toEqual([50, 100, 200, 300, 300])
  })

  it('begins again after a reset', () => {
    const backoff = newBackoff({ ...options, clock: new FakeClock() })
    backoff.next()
    backoff.next()
    backoff.reset()
    expect(backoff.next()).toBe(50)
  })

  it('begins again when it was not asked for long', async () => {
    const clock = new FakeClock()
    const backoff = newBackoff({ ...options, clock, resetAfterMs: 1000 })
    backoff.next()
    await clock.advance(1000)
    expect(backoff.next()).toBe(100)
    await clock.advance(1001)
    expect(backoff.next()).toBe(50)
  })

  it('is lengthened by its jitter', () => {
    const backoff = newBackoff({ ...options, clock: new FakeClock(), jitter: 1 })
    expect(backoff.next()).toBe(75)
  })
})
