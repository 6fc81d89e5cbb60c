import { ConfigMap, type KubeObject } from '@wherry/api'
import { CompactedError, openMemoryStorage, type Storage } from '@wherry/storage'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ResourceCache, rangeOf } from './resource-cache.ts'
import { root, WatchCache } from './watch-cache.ts'
import { maxWatcherLag, type Selection, type Watcher } from './watcher.ts'
import { wireFormOf } from './wire.ts'

let storage: Storage
let cache: ResourceCache
let watchCache: WatchCache
let controller: AbortController
let running: Promise<void>

const everything: Selection = { namespace: '', name: '', matches: undefined }
const prefix = `${root}core/configmaps/`

function newCache(): ResourceCache {
  return new ResourceCache({
    form: wireFormOf(ConfigMap),
    prefix,
    fieldsOf: (object) => [String(Object(object).data?.color ?? '')],
  })
}

async function start(): Promise<void> {
  cache = newCache()
  watchCache = new WatchCache(storage, [cache])
  controller = new AbortController()
  await watchCache.load()
  running = watchCache.run(controller.signal)
}

async function stop(): Promise<void> {
  controller.abort()
  await running
}

beforeEach(async () => {
  storage = await openMemoryStorage()
  await start()
})
afterEach(async () => {
  await stop()
  await storage.close()
})

const aMap = (name: string, more: object = {}): KubeObject => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { namespace: 'n', name, labels: { app: name } },
  ...more,
})

async function write(name: string, more: object = {}): Promise<number> {
  const { value } = cache.encode(aMap(name, more))
  const result = await storage.put(`${prefix}n/${name}`, value)
  if (!('revision' in result)) throw new Error('the write was refused')
  await watchCache.reached(result.revision)
  return result.revision
}

async function remove(name: string): Promise<number> {
  const result = await storage.delete(`${prefix}n/${name}`)
  if (!('revision' in result)) throw new Error('the delete was refused')
  await watchCache.reached(result.revision)
  return result.revision
}

const text = (name: string) => cache.get(`n/${name}`)?.bytes.toString()
const seen = async (watcher: Watcher) =>
  (await watcher.next())?.map(({ type, object }) => `${type} ${object.name} ${object.revision}`)

describe('the watch cache', () => {
  it('holds objects as the bytes that go on the wire, with the revision in them', async () => {
    const revision = await write('a', { data: { x: 'é' } })
    expect(text('a')).toBe(
      `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"resourceVersion":"${revision}","namespace":"n","name":"a","labels":{"app":"a"}},"data":{"x":"é"}}\n`,
    )
    expect(cache.get('n/a')?.object()).toEqual(JSON.parse(text('a') ?? ''))
  })

  it('is the same after a restart', async () => {
    await write('b')
    await write('a')
    await write('a', { data: { x: '1' } })
    await write('gone')
    await remove('gone')
    const before = [...cache.range(rangeOf(''))].map(({ bytes }) => bytes.toString())
    await stop()
    await start()
    expect([...cache.range(rangeOf(''))].map(({ bytes }) => bytes.toString())).toEqual(before)
    expect(watchCache.revision).toBe(5)
  })

  it('has seen every write by the time that its answer is there', async () => {
    for (let i = 0; i < 20; i++) {
      const revision = await write(`m-${i}`)
      expect(watchCache.fresh()).toBeUndefined()
      expect(cache.get(`n/m-${i}`)?.revision).toBe(revision)
    }
  })

  it('gives a deleted object its last state and the revision of the delete', async () => {
    const watcher = cache.watch(everything)
    await write('a')
    const revision = await remove('a')
    expect((await watcher.next())?.at(-1)?.object.object().metadata).toMatchObject({
      name: 'a',
      resourceVersion: String(revision),
    })
    watcher.close()
  })

  it('offers a change to those whose value the object has or had, and to no one else', async () => {
    const of = (value: string): Selection => ({
      ...everything,
      matches: ({ fields }) => fields[0] === value,
      trigger: { id: 'color', value, of: ({ fields }) => fields[0] ?? '' },
    })
    const [red, blue, green] = ['red', 'blue', 'green'].map((value) => cache.watch(of(value)))
    const added = await write('a', { data: { color: 'red' } })
    const moved = await write('a', { data: { color: 'blue' } })
    expect(await seen(red ?? Object())).toEqual([`ADDED a ${added}`, `DELETED a ${moved}`])
    expect(await seen(blue ?? Object())).toEqual([`ADDED a ${moved}`])
    expect(green?.idle).toBe(false)
    for (const watcher of [red, blue, green]) watcher?.close()
    expect(await seen(green ?? Object())).toBeUndefined()
    expect(cache.watchers).toBe(0)
  })

  it('cuts off a watcher that does not keep up, and lets the others be', async () => {
    const slow = cache.watch(everything)
    const quick = cache.watch(everything)
    let count = 0
    const reading = (async () => {
      for (let batch = await quick.next(); batch; batch = await quick.next()) count += batch.length
    })()
    for (let i = 0; i <= maxWatcherLag; i += 250) {
      await Promise.all(
        Array.from({ length: 250 }, (_, j) => write(`m-${(i + j) % 500}`, { data: { x: String(i + j) } })),
      )
    }
    expect([slow.closed, slow.cutOff, await slow.next()]).toEqual([true, true, undefined])
    quick.close()
    await reading
    expect(count).toBeGreaterThan(maxWatcherLag)
    expect(quick.cutOff).toBe(false)
  })

  it('shows the past as long as its window reaches, or a page list has kept it', async () => {
    const first = await write('a')
    const second = await write('b')
    await write('a', { data: { x: '1' } })
    await remove('b')
    const at = (revision: number) =>
      cache.at(revision) && [...(cache.at(revision)?.range() ?? [])].map((o) => `${o.name} ${o.revision}`)
    expect(at(first)).toEqual([`a ${first}`])
    expect(at(second)).toEqual([`a ${first}`, `b ${second}`])
    const kept = watchCache.revision
    cache.keepSnapshot(kept)
    for (let i = 0; i < 2100; i += 50) await Promise.all(Array.from({ length: 50 }, () => write('c')))
    expect(at(first)).toBeUndefined()
    expect(at(kept)).toEqual(['a 3'])
  })

  it('reads from storage what its window has lost, until that is compacted', async () => {
    const first = await write('a')
    const changed = await write('a', { data: { x: '1' } })
    const types: string[] = []
    for await (const changes of watchCache.history(cache, first, changed)) {
      types.push(...changes.map(({ type, previous, revision }) => `${type} ${previous?.revision} ${revision}`))
    }
    expect(types).toEqual([`MODIFIED ${first} ${changed}`])
    await storage.compact(changed)
    await expect(watchCache.history(cache, first, changed).next()).rejects.toThrow(CompactedError)
  })

  it('ends its watches when storage fails', async () => {
    const watcher = cache.watch(everything)
    await stop()
    expect(await watcher.next()).toBeUndefined()
    expect(() => watchCache.check()).toThrow('does not follow storage')
    await start()
  })
})
