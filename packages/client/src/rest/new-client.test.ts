import { getEventListeners } from 'node:events'
import { Node, Pod } from '@wherry/api'
import { isConflict, isForbidden, isNotFound, isTooManyRequests } from '@wherry/apimachinery'
import { FakeClock } from '@wherry/component-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeAPIServer } from '../../testing/index.ts'
import type { Client } from './client.ts'
import { newClient } from './new-client.ts'

const web = { namespace: 'default', name: 'web' }
const status = (code: number, reason: string, message: string) => ({
  status: code,
  body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason, message, code },
})

let server: FakeAPIServer
let clock: FakeClock
let client: Client

beforeEach(async () => {
  server = await FakeAPIServer.start()
  clock = new FakeClock()
  client = newClient({ server: server.url, userAgent: 'test' }, { clock })
})

afterEach(async () => {
  client.close()
  await server.close()
})

/** Advances the clock as soon as somebody waits on it. */
async function whenWaiting(ms: number): Promise<void> {
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve))
  await clock.advance(ms)
}

describe('requests', () => {
  it.each([
    { call: () => client.get(Pod, web), want: 'GET /api/v1/namespaces/default/pods/web' },
    { call: () => client.get(Node, { name: 'a' }), want: 'GET /api/v1/nodes/a' },
    { call: () => client.list(Pod), want: 'GET /api/v1/pods' },
    { call: () => client.list(Pod, { namespace: 'a' }), want: 'GET /api/v1/namespaces/a/pods' },
    { call: () => client.create(Pod, { metadata: web }), want: 'POST /api/v1/namespaces/default/pods' },
    { call: () => client.update(Pod, { metadata: web }), want: 'PUT /api/v1/namespaces/default/pods/web' },
    {
      call: () => client.update(Pod, { metadata: web }, { subresource: 'status' }),
      want: 'PUT /api/v1/namespaces/default/pods/web/status',
    },
    { call: () => client.patch(Pod, web, {}, { type: 'merge' }), want: 'PATCH /api/v1/namespaces/default/pods/web' },
    { call: () => client.delete(Pod, web), want: 'DELETE /api/v1/namespaces/default/pods/web' },
    { call: () => client.deleteCollection(Pod, { namespace: 'a' }), want: 'DELETE /api/v1/namespaces/a/pods' },
    {
      call: () => client.createSubresource(Pod, web, 'binding', {}),
      want: 'POST /api/v1/namespaces/default/pods/web/binding',
    },
  ])('go where the kind is served: $want', async ({ call, want }) => {
    server.handle = () => ({ body: { metadata: {} } })
    await call()
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([want])
  })

  it('carry selectors, limits and write options as queries', async () => {
    server.handle = () => ({ body: { metadata: {}, items: [] } })
    await client.list(Pod, { labelSelector: 'a=b,c', limit: 2, resourceVersion: '5' })
    await client.create(Pod, { metadata: web }, { dryRun: true, fieldManager: 'me' })
    await client.patch(Pod, web, {}, { type: 'apply', force: true })
    expect(server.requests.map(({ query }) => query)).toEqual([
      { labelSelector: 'a=b,c', limit: '2', resourceVersion: '5' },
      { dryRun: 'All', fieldManager: 'me' },
      { force: 'true' },
    ])
    expect(server.requests[2]?.headers['content-type']).toBe('application/apply-patch+yaml')
  })

  it('send objects with their type and return what the server made of them', async () => {
    server.handle = ({ body }) => ({ status: 201, body: { ...Object(body), metadata: { ...web, uid: 'u' } } })
    const created = await client.create(Pod, { metadata: web })
    expect(server.requests[0]?.body).toEqual({ apiVersion: 'v1', kind: 'Pod', metadata: web })
    expect(created.metadata.uid).toBe('u')
  })

  it('give the items of a list their type, which servers leave out', async () => {
    server.handle = () => ({ body: { metadata: { resourceVersion: '7' }, items: [{ metadata: web }] } })
    const list = await client.list(Pod)
    expect(list.items).toEqual([{ apiVersion: 'v1', kind: 'Pod', metadata: web }])
  })

  it('take a list without items for an empty one', async () => {
    server.handle = () => ({ body: { metadata: {}, items: null } })
    expect((await client.list(Pod)).items).toEqual([])
  })

  it('are refused before they are sent when they name no object', async () => {
    await expect(client.get(Pod, { name: 'web' })).rejects.toThrow('an empty namespace may not be set')
    await expect(client.get(Node, { name: '' })).rejects.toThrow('resource name may not be empty')
    await expect(client.create(Pod, { metadata: { name: 'a' } })).rejects.toThrow('during creation')
    expect(server.requests).toEqual([])
  })

  it('share a kept connection', async () => {
    const ports = new Set<unknown>()
    server.handle = ({ headers }) => {
      ports.add(headers.connection)
      return { body: { metadata: {} } }
    }
    for (let i = 0; i < 3; i++) await client.get(Pod, web)
    expect([...ports]).toEqual(['keep-alive'])
  })

  it('prefix the path of the server', async () => {
    server.handle = () => ({ body: { metadata: {} } })
    const below = newClient({ server: `${server.url}/clusters/a/` })
    await below.get(Node, { name: 'n' })
    expect(server.requests[0]?.path).toBe('/clusters/a/api/v1/nodes/n')
  })
})

describe('who asks', () => {
  const headersOf = async (config: Partial<Parameters<typeof newClient>[0]>) => {
    server.handle = () => ({ body: { metadata: {} } })
    const asking = newClient({ server: server.url, ...config })
    await asking.get(Node, { name: 'n' })
    asking.close()
    return server.requests[0]
  }

  it.each([
    { config: { token: 'abc' }, want: 'Bearer abc' },
    { config: { token: () => 'fresh' }, want: 'Bearer fresh' },
    { config: { username: 'u', password: 'p' }, want: 'Basic dTpw' },
    { config: {}, want: undefined },
  ])('is said by $want', async ({ config, want }) => {
    expect((await headersOf(config))?.headers.authorization).toBe(want)
  })

  it('is another one under impersonation, each group on a line of its own', async () => {
    const impersonate = { user: 'jane', groups: ['a,b', 'c'], extra: { 'scopes/x': ['y'] } }
    const raw = (await headersOf({ impersonate }))?.rawHeaders ?? []
    const lines = raw.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${raw[i + 1]}`] : []))
    expect(lines.filter((line) => line.startsWith('impersonate'))).toEqual([
      'impersonate-user: jane',
      'impersonate-group: a,b',
      'impersonate-group: c',
      'impersonate-extra-scopes%2Fx: y',
    ])
  })

  it('is asked of a source once more when the server rejects its credentials', async () => {
    const tokens = ['old', 'new']
    server.handle = ({ headers }) =>
      headers.authorization === 'Bearer new' ? { body: { metadata: {} } } : status(401, 'Unauthorized', 'Unauthorized')
    const credentials = { get: async () => ({ token: tokens[0] }), rejected: () => void tokens.shift() }
    await newClient({ server: server.url, credentials }).get(Node, { name: 'n' })
    expect(server.requests).toHaveLength(2)
  })
})

describe('errors', () => {
  it('are the status that the server sent', async () => {
    server.handle = () => status(409, 'Conflict', 'Operation cannot be fulfilled')
    const error = await client.update(Pod, { metadata: web }).catch((caught: unknown) => caught)
    expect(isConflict(error)).toBe(true)
    expect(String(error)).toContain('Operation cannot be fulfilled')
  })

  it('are made from code and text when the server sent no status', async () => {
    server.handle = () => ({ status: 403, body: 'a proxy says no' })
    const error = await client.get(Pod, web).catch((caught: unknown) => caught)
    expect(isForbidden(error)).toBe(true)
    expect(String(error)).toContain('a proxy says no')
  })

  it('name the object when nothing else is known', async () => {
    server.handle = () => ({ status: 404, body: '' })
    const error = await client.get(Pod, web).catch((caught: unknown) => caught)
    expect(isNotFound(error)).toBe(true)
  })

  it("say in Go's words that nobody listens", async () => {
    const { url, port } = server
    await server.close()
    const want = `Get "${url}/api/v1/nodes/n": dial tcp 127.0.0.1:${port}: connect: connection refused`
    await expect(client.get(Node, { name: 'n' })).rejects.toThrow(want)
    server = await FakeAPIServer.start()
  })
})

describe('retries', () => {
  it('wait as long as the server says', async () => {
    let calls = 0
    server.handle = () =>
      ++calls === 1 ? { ...status(429, 'TooManyRequests', 'slow down'), headers: { 'retry-after': '3' } } : { body: {} }
    const answer = client.create(Pod, { metadata: web })
    await whenWaiting(2999)
    expect(calls).toBe(1)
    await clock.advance(1)
    await answer
    expect(calls).toBe(2)
  })

  it('are not made where the server does not say when', async () => {
    server.handle = () => status(429, 'TooManyRequests', 'slow down')
    const error = await client.get(Pod, web).catch((caught: unknown) => caught)
    expect(isTooManyRequests(error)).toBe(true)
    expect(server.requests).toHaveLength(1)
  })

  it('are made for reads whose connection broke', async () => {
    let calls = 0
    server.handle = () => (++calls === 1 ? 'reset' : { body: { metadata: web } })
    const answer = client.get(Pod, web)
    await whenWaiting(1000)
    expect((await answer).metadata.name).toBe('web')
  })

  it('are not made for writes whose connection broke, because they may have been done', async () => {
    server.handle = () => 'reset'
    await expect(client.create(Pod, { metadata: web })).rejects.toThrow('connection reset by peer')
    expect(server.requests).toHaveLength(1)
  })
})

describe('an abort', () => {
  it('ends a request with its reason', async () => {
    const controller = new AbortController()
    server.handle = () => {
      controller.abort(new Error('enough'))
      return new Promise(() => {})
    }
    await expect(client.get(Pod, web, { signal: controller.signal })).rejects.toThrow('enough')
  })

  it('ends the wait for a retry', async () => {
    const controller = new AbortController()
    server.handle = () => ({ ...status(503, 'ServiceUnavailable', 'no'), headers: { 'retry-after': '100' } })
    const answer = client.get(Pod, web, { signal: controller.signal })
    answer.catch(() => undefined)
    await whenWaiting(0)
    controller.abort(new Error('enough'))
    await expect(answer).rejects.toThrow('enough')
    expect(clock.pending).toBe(0)
  })

  it('comes by itself after the timeout that was set', async () => {
    server.handle = () => new Promise(() => {})
    const impatient = newClient({ server: server.url, timeoutMs: 500 }, { clock })
    const answer = impatient.get(Node, { name: 'n' })
    answer.catch(() => undefined)
    await whenWaiting(500)
    await expect(answer).rejects.toThrow('Client.Timeout exceeded while awaiting headers')
  })
})

describe('many requests', () => {
  it('may share one signal, and leave nothing on it', async () => {
    server.handle = () => ({ body: { metadata: web } })
    const warnings: string[] = []
    const note = (warning: Error) => void warnings.push(warning.message)
    process.on('warning', note)
    const { signal } = new AbortController()
    await Promise.all(Array.from({ length: 50 }, () => client.get(Pod, web, { signal })))
    process.off('warning', note)
    expect(warnings).toEqual([])
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('go over no more than 25 connections', async () => {
    const sockets = new Set<unknown>()
    server.handle = ({ port }) => {
      sockets.add(port)
      return { body: { metadata: web } }
    }
    await Promise.all(Array.from({ length: 200 }, () => client.get(Pod, web)))
    expect(sockets.size).toBeLessThanOrEqual(25)
  })

  it('are sent again at once when the kept connection turns out to be closed', async () => {
    let calls = 0
    server.handle = () => (++calls === 2 ? 'reset' : { body: { metadata: web } })
    await client.get(Pod, web)
    await client.get(Pod, web)
    expect(calls).toBe(3)
    expect(clock.pending).toBe(0)
  })
})
