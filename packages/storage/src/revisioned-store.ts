import type { AbstractLevel } from 'abstract-level'
import {
  compactedKey,
  decodeEvent,
  decodeRevision,
  encodeEvent,
  encodeRevision,
  eventKey,
  objectKey,
  revisionOfKey,
} from './records.ts'
import { CompactedError, type KeyValue, type PastEvent, type Storage, type StorageEvent } from './storage.ts'
import { Watchers } from './watchers.ts'
import { type Write, WriteQueue } from './write-queue.ts'

type Operation = { type: 'put'; key: string; value: Uint8Array } | { type: 'del'; key: string }

/** What the store uses of a LevelDB-like database. */
export interface Database
  extends Pick<
    AbstractLevel<string | Buffer | Uint8Array, string, Uint8Array>,
    'get' | 'getMany' | 'iterator' | 'keys' | 'snapshot' | 'close'
  > {
  batch(operations: Operation[], options?: object): Promise<void>
}

const pageSize = 500

/**
 * The store on an opened LevelDB-like database. All that a write changes goes to disk in one atomic synced batch, which
 * concurrent writes share.
 */
export async function newRevisionedStore(database: Database): Promise<Storage> {
  const compactedRecord = await database.get(compactedKey)
  let compacted = compactedRecord === undefined ? 0 : decodeRevision(compactedRecord)
  let committed = Math.max(compacted, await lastEvent(database))
  const watchers = new Watchers()
  const queue = new WriteQueue(commit, (error) => watchers.fail(error))

  async function commit(group: readonly Write[]): Promise<void> {
    const current = await revisionsOf(group.map(({ key }) => key))
    const events: StorageEvent[] = []
    const answers: (() => void)[] = []
    for (const { key, value, expect, resolve } of group) {
      const previousRevision = current.get(key) ?? 0
      const refused = expect ? previousRevision !== expect.revision : value === undefined && previousRevision === 0
      if (refused) {
        answers.push(() => resolve({ conflict: previousRevision }))
        continue
      }
      const revision = committed + events.length + 1
      events.push({ type: value ? 'put' : 'delete', key, revision, previousRevision, ...(value ? { value } : {}) })
      current.set(key, value ? revision : 0)
      answers.push(() => resolve({ revision }))
    }
    if (events.length > 0) {
      await database.batch(events.flatMap(recordsOf), synced)
      committed += events.length
      watchers.publish(events)
    }
    for (const answer of answers) answer()
  }

  async function revisionsOf(keys: readonly string[]): Promise<Map<string, number>> {
    const records = await database.getMany(keys.map(objectKey))
    return new Map(keys.map((key, at) => [key, records[at] === undefined ? 0 : decodeRevision(records[at])]))
  }

  async function get(key: string): Promise<KeyValue | undefined> {
    for (;;) {
      const record = await database.get(objectKey(key))
      if (record === undefined) return undefined
      const revision = decodeRevision(record)
      const event = await database.get(eventKey(revision))
      // Between the two reads, the key may have been written again and its old value compacted away.
      if (event !== undefined) return { key, revision, value: valueIn(decodeEvent(revision, event)) }
    }
  }

  async function list(prefix: string) {
    const snapshot = database.snapshot()
    const revision = committed
    try {
      const iterator = database.iterator({ gte: objectKey(prefix), lt: keyAfter(objectKey(prefix)), snapshot })
      const items: KeyValue[] = []
      for (let page = await iterator.nextv(pageSize); page.length > 0; page = await iterator.nextv(pageSize)) {
        const revisions = page.map(([, record]) => decodeRevision(record))
        const events = await database.getMany(revisions.map(eventKey), { snapshot })
        for (const [at, [key]] of page.entries()) {
          const written = revisions[at] ?? 0
          const event = events[at]
          if (!event) throw new Error(`the value of ${key} at revision ${written} is missing`)
          items.push({ key: key.slice(2), revision: written, value: valueIn(decodeEvent(written, event)) })
        }
      }
      await iterator.close()
      return { items, revision }
    } finally {
      await snapshot.close()
    }
  }

  async function* history(prefix: string, after: number, upTo: number): AsyncGenerator<PastEvent[]> {
    for (let from = after; from < upTo; ) {
      const records = await database.iterator({ gt: eventKey(from), lte: eventKey(upTo), limit: pageSize }).all()
      const events = records.map(([key, record]) => decodeEvent(revisionOfKey(key), record))
      const mine: PastEvent[] = events.filter((event) => event.key.startsWith(prefix))
      const replaced = await database.getMany(mine.map(({ previousRevision }) => eventKey(previousRevision)))
      // What is read above is whole only if nothing of it was being forgotten meanwhile.
      if (from < compacted) throw new CompactedError(compacted)
      for (const [at, event] of mine.entries()) {
        const record = replaced[at]
        if (event.previousRevision > 0 && record) event.previous = valueIn(decodeEvent(event.previousRevision, record))
      }
      from = events.at(-1)?.revision ?? upTo
      if (mine.length > 0) yield mine
    }
  }

  /** Forgets in pages, each of which says how far it came: after a crash, the rest is done next time. */
  async function compact(revision: number): Promise<void> {
    const target = Math.min(revision, committed)
    let from = compacted
    if (target <= from) return
    compacted = target
    while (from < target) {
      const records = await database.iterator({ gt: eventKey(from), lte: eventKey(target), limit: pageSize }).all()
      const events = records.map(([key, record]) => decodeEvent(revisionOfKey(key), record))
      from = events.at(-1)?.revision ?? target
      const batch: Operation[] = [{ type: 'put', key: compactedKey, value: encodeRevision(from) }]
      for (const event of events) {
        if (event.previousRevision > 0) batch.push({ type: 'del', key: eventKey(event.previousRevision) })
        if (event.type === 'delete') batch.push({ type: 'del', key: eventKey(event.revision) })
      }
      await database.batch(batch)
    }
  }

  return {
    get,
    list,
    put: (key, value, expect) => queue.add(key, value, expect),
    delete: (key, expect) => queue.add(key, undefined, expect),
    async *watch(prefix, after, signal) {
      if (after < compacted) throw new CompactedError(compacted)
      const events = watchers.add(prefix)
      const stop = () => events.close()
      signal.addEventListener('abort', stop, { once: true })
      try {
        if (signal.aborted) return
        yield* history(prefix, after, committed)
        for (let batch = await events.next(); batch; batch = await events.next()) {
          const fresh = batch.filter((event) => event.revision > after)
          if (fresh.length > 0) yield fresh
        }
      } finally {
        signal.removeEventListener('abort', stop)
        events.close()
      }
    },
    history: (prefix, after, upTo) => history(prefix, after, Math.min(upTo, committed)),
    compact,
    compacted: () => compacted,
    revision: () => committed,
    async close() {
      await queue.close(new Error('the store is closed'))
      watchers.close()
      await database.close()
    },
  }
}

const synced = { sync: true }

function recordsOf(event: StorageEvent): Operation[] {
  const record: Operation = { type: 'put', key: eventKey(event.revision), value: encodeEvent(event) }
  const key = objectKey(event.key)
  if (event.type === 'delete') return [record, { type: 'del', key }]
  return [record, { type: 'put', key, value: encodeRevision(event.revision) }]
}

function valueIn(event: StorageEvent): Uint8Array {
  if (!event.value) throw new Error(`revision ${event.revision} of ${event.key} holds no value`)
  return event.value
}

/** The first key after all those that begin with the prefix: its last character, which is ASCII, counted up. */
function keyAfter(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)
}

async function lastEvent(database: Database): Promise<number> {
  const [last] = await database.keys({ gt: 'e!', lt: 'e"', reverse: true, limit: 1 }).all()
  return last === undefined ? 0 : revisionOfKey(last)
}
