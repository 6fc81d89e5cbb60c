import { FakeClock } from '@wherry/component-base'
import { beforeEach, describe, expect, it } from 'vitest'
import { newRateLimiter, newTokenBucket } from './rate-limiter.ts'
import { newWorkqueue, type Workqueue } from './workqueue.ts'

let clock: FakeClock
let queue: Workqueue

beforeEach(() => {
  clock = new FakeClock()
  queue = newWorkqueue({ clock })
})

/** What waits to be taken, in order. */
async function drain(): Promise<string[]> {
  const items: string[] = []
  while (queue.length > 0) items.push((await queue.get()) ?? '')
  return items
}

describe('a work queue', () => {
  it('gives items in the order in which they were added, each once', async () => {
    for (const item of ['a', 'b', 'a', 'c', 'b']) queue.add(item)
    expect(await drain()).toEqual(['a', 'b', 'c'])
  })

  it('runs an item again that is added while it is processed, once and only afterwards', async () => {
    queue.add('a')
    await queue.get()
    queue.add('a')
    queue.add('a')
    expect(queue.length).toBe(0)
    queue.done('a')
    expect(await drain()).toEqual(['a'])
    queue.done('a')
    expect(queue.length).toBe(0)
  })

  it('hands an item to whoever waits for one, first come first served', async () => {
    const first = queue.get()
    const second = queue.get()
    queue.add('a')
    queue.add('b')
    expect(await Promise.all([first, second])).toEqual(['a', 'b'])
  })

  it('adds an item later, at the earliest time that was asked for', async () => {
    queue.addAfter('a', 100)
    queue.addAfter('a', 50)
    queue.addAfter('a', 200)
    await clock.advance(49)
    expect(queue.length).toBe(0)
    await clock.advance(1)
    expect(await drain()).toEqual(['a'])
    expect(clock.pending).toBe(0)
  })

  it('adds an item at once when the delay is nothing', async () => {
    queue.addAfter('a', 0)
    expect(await drain()).toEqual(['a'])
  })

  it('waits for longer than a timer can', async () => {
    queue.addAfter('a', 2 ** 32)
    await clock.advance(2 ** 32 - 1)
    expect(queue.length).toBe(0)
    await clock.advance(1)
    expect(queue.length).toBe(1)
  })

  it('lets an item that fails wait twice as long each time, until it is forgotten', async () => {
    const delays: number[] = []
    for (let i = 0; i < 4; i++) {
      const began = clock.now()
      queue.addRateLimited('a')
      while (queue.length === 0) await clock.advance(1)
      delays.push(clock.now() - began)
      queue.done((await queue.get()) ?? '')
    }
    expect(delays).toEqual([5, 10, 20, 40])
    expect(queue.retries('a')).toBe(4)
    queue.forget('a')
    queue.addRateLimited('a')
    await clock.advance(5)
    expect(queue.length).toBe(1)
  })

  it('gives out what it has when it is shut down, takes nothing more, and leaves no timer', async () => {
    queue.add('a')
    queue.addAfter('b', 10)
    queue.shutDown()
    queue.add('c')
    queue.addAfter('d', 10)
    expect(await queue.get()).toBe('a')
    expect(await queue.get()).toBeUndefined()
    expect(clock.pending).toBe(0)
  })

  it('sends those who wait away when it is shut down', async () => {
    const waiting = [queue.get(), queue.get()]
    queue.shutDown()
    expect(await Promise.all(waiting)).toEqual([undefined, undefined])
  })
})

describe('the rate limiter', () => {
  it('lets no item wait for longer than the bound', () => {
    const limiter = newRateLimiter(clock, { baseMs: 5, maxMs: 100, burst: 1000 })
    expect(Array.from({ length: 7 }, () => limiter.when('a'))).toEqual([5, 10, 20, 40, 80, 100, 100])
  })

  it('slows all items down together once the burst is used up', async () => {
    const limiter = newRateLimiter(clock, { perSecond: 10, burst: 2 })
    expect(['a', 'b', 'c', 'd'].map((item) => limiter.when(item))).toEqual([5, 5, 100, 200])
    await clock.advance(1000)
    expect(limiter.when('e')).toBe(5)
  })
})

describe('a token bucket', () => {
  it('is refilled evenly, up to its size', async () => {
    const bucket = newTokenBucket(clock, 1, 2)
    expect([bucket.tryTake(), bucket.tryTake(), bucket.tryTake()]).toEqual([true, true, false])
    await clock.advance(999)
    expect(bucket.tryTake()).toBe(false)
    await clock.advance(1)
    expect(bucket.tryTake()).toBe(true)
    await clock.advance(60_000)
    expect([bucket.tryTake(), bucket.tryTake(), bucket.tryTake()]).toEqual([true, true, false])
  })
})
