import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { childOf, FakeClock, forMany, sleep } from './index.ts'

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

describe('a child of a signal', () => {
  it('is aborted with its parent, for the same reason', () => {
    const parent = new AbortController()
    const child = childOf(parent.signal)
    parent.abort('enough')
    expect(child.signal.reason).toBe('enough')
    expect(childOf(parent.signal).signal.reason).toBe('enough')
  })

  it('can be aborted alone, and leaves nothing behind once it is released', () => {
    const parent = new AbortController()
    const child = childOf(parent.signal)
    child.abort('late')
    child.release()
    expect(child.signal.reason).toBe('late')
    expect(parent.signal.aborted).toBe(false)
    expect(getEventListeners(parent.signal, 'abort')).toEqual([])
  })
})
