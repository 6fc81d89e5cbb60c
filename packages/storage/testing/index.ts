import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CompactedError, type PastEvent, type Storage, type StorageEvent } from '../src/index.ts'

const bytes = (text: string) => Buffer.from(text)
const text = (value: Uint8Array | undefined) => value && Buffer.from(value).toString()

/** What every backend promises. */
export function storageSuite(name: string, make: () => Promise<Storage>): void {
  describe(`${name} storage`, () => {
    let storage: Storage
    beforeEach(async () => {
      storage = await make()
    })
    afterEach(() => storage.close())

    /** Takes events until there are as many as asked for. */
    async function take(prefix: string, after: number, count: number): Promise<StorageEvent[]> {
      const taken: StorageEvent[] = []
      for await (const events of storage.watch(prefix, after, new AbortController().signal)) {
        taken.push(...events)
        if (taken.length >= count) break
      }
      return taken
    }

    it('gives each write the next revision and reads the last one', async () => {
      expect(await storage.put('/a', bytes('1'))).toEqual({ revision: 1 })
      expect(await storage.put('/a', bytes('2'))).toEqual({ revision: 2 })
      const read = await storage.get('/a')
      expect([text(read?.value), read?.revision, storage.revision()]).toEqual(['2', 2, 2])
      expect(await storage.get('/b')).toBeUndefined()
    })

    it('lets one of several concurrent compare-and-sets win', async () => {
      const results = await Promise.all(['x', 'y', 'z'].map((v) => storage.put('/a', bytes(v), { revision: 0 })))
      expect(results.filter((result) => 'revision' in result)).toEqual([{ revision: 1 }])
      expect(text((await storage.get('/a'))?.value)).toBe('x')
    })

    it('answers a stale write with the revision that is there, and writes nothing', async () => {
      await storage.put('/a', bytes('1'))
      expect(await storage.put('/a', bytes('2'), { revision: 7 })).toEqual({ conflict: 1 })
      expect(storage.revision()).toBe(1)
      expect(await storage.delete('/none')).toEqual({ conflict: 0 })
      expect(await storage.delete('/a', { revision: 3 })).toEqual({ conflict: 1 })
    })

    it('writes on after an answer, however soon the next write follows', async () => {
      for (let i = 1; i <= 50; i++) expect(await storage.put('/a', bytes(String(i)))).toEqual({ revision: i })
    })

    it('lists a prefix in order, as of one revision', async () => {
      for (const key of ['/p/b', '/p/a', '/q/a']) await storage.put(key, bytes(key))
      await storage.delete('/p/b')
      const { items, revision } = await storage.list('/p/')
      expect([items.map((item) => item.key), revision]).toEqual([['/p/a'], 4])
    })

    it('replays history and goes on live, once and in order', async () => {
      await storage.put('/p/a', bytes('1'))
      await storage.put('/q/a', bytes('x'))
      const taking = take('/p/', 0, 3)
      await storage.put('/p/a', bytes('2'))
      await storage.delete('/p/a')
      const events = await taking
      expect(events.map((e) => [e.type, e.revision, e.previousRevision, text(e.value)])).toEqual([
        ['put', 1, 0, '1'],
        ['put', 3, 1, '2'],
        ['delete', 4, 3, undefined],
      ])
    })

    it('tells of the past what each write replaced', async () => {
      await storage.put('/p/a', bytes('1'))
      await storage.put('/p/a', bytes('2'))
      await storage.put('/q/a', bytes('x'))
      await storage.delete('/p/a')
      await storage.put('/p/a', bytes('3'))
      const past: PastEvent[] = []
      for await (const events of storage.history('/p/', 1, 4)) past.push(...events)
      expect(past.map((e) => [e.revision, text(e.value), text(e.previous)])).toEqual([
        [2, '2', '1'],
        [4, undefined, '2'],
      ])
    })

    it('orders keys by their UTF-8 bytes, and finds all that begin with a prefix', async () => {
      const keys = ['/p/\u{1f600}', '/p/\uffee', '/p/a-b/c', '/p/a/c', '/p/a0', '/p/é', '/q/a', '/o/z']
      for (const key of keys) await storage.put(key, bytes(key))
      const { items } = await storage.list('/p/')
      const wanted = keys.filter((key) => key.startsWith('/p/'))
      wanted.sort((a, b) => Buffer.compare(bytes(a), bytes(b)))
      expect(items.map((item) => item.key)).toEqual(wanted)
    })

    it('misses nothing when watches begin between concurrent writes', async () => {
      const writes: Promise<unknown>[] = []
      const watches: Promise<StorageEvent[]>[] = []
      for (let i = 0; i < 200; i++) {
        writes.push(storage.put(`/p/${i % 7}`, bytes(String(i))))
        if (i % 20 === 0) watches.push(take('/p/', 0, 200))
      }
      await Promise.all(writes)
      const wanted = Array.from({ length: 200 }, (_, i) => i + 1)
      for (const events of await Promise.all(watches)) expect(events.map((e) => e.revision)).toEqual(wanted)
    })

    it('refuses a watch from compacted history, and keeps what follows', async () => {
      for (const v of ['1', '2', '3']) await storage.put('/a', bytes(v))
      await storage.compact(2)
      await expect(take('/', 1, 1)).rejects.toThrow(CompactedError)
      expect((await take('/', 2, 1)).map((e) => e.revision)).toEqual([3])
      expect(text((await storage.get('/a'))?.value)).toBe('3')
      expect(storage.compacted()).toBe(2)
    })

    it('keeps what exists through compaction, and what the next change replaces', async () => {
      await storage.put('/old', bytes('kept'))
      await storage.put('/a', bytes('1'))
      await storage.put('/a', bytes('2'))
      await storage.put('/gone', bytes('x'))
      await storage.delete('/gone')
      await storage.compact(5)
      await storage.put('/a', bytes('3'))
      expect((await storage.list('/')).items.map((item) => [item.key, item.revision, text(item.value)])).toEqual([
        ['/a', 6, '3'],
        ['/old', 1, 'kept'],
      ])
      for await (const [event] of storage.history('/', 5, 6)) expect(text(event?.previous)).toBe('2')
      await storage.compact(100)
      expect(text((await storage.get('/old'))?.value)).toBe('kept')
      expect(storage.revision()).toBe(6)
    })

    it('ends a watch when its signal is aborted', async () => {
      const controller = new AbortController()
      const watch = storage.watch('/', 0, controller.signal)[Symbol.asyncIterator]()
      const next = watch.next()
      controller.abort()
      expect(await next).toEqual({ done: true, value: undefined })
    })
  })
}
