import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { FakeClock, forMany, sleep } from './index.ts'

describe('a signal for many', () => {
  it('takes many listeners without a warning', async () => {
    const warnings: string[] = []
    const note = (warning: Error) => void warnings.push(warning.name)
    process.on('warning', note)
    const controller = new AbortController()
    const signal = forMany(controller.signal)
    const clock = new FakeClock()
    const sleeps = Array.from({ length: 50 }, () => sleep(clock, 1000, signal))
    expect(getEventListeners(signal, 'abort')).toHaveLength(50)
    await clock.advance(1000)
    await Promise.all(sleeps)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    process.off('warning', note)
    expect(warnings).toEqual([])
  })
})
