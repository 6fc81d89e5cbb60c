import { ConfigMap, Pod, Secret, ServiceAccount } from '@wherry/api'
import { FakeClock } from '@wherry/component-base'
import { openMemoryStorage, type Storage } from '@wherry/storage'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { brief, call, OpenWatch } from './helpers.ts'

let storage: Storage
let clock: FakeClock
let server: TestServer
let watches: OpenWatch[]

beforeEach(async () => {
  storage = await openMemoryStorage()
  clock = new FakeClock()
  server = await startTestServer({ storage, clock })
  watches = []
})
afterEach(async () => {
  for (const watch of watches) watch.close()
  await server.close()
  await storage.close()
})

const maps = '/api/v1/namespaces/default/configmaps'

async function open(query: string, path = maps, headers = {}): Promise<OpenWatch> {
  const watch = await OpenWatch.open(server, `${path}?${query}`, headers)
  watches.push(watch)
  return watch
}

const create = (name: string, labels: Record<string, string> = {}) =>
  server.client.create(ConfigMap, { metadata: { namespace: 'default', name, labels } })
const relabel = (name: string, labels: Record<string, string | null>) =>
  server.client.patch(ConfigMap, { namespace: 'default', name }, { metadata: { labels } }, { type: 'merge' })
const remove = (name: string) => server.client.delete(ConfigMap, { namespace: 'default', name })
const now = async () => (await call(server, 'GET', maps)).json.metadata.resourceVersion

describe('a watch', () => {
  it('goes on after a version, in order, and gives a deleted object the version of its end', async () => {
    const start = await now()
    const a = await create('a')
    const changed = await relabel('a', { x: '1' })
    const watch = await open(`resourceVersion=${start}`)
    await remove('a')
    const events = await watch.take(3)
    expect(events.map(brief).slice(0, 2)).toEqual([
      `ADDED a ${a.metadata.resourceVersion}`,
      `MODIFIED a ${changed.metadata.resourceVersion}`,
    ])
    expect(events[2]?.type).toBe('DELETED')
    expect(Number(events[2]?.object.metadata.resourceVersion)).toBe(Number(changed.metadata.resourceVersion) + 1)
    expect(events[2]?.object.metadata.labels).toEqual({ x: '1' })
  })

  it('without a version begins with what is there', async () => {
    const existing = await create('a')
    const watch = await open('')
    expect((await watch.take(1)).map(brief)).toEqual([`ADDED a ${existing.metadata.resourceVersion}`])
    const b = await create('b')
    expect((await watch.take(1)).map(brief)).toEqual([`ADDED b ${b.metadata.resourceVersion}`])
  })

  it('marks the end of the initial events for clients that ask for them', async () => {
    await create('a')
    const watch = await open('sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true')
    const events = await watch.take(2)
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK'])
    expect(events[1]?.object).toEqual({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { resourceVersion: await now(), annotations: { 'k8s.io/initial-events-end': 'true' } },
    })
  })

  it('shows an object that begins or ceases to match as added or deleted', async () => {
    const watch = await open(`labelSelector=${encodeURIComponent('app in (x)')}&resourceVersion=${await now()}`)
    await create('a', { app: 'y' })
    const begins = await relabel('a', { app: 'x' })
    const stays = await relabel('a', { more: '1' })
    const ceases = await relabel('a', { app: 'y' })
    await remove('a')
    await create('b', { app: 'x' })
    const events = await watch.take(4)
    expect(events.slice(0, 3).map(brief)).toEqual([
      `ADDED a ${begins.metadata.resourceVersion}`,
      `MODIFIED a ${stays.metadata.resourceVersion}`,
      `DELETED a ${ceases.metadata.resourceVersion}`,
    ])
    // The last state that matched, with the version of the change.
    expect(events[2]?.object.metadata.labels).toEqual({ app: 'x', more: '1' })
    expect(events[3]?.object.metadata.name).toBe('b')
  })

  it('follows one object by its name, or objects by a field', async () => {
    const start = await now()
    await create('a')
    await create('b')
    const byName = await open(`fieldSelector=metadata.name%3Db&resourceVersion=${start}`)
    expect((await byName.take(1))[0]?.object.metadata.name).toBe('b')
    const podWatch = await open('fieldSelector=spec.nodeName%3Dn', '/api/v1/pods')
    await server.client.create(ServiceAccount, { metadata: { namespace: 'default', name: 'default' } })
    for (const nodeName of ['other', 'n']) {
      const spec = { nodeName, containers: [{ name: 'c', image: 'i' }] }
      await server.client.create(Pod, { metadata: { namespace: 'default', name: `p-${nodeName}` }, spec })
    }
    expect((await podWatch.take(1))[0]?.object.metadata.name).toBe('p-n')
  })

  it('resumes beyond what is in memory from the history of storage', async () => {
    const start = Number(await now())
    await create('a')
    for (let i = 0; i < 2100; i += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, j) => create(`m-${i + j}`)))
    }
    await relabel('a', { x: '1' })
    const watch = await open(`resourceVersion=${start}`)
    const events = await watch.take(2102)
    const versions = events.map(({ object }) => Number(object.metadata.resourceVersion))
    expect(versions).toEqual(Array.from({ length: 2102 }, (_, i) => start + 1 + i))
    await remove('a')
    expect((await watch.take(1))[0]?.type).toBe('DELETED')
  })

  it('from compacted history is told that it has expired, as an event', async () => {
    const start = await now()
    for (let i = 0; i < 2100; i += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, j) => create(`m-${i + j}`)))
    }
    await storage.compact(1000)
    const watch = await open(`resourceVersion=${start}`)
    const event = await watch.next()
    expect(event).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } })
    expect(await watch.next()).toBeUndefined()
  })

  it('gets bookmarks each minute if it asks for them', async () => {
    const watch = await open(`resourceVersion=${await now()}&allowWatchBookmarks=true`)
    await server.client.create(Secret, { metadata: { namespace: 'default', name: 'x' } })
    await clock.advance(60_000)
    const [bookmark] = await watch.take(1)
    expect(bookmark).toMatchObject({ type: 'BOOKMARK', object: { metadata: { resourceVersion: await now() } } })
  })

  it('ends after timeoutSeconds, with a last bookmark before', async () => {
    const watch = await open(`resourceVersion=${await now()}&allowWatchBookmarks=true&timeoutSeconds=30`)
    await clock.advance(29_000)
    expect((await watch.next())?.type).toBe('BOOKMARK')
    await clock.advance(1000)
    expect(await watch.next()).toBeUndefined()
  })

  it('shows all watchers the same order', async () => {
    const start = await now()
    const opened = await Promise.all(Array.from({ length: 5 }, () => open(`resourceVersion=${start}`)))
    await Promise.all(Array.from({ length: 30 }, (_, i) => create(`o-${i}`)))
    const seen = await Promise.all(opened.map((watch) => watch.take(30)))
    for (const events of seen) expect(events.map(brief)).toEqual(seen[0]?.map(brief))
  })

  it('speaks through a WebSocket too, one message an event', async () => {
    const query = { watch: 'true', resourceVersion: String(await now()) }
    const socket = await server.client.webSocket(maps, query, [])
    const messages: string[] = []
    const two = new Promise<void>((resolve) => {
      socket.on('message', (data, isBinary) => {
        expect(isBinary).toBe(false)
        if (messages.push(String(data)) === 2) resolve()
      })
    })
    await create('a')
    await remove('a')
    await two
    expect(messages.map((text) => JSON.parse(text).type)).toEqual(['ADDED', 'DELETED'])
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.close()
    await closed
  })

  it('gives rows of tables, with the columns once', async () => {
    const watch = await open(`resourceVersion=${await now()}`, maps, {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
    })
    await create('a')
    await create('b')
    const [first, second] = await watch.take(2)
    expect(first?.object).toMatchObject({ kind: 'Table', rows: [{ cells: ['a', 0, '0s'] }] })
    expect(Object(first?.object).columnDefinitions[0]).toMatchObject({ name: 'Name', type: 'string' })
    expect(Object(second?.object).columnDefinitions).toBeNull()
    expect(Object(second?.object).rows[0].object).toMatchObject({ kind: 'PartialObjectMetadata' })
  })

  it('gives metadata alone', async () => {
    const watch = await open(`resourceVersion=${await now()}`, maps, {
      accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
    })
    await server.client.create(ConfigMap, { metadata: { namespace: 'default', name: 'a' }, data: { x: '1' } })
    const [event] = await watch.take(1)
    expect(event?.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } })
    expect(event?.object).not.toHaveProperty('data')
  })

  it('ends for its clients when the server ends', async () => {
    const watch = await open(`resourceVersion=${await now()}`)
    const ended = new Promise<void>((resolve) => {
      watch.response.on('close', () => resolve())
      watch.response.on('error', () => {})
    })
    watch.response.resume()
    await server.close()
    await ended
    server = await startTestServer({ storage, clock })
  })
})
