import type { AbstractLevel } from 'abstract-level'
import { compactedKey, decodeEvent, decodeObject, encodeEvent, encodeObject, eventKey, objectKey } from './records.ts'
import {
  CompactedError,
  type Conflict,
  type Expectation,
  type KeyValue,
  type Storage,
  type StorageEvent,
} from './storage.ts'
import { Watchers } from './watchers.ts'

export type Database = AbstractLevel<string | Buffer | Uint8Array, string, Uint8Array>

interface Write {
  key: string
  value: Uint8Array | undefined
  expect: Expectation | undefined
  resolve(result: { event: StorageEvent } | Conflict): void
  reject(error: unknown): void
}

/** The most writes that share one synced batch: past this, latency grows faster than throughput. */
const groupSize = 32
const pageSize = 1000

/**
 * The store on an opened LevelDB-like database. Object, event and revision of a write go to disk in one atomic synced
 * batch; writes that arrive while a batch is being synced share the next one.
 */
export async function newRevisionedStore(database: Database): Promise<Storage> {
  let compacted = Number(Buffer.from((await database.get(compactedKey)) ?? Buffer.from('0')).toString())
  let committed = await lastRevision(database, compacted)
  const watchers = new Watchers()
  const queue: Write[] = []
  let flushing = false
  let flushed = Promise.resolve()
  let failure: unknown
  let closed = false

  async function get(key: string): Promise<KeyValue | undefined> {
    const record = await database.get(objectKey(key))
    return record === undefined ? undefined : { key, ...decodeObject(record) }
  }

  function write(key: string, value: Uint8Array | undefined, expect: Expectation | undefined) {
    return new Promise<{ event: StorageEvent } | Conflict>((resolve, reject) => {
      if (closed) return reject(new Error('the store is closed'))
      if (failure) return reject(failure)
      queue.push({ key, value, expect, resolve, reject })
      if (!flushing) flushed = flush()
    })
  }

  /** Never fails. No await lies between the last look at the queue and the end, so no write is left behind. */
  async function flush(): Promise<void> {
    flushing = true
    while (queue.length > 0) {
      const group = queue.splice(0, groupSize)
      try {
        await commit(group)
      } catch (error) {
        // What reached the disk is unknown: refuse all that follows, so that memory and disk cannot part.
        failure = error
        for (const waiting of [...group, ...queue.splice(0)]) waiting.reject(error)
      }
    }
    flushing = false
  }

  async function commit(group: readonly Write[]): Promise<void> {
    const current = new Map<string, KeyValue | undefined>()
    const stored = await Promise.all(group.map(({ key }) => get(key)))
    for (const [i, { key }] of group.entries()) current.set(key, stored[i])
    const events: StorageEvent[] = []
    const answers: (() => void)[] = []
    for (const { key, value, expect, resolve } of group) {
      const previous = current.get(key)
      const refused = expect ? (previous?.revision ?? 0) !== expect.revision : value === undefined && !previous
      if (refused) {
        answers.push(() => resolve({ conflict: previous }))
        continue
      }
      const event: StorageEvent = { type: value ? 'put' : 'delete', key, revision: committed + events.length + 1 }
      if (value) event.value = value
      if (previous) event.previous = previous
      events.push(event)
      current.set(key, value && { key, value, revision: event.revision })
      answers.push(() => resolve({ event }))
    }
    if (events.length > 0) {
      await database.batch(
        events.flatMap((event) => [
          { type: 'put' as const, key: eventKey(event.revision), value: encodeEvent(event) },
          event.value
            ? { type: 'put' as const, key: objectKey(event.key), value: encodeObject(event.revision, event.value) }
            : { type: 'del' as const, key: objectKey(event.key) },
        ]),
        { sync: true } as object,
      )
      committed += events.length
      watchers.publish(events)
    }
    for (const answer of answers) answer()
  }

  async function* history(prefix: string, after: number, upTo: number): AsyncGenerator<StorageEvent[]> {
    for (let from = after; from < upTo; ) {
      if (from < compacted) throw new CompactedError(compacted)
      const records = await database.values({ gt: eventKey(from), lte: eventKey(upTo), limit: pageSize }).all()
      if (from < compacted) throw new CompactedError(compacted)
      const events = records.map(decodeEvent)
      from = events.at(-1)?.revision ?? upTo
      const mine = events.filter((event) => event.key.startsWith(prefix))
      if (mine.length > 0) yield mine
    }
  }

  return {
    get,
    async list(prefix) {
      const snapshot = database.snapshot()
      const revision = committed
      try {
        const range = { gte: objectKey(prefix), lt: keyAfter(objectKey(prefix)), snapshot }
        const items: KeyValue[] = []
        const iterator = database.iterator(range)
        for (let page = await iterator.nextv(pageSize); page.length > 0; page = await iterator.nextv(pageSize)) {
          for (const [key, record] of page) items.push({ key: key.slice(2), ...decodeObject(record) })
        }
        await iterator.close()
        return { items, revision }
      } finally {
        await snapshot.close()
      }
    },
    async put(key, value, expect) {
      const result = await write(key, value, expect)
      return 'event' in result ? { revision: result.event.revision } : result
    },
    async delete(key, expect) {
      const result = await write(key, undefined, expect)
      if (!('event' in result)) return result
      const { revision, previous } = result.event
      if (!previous) throw new Error(`a delete of ${key} was committed without a value to delete`)
      return { revision, previous }
    },
    async *watch(prefix, after, signal) {
      if (after < compacted) throw new CompactedError(compacted)
      const queue = watchers.add(prefix)
      const stop = () => queue.close()
      signal.addEventListener('abort', stop, { once: true })
      try {
        if (signal.aborted) return
        const joined = committed
        yield* history(prefix, after, joined)
        for (let events = await queue.next(); events; events = await queue.next()) {
          const fresh = events.filter((event) => event.revision > after)
          if (fresh.length > 0) yield fresh
        }
      } finally {
        signal.removeEventListener('abort', stop)
        queue.close()
      }
    },
    history: (prefix, after, upTo) => history(prefix, after, Math.min(upTo, committed)),
    async compact(revision) {
      const target = Math.min(revision, committed)
      if (target <= compacted) return
      compacted = target
      await database.put(compactedKey, Buffer.from(String(target)))
      await database.clear({ gt: eventKey(0), lt: eventKey(target) })
    },
    revision: () => committed,
    async close() {
      closed = true
      await flushed
      watchers.close()
      await database.close()
    },
  }
}

/** The first key after all those that begin with the prefix: its last character counted up. Prefixes are ASCII. */
function keyAfter(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)
}

/** Compaction keeps the event at its own revision, so the last event always carries the last revision. */
async function lastRevision(database: Database, compacted: number): Promise<number> {
  const [last] = await database.keys({ gt: 'e!', lt: 'e"', reverse: true, limit: 1 }).all()
  return last === undefined ? compacted : Number(last.slice(2))
}
