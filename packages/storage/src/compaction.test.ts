import { FakeClock } from '@wherry/component-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openMemoryStorage, runCompaction, type Storage } from './index.ts'

let storage: Storage
let clock: FakeClock
let controller: AbortController
let running: Promise<void>

beforeEach(async () => {
  storage = await openMemoryStorage()
  clock = new FakeClock()
  controller = new AbortController()
})
afterEach(async () => {
  controller.abort()
  await running
  await storage.close()
})

const write = async (count: number) => {
  for (let i = 0; i < count; i++) await storage.put('/a', Buffer.from('x'))
}

describe('compaction', () => {
  it('forgets history of five minutes ago, and nothing younger', async () => {
    running = runCompaction({ storage, clock }, controller.signal)
    await write(5)
    await clock.advance(4 * 60_000)
    await write(5)
    await clock.advance(59_000)
    expect(storage.compacted()).toBe(0)
    await clock.advance(20_000)
    expect(storage.compacted()).toBe(5)
    await clock.advance(5 * 60_000)
    expect(storage.compacted()).toBe(10)
  })

  it('keeps no more events than its bound, however young', async () => {
    running = runCompaction({ storage, clock, maxEvents: 10 }, controller.signal)
    await write(25)
    await clock.advance(10_000)
    expect(storage.compacted()).toBe(15)
    expect(storage.revision()).toBe(25)
  })

  it('ends with its signal, and leaves no timer', async () => {
    running = runCompaction({ storage, clock }, controller.signal)
    controller.abort()
    await running
    expect(clock.pending).toBe(0)
  })
})
