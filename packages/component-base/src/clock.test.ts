import { describe, expect, it } from 'vitest'
import { FakeClock, newLogger, sleep } from './index.ts'

describe('a fake clock', () => {
  it('fires timers in order of their time, and none early', async () => {
    const clock = new FakeClock(0)
    const fired: string[] = []
    clock.setTimer(20, () => fired.push(`b at ${clock.now()}`))
    clock.setTimer(10, () => fired.push(`a at ${clock.now()}`))
    clock.setTimer(31, () => fired.push('late'))
    await clock.advance(30)
    expect(fired).toEqual(['a at 10', 'b at 20'])
    expect(clock.now()).toBe(30)
  })

  it('fires a timer that a timer set, if it falls due', async () => {
    const clock = new FakeClock(0)
    const fired: number[] = []
    clock.setTimer(10, () => clock.setTimer(10, () => fired.push(clock.now())))
    await clock.advance(20)
    expect(fired).toEqual([20])
  })

  it('forgets a cancelled timer', async () => {
    const clock = new FakeClock(0)
    clock.setTimer(1, () => expect.unreachable())()
    await clock.advance(10)
    expect(clock.pending).toBe(0)
  })
})

describe('sleep', () => {
  it('ends when the clock has advanced', async () => {
    const clock = new FakeClock()
    const slept = sleep(clock, 1000)
    await clock.advance(1000)
    await expect(slept).resolves.toBeUndefined()
  })

  it('rejects with the reason of an abort and leaves no timer', async () => {
    const clock = new FakeClock()
    const controller = new AbortController()
    const slept = sleep(clock, 1000, controller.signal)
    controller.abort(new Error('enough'))
    await expect(slept).rejects.toThrow('enough')
    expect(clock.pending).toBe(0)
  })
})

describe('a logger', () => {
  it('writes one JSON line with bound fields, and the message of an error', () => {
    const lines: string[] = []
    newLogger({ write: (line) => lines.push(line), now: () => 0 })
      .with({ component: 'x' })
      .warn('failed', { error: new Error('no') })
    expect(lines).toEqual([
      '{"time":"1970-01-01T00:00:00.000Z","level":"warn","message":"failed","component":"x","error":"no"}',
    ])
  })

  it('drops lines below its level', () => {
    const lines: string[] = []
    newLogger({ level: 'error', write: (line) => lines.push(line) }).info('quiet')
    expect(lines).toEqual([])
  })
})
