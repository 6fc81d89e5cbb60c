import type { Event } from '@wherry/api'
import { FakeClock, newLogger } from '@wherry/component-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeAPIServer, type FakeRequest } from '../../testing/index.ts'
import type { Client } from '../rest/client.ts'
import { newClient } from '../rest/new-client.ts'
import { type EventRecorder, newEventRecorder } from './recorder.ts'

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'ns', name: 'web', uid: 'u1', resourceVersion: '7' },
}

let server: FakeAPIServer
let client: Client
let clock: FakeClock
let abort: AbortController
let recorder: EventRecorder
let lines: string[]

beforeEach(async () => {
  server = await FakeAPIServer.start()
  server.handle = stored
  client = newClient({ server: server.url })
  clock = new FakeClock()
  abort = new AbortController()
  lines = []
  const logger = newLogger({ write: (line) => lines.push(line) })
  const source = { component: 'kubelet', host: 'node-1' }
  recorder = newEventRecorder({ client, clock, logger, ...source, random: () => 0.5, signal: abort.signal })
})

afterEach(async () => {
  abort.abort()
  client.close()
  await server.close()
  expect(clock.pending).toBe(0)
})

const events = new Map<string, Event>()

/** Stores events, and patches what it has stored. */
function stored({ method, path, body }: FakeRequest) {
  const name = method === 'PATCH' ? (path.split('/').at(-1) ?? '') : Object(body).metadata.name
  const event: Event = { ...events.get(name), ...Object(body) }
  events.set(name, event)
  return { body: event }
}

async function written(): Promise<string[]> {
  await recorder.drained()
  return server.requests.map(({ method, body }) => `${method} ${Object(body).count} ${Object(body).message}`)
}

describe('an event', () => {
  it('says what happened to which object, when, and who says so', async () => {
    recorder.event(pod, 'Normal', 'Started', 'Started container web', { fieldPath: 'spec.containers{web}' })
    await recorder.drained()
    expect(server.requests).toMatchObject([{ method: 'POST', path: '/api/v1/namespaces/ns/events' }])
    expect(server.requests[0]?.body).toEqual({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `web.${(BigInt(clock.now()) * 1_000_000n).toString(16)}`, namespace: 'ns' },
      involvedObject: {
        kind: 'Pod',
        namespace: 'ns',
        name: 'web',
        uid: 'u1',
        apiVersion: 'v1',
        resourceVersion: '7',
        fieldPath: 'spec.containers{web}',
      },
      reason: 'Started',
      message: 'Started container web',
      source: { component: 'kubelet', host: 'node-1' },
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      count: 1,
      type: 'Normal',
      reportingComponent: 'kubelet',
      reportingInstance: 'node-1',
    })
  })

  it('of an object without a namespace is kept in the one called default', async () => {
    recorder.event(
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } },
      'Normal',
      'Starting',
      'Starting kubelet.',
    )
    await recorder.drained()
    expect(server.requests[0]?.path).toBe('/api/v1/namespaces/default/events')
  })

  it('has a name of its own even when nothing else tells it from another', async () => {
    recorder.event(pod, 'Normal', 'A', 'a')
    recorder.event(pod, 'Normal', 'B', 'b')
    await recorder.drained()
    const names = server.requests.map(({ body }) => Object(body).metadata.name)
    expect(new Set(names).size).toBe(2)
  })

  it('of something that is not of a known kind is only logged', async () => {
    recorder.event({ metadata: { name: 'x' } }, 'Normal', 'A', 'a')
    await recorder.drained()
    expect(server.requests).toEqual([])
    expect(lines[0]).toContain('could not construct reference')
  })
})

describe('events that are repeated', () => {
  it('are counted in the first one', async () => {
    recorder.event(pod, 'Warning', 'BackOff', 'Back-off restarting')
    await clock.advance(5000)
    recorder.event(pod, 'Warning', 'BackOff', 'Back-off restarting')
    recorder.event(pod, 'Warning', 'BackOff', 'Back-off restarting')
    expect(await written()).toEqual([
      'POST 1 Back-off restarting',
      'PATCH 2 Back-off restarting',
      'PATCH 3 Back-off restarting',
    ])
    const [, patch] = server.requests
    expect(patch?.headers['content-type']).toBe('application/strategic-merge-patch+json')
    expect(patch?.path).toMatch(/^\/api\/v1\/namespaces\/ns\/events\/web\.[0-9a-f]+$/)
    expect(patch?.body).toEqual({ count: 2, lastTimestamp: '2026-01-01T00:00:05Z', message: 'Back-off restarting' })
  })

  it('are written anew when the first one is gone', async () => {
    recorder.event(pod, 'Normal', 'A', 'a')
    await recorder.drained()
    server.handle = (request) => (request.method === 'PATCH' ? { status: 404 } : stored(request))
    recorder.event(pod, 'Normal', 'A', 'a')
    expect(await written()).toEqual(['POST 1 a', 'PATCH 2 a', 'POST 2 a'])
    expect(Object(server.requests[2]?.body).metadata.resourceVersion).toBeUndefined()
  })

  it('become one from the tenth on when only their message differs', async () => {
    for (let i = 1; i <= 12; i++) recorder.event(pod, 'Warning', 'Failed', `try ${i}`)
    const all = await written()
    expect(all.slice(8)).toEqual([
      'POST 1 try 9',
      'POST 1 (combined from similar events): try 10',
      'PATCH 2 (combined from similar events): try 11',
      'PATCH 3 (combined from similar events): try 12',
    ])
  })

  it('are similar only within ten minutes', async () => {
    for (let i = 1; i <= 9; i++) recorder.event(pod, 'Warning', 'Failed', `try ${i}`)
    await recorder.drained()
    await clock.advance(600_001)
    recorder.event(pod, 'Warning', 'Failed', 'try 10')
    expect((await written()).at(-1)).toBe('POST 1 try 10')
  })

  it('are dropped after 25 of one object, and one more is taken every five minutes', async () => {
    for (let i = 1; i <= 40; i++) recorder.event(pod, 'Normal', `R${i}`, 'x')
    await recorder.drained()
    expect(server.requests).toHaveLength(25)
    await clock.advance(300_000)
    recorder.event(pod, 'Normal', 'Later', 'x')
    recorder.event(pod, 'Normal', 'Too soon', 'x')
    await recorder.drained()
    expect(server.requests).toHaveLength(26)
  })
})

describe('when an event cannot be written', () => {
  it('it is tried again if the server was not reached', async () => {
    let calls = 0
    server.handle = (request) => (++calls === 1 ? 'reset' : stored(request))
    recorder.event(pod, 'Normal', 'A', 'a')
    while (clock.pending === 0) await clock.advance(0)
    await clock.advance(125)
    await recorder.drained()
    expect(calls).toBe(2)
    expect(lines).toEqual([])
  })

  it('it is given up if the server does not want it', async () => {
    server.handle = () => ({ status: 403, body: 'no' })
    recorder.event(pod, 'Normal', 'A', 'a')
    await recorder.drained()
    expect(server.requests).toHaveLength(1)
    expect(lines[0]).toContain('server rejected event, will not retry')
  })

  it('no more than a thousand wait', async () => {
    server.handle = () => 'reset'
    for (let i = 0; i < 1002; i++) recorder.event(pod, 'Normal', `R${i}`, 'x')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toContain('too many queued events')
    abort.abort()
    await recorder.drained()
  })
})
