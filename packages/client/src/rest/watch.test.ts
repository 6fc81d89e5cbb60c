import { Pod } from '@wherry/api'
import { isExpired, isForbidden } from '@wherry/apimachinery'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeAPIServer } from '../../testing/index.ts'
import type { Client, WatchEvent } from './client.ts'
import { ConnectionError } from './connection-error.ts'
import { newClient } from './new-client.ts'

const event = (resourceVersion: string, type: 'ADDED' | 'BOOKMARK' = 'ADDED'): WatchEvent => ({
  type,
  object: { metadata: { name: `pod-${resourceVersion}`, resourceVersion } },
})
const expired = { kind: 'Status', metadata: {}, status: 'Failure', reason: 'Expired', code: 410, message: 'too old' }

let server: FakeAPIServer
let client: Client

beforeEach(async () => {
  server = await FakeAPIServer.start()
  client = newClient({ server: server.url })
})

afterEach(() => server.close())

async function versionsOf(events: AsyncIterable<WatchEvent>, count = Infinity): Promise<string[]> {
  const versions: string[] = []
  for await (const { object } of events) {
    versions.push(
      ('metadata' in object && 'resourceVersion' in object.metadata && object.metadata.resourceVersion) || '',
    )
    if (versions.length >= count) break
  }
  return versions
}

describe.each(['websocket', 'http'] as const)('a watch over %s', (over) => {
  beforeEach(() => {
    client = newClient({ server: server.url }, { watchOver: over })
  })

  it('brings events in order until the server ends it', async () => {
    const seen = versionsOf(client.watch(Pod))
    const watch = await server.watch()
    watch.send(event('1'), event('2'))
    watch.send(event('3', 'BOOKMARK'))
    watch.end()
    expect(await seen).toEqual(['1', '2', '3'])
    expect(watch.over).toBe(over)
  })

  it('asks for what it is to bring', async () => {
    const seen = versionsOf(client.watch(Pod, { namespace: 'a', labelSelector: 'x=y', resourceVersion: '5' }))
    const watch = await server.watch()
    watch.end()
    await seen
    expect(watch.request.path).toBe('/api/v1/namespaces/a/pods')
    expect(watch.request.query).toEqual({ labelSelector: 'x=y', resourceVersion: '5', watch: 'true' })
  })

  it('is closed when the consumer leaves', async () => {
    const seen = versionsOf(client.watch(Pod), 1)
    const watch = await server.watch()
    watch.send(event('1'), event('2'))
    expect(await seen).toEqual(['1'])
    await watch.closed
  })

  it('is closed, and ends with the reason, when it is aborted', async () => {
    const controller = new AbortController()
    const seen = versionsOf(client.watch(Pod, { signal: controller.signal }))
    const watch = await server.watch()
    controller.abort(new Error('enough'))
    await expect(seen).rejects.toThrow('enough')
    await watch.closed
  })

  it('fails when the connection breaks', async () => {
    const seen = versionsOf(client.watch(Pod))
    const watch = await server.watch()
    watch.send(event('1'))
    watch.reset()
    await expect(seen).rejects.toThrow(ConnectionError)
  })

  it('fails with the status that the server refused it with', async () => {
    server.refuseWatch = () => ({ status: 410, body: expired })
    const error = await versionsOf(client.watch(Pod)).catch((caught: unknown) => caught)
    expect(isExpired(error)).toBe(true)
  })

  it('hands an error event to the consumer', async () => {
    const events = client.watch(Pod)[Symbol.asyncIterator]()
    const first = events.next()
    const watch = await server.watch()
    watch.send({ type: 'ERROR', object: expired })
    expect((await first).value).toMatchObject({ type: 'ERROR', object: { reason: 'Expired' } })
    await events.return?.()
  })

  it('loses nothing for a consumer that falls behind', async () => {
    const events = client.watch(Pod)[Symbol.asyncIterator]()
    const first = events.next()
    const watch = await server.watch()
    const all = Array.from({ length: 5000 }, (_, i) => event(String(i)))
    watch.send(...all)
    watch.end()
    await first
    // A turn of the event loop lets the socket deliver whatever it will.
    await new Promise((resolve) => setImmediate(resolve))
    const rest = await versionsOf({ [Symbol.asyncIterator]: () => events })
    expect(rest).toEqual(all.slice(1).map((_, i) => String(i + 1)))
  })
})

describe.each(['websocket', 'http'] as const)('a consumer that has fallen behind a watch over %s', (over) => {
  it('holds the server up rather than all of its events', async () => {
    client = newClient({ server: server.url }, { watchOver: over })
    const events = client.watch(Pod)[Symbol.asyncIterator]()
    const first = events.next()
    const watch = await server.watch()
    const large: WatchEvent = {
      type: 'ADDED',
      object: { metadata: { name: 'x'.repeat(10_000), resourceVersion: '1' } },
    }
    const count = 5000
    watch.send(...Array.from({ length: count }, () => large))
    await first
    for (let turn = 0; turn < 500; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(watch.pending).toBeGreaterThan(10_000_000)
    watch.end()
    expect(await versionsOf({ [Symbol.asyncIterator]: () => events })).toHaveLength(count - 1)
    expect(watch.pending).toBe(0)
  })
})

describe('a watch that is not upgraded', () => {
  it('is asked for again over HTTP, and so are later ones', async () => {
    server.upgrades = 'refuse'
    for (const round of [1, 2]) {
      const seen = versionsOf(client.watch(Pod))
      const watch = await server.watch()
      expect(watch.over).toBe('http')
      watch.send(event(String(round)))
      watch.end()
      expect(await seen).toEqual([String(round)])
    }
    expect(server.requests.map(({ headers }) => headers.upgrade)).toEqual(['websocket', undefined, undefined])
  })

  it('is taken as it is when the server answers with the watch all the same', async () => {
    server.upgrades = 'ignore'
    const seen = versionsOf(client.watch(Pod))
    const watch = await server.watch()
    watch.send(event('1'))
    watch.end()
    await seen.catch(() => undefined)
    expect(server.requests).toHaveLength(1)
  })

  it('is not asked for again when the server says why', async () => {
    server.refuseWatch = () => ({
      status: 403,
      body: {
        kind: 'Status',
        metadata: {},
        status: 'Failure',
        reason: 'Forbidden',
        code: 403,
        message: 'pods is forbidden',
      },
    })
    const error = await versionsOf(client.watch(Pod)).catch((caught: unknown) => caught)
    expect(isForbidden(error)).toBe(true)
    expect(server.requests).toHaveLength(1)
  })
})

describe('a raw WebSocket', () => {
  it('does not lose a message that comes with the upgrade', async () => {
    const opened = client.webSocket('/api/v1/pods', { watch: true }, [])
    const watch = await server.watch()
    watch.send(event('1'))
    const socket = await opened
    const message = await new Promise((resolve) => socket.once('message', (data) => resolve(String(data))))
    expect(message).toContain('pod-1')
    socket.terminate()
  })
})
