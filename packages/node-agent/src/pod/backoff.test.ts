import { describe, expect, it } from 'vitest'
import { Backoff } from './backoff.ts'

describe('the back-off of a container', () => {
  it('does not hold back the first restart, then doubles up to five minutes', () => {
    const backoff = new Backoff()
    const delays: number[] = []
    let now = 0
    for (let n = 0; n < 8; n++) {
      const finishedAt = now
      const left = backoff.remaining('c', finishedAt, now)
      delays.push(left / 1000)
      now += left
      expect(backoff.remaining('c', finishedAt, now)).toBe(0)
      backoff.next('c', finishedAt, now)
    }
    expect(delays).toEqual([0, 10, 20, 40, 80, 160, 300, 300])
  })

  it('is forgotten after ten minutes without a failure', () => {
    const backoff = new Backoff()
    backoff.next('c', 0, 0)
    backoff.next('c', 1000, 1000)
    expect(backoff.remaining('c', 2000, 2000)).toBe(20_000)
    const later = 1000 + 600_001
    expect(backoff.remaining('c', later, later)).toBe(0)
    backoff.next('c', later, later)
    expect(backoff.delay('c')).toBe(10_000)
  })

  it('is of one container', () => {
    const backoff = new Backoff()
    backoff.next('c', 0, 0)
    expect(backoff.remaining('d', 0, 0)).toBe(0)
  })
})
