import { once } from 'node:events'
import { connect } from 'node:net'
import { ConfigMap } from '@wherry/api'
import { isBadRequest } from '@wherry/apimachinery'
import { openMemoryStorage, type Storage } from '@wherry/storage'
import { expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { call } from './helpers.ts'

const maps = '/api/v1/namespaces/default/configmaps'
const aMap = { metadata: { namespace: 'default', name: 'a' } }

/** A store whose writes of ConfigMaps wait, or fail, as the test says. */
function withHeldWrites(storage: Storage, hold: () => Promise<void>): Storage {
  return {
    ...storage,
    async put(key, value, expect) {
      if (key.includes('/configmaps/')) await hold()
      return storage.put(key, value, expect)
    },
  }
}

/** What a socket says to raw bytes, until it is closed. */
async function raw(server: TestServer, text: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.write(text)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  await once(socket, 'close')
  return Buffer.concat(chunks).toString()
}

it('a server that ends answers the writes that wait, and takes no more', async () => {
  const storage = await openMemoryStorage()
  let release = () => {}
  let reached = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const waiting = new Promise<void>((resolve) => {
    reached = resolve
  })
  const server = await startTestServer({
    storage: withHeldWrites(storage, () => {
      reached()
      return held
    }),
  })
  const answer = call(server, 'POST', maps, aMap)
  await waiting
  const closing = server.close()
  release()
  expect((await answer).status).toBe(201)
  await closing
  await expect(call(server, 'GET', maps)).rejects.toThrow('ECONNREFUSED')
  await storage.close()
})

it('a write that fails is a 500 that tells nothing of the inside', async () => {
  const storage = await openMemoryStorage()
  const failing = withHeldWrites(storage, async () => {
    throw new Error('secret path /var/lib')
  })
  const server = await startTestServer({ storage: failing })
  const { status, json, text } = await call(server, 'POST', maps, aMap)
  expect([status, json.reason]).toEqual([500, 'InternalError'])
  expect(text).not.toContain('secret')
  expect((await call(server, 'GET', maps)).status).toBe(200)
  await server.close()
  await storage.close()
})

it('a client that goes away in the middle of its body disturbs nobody', async () => {
  const server = await startTestServer()
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.write(
    `POST ${maps} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"meta`,
  )
  await once(socket, 'connect')
  socket.destroy()
  expect((await call(server, 'GET', maps)).status).toBe(200)
  await server.close()
})

it('an upgrade to what the server does not speak is answered as plain HTTP', async () => {
  const server = await startTestServer()
  const head = 'Host: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n'
  expect(await raw(server, `GET ${maps} HTTP/1.1\r\n${head}`)).toMatch(
    /^HTTP\/1.1 200 OK\r\n[\s\S]*"kind":"ConfigMapList"/,
  )
  expect(await raw(server, `GET /version HTTP/1.1\r\n${head}`)).toMatch(/^HTTP\/1.1 200 OK\r\n[\s\S]*"major": "1"/)
  await server.close()
})

it('a WebSocket watch that cannot begin is refused with a Status', async () => {
  const server = await startTestServer()
  const refused = await server.client
    .webSocket(maps, { watch: 'true', labelSelector: '===' }, [])
    .catch((e: unknown) => e)
  expect(isBadRequest(refused)).toBe(true)
  await server.close()
})

it('bytes that are no HTTP are refused', async () => {
  const server = await startTestServer()
  expect(await raw(server, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400 Bad Request/)
  expect(await raw(server, `GET ${maps} HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(200_000)}\r\n\r\n`)).toMatch(
    /^HTTP\/1.1 431 /,
  )
  await server.close()
})

it('a server in which storage fails ends', async () => {
  const storage = await openMemoryStorage()
  let fail = (_error: Error) => {}
  let follow = () => {}
  const following = new Promise<void>((resolve) => {
    follow = resolve
  })
  const broken: Storage = {
    ...storage,
    watch: () => ({
      [Symbol.asyncIterator]: () => ({
        next: () =>
          new Promise((_resolve, reject) => {
            fail = reject
            follow()
          }),
      }),
    }),
    // Nothing is written on this server: it would wait to see it.
    put: () => new Promise(() => {}),
  }
  const starting = startTestServer({ storage: broken })
  await following
  fail(new Error('the disk is full'))
  await expect(starting).rejects.toThrow('the disk is full')
  await storage.close()
})

it('a server on storage that is there already makes nothing twice', async () => {
  const storage = await openMemoryStorage()
  const first = await startTestServer({ storage })
  const securePort = Number(new URL(first.url).port)
  await first.close()
  const before = storage.revision()
  const again = await startTestServer({ storage, options: { securePort } })
  expect(storage.revision()).toBe(before)
  await again.client.create(ConfigMap, aMap)
  await again.close()
  await storage.close()
})
