import type { Status } from '@wherry/api'
import { resourceExpired, statusErrorFrom, tooManyRequests } from '@wherry/apimachinery'
import { FakeClock, silentLogger } from '@wherry/component-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KubeList, ListOptions, WatchEvent, WatchOptions } from '../rest/client.ts'
import { ConnectionError } from '../rest/connection-error.ts'
import { Reflector } from './reflector.ts'

/** A server of which a test answers every call by hand. */
class Script {
  readonly calls: string[] = []
  /** The answers of lists to come; the default is an empty list at version 10. */
  lists: (KubeList | Error)[] = []
  /** Watches to come: each a list of events, after which it stays open, ends or fails. */
  watches: { events?: WatchEvent[]; last?: 'open' | 'end' | Error }[] = []

  async list({ continue: next }: ListOptions): Promise<KubeList> {
    this.calls.push(next ? `list ${next}` : 'list')
    const answer = this.lists.shift() ?? { metadata: { resourceVersion: '10' }, items: [] }
    if (answer instanceof Error) throw answer
    return answer
  }

  async *watch({ resourceVersion, sendInitialEvents, signal }: WatchOptions): AsyncGenerator<WatchEvent> {
    this.calls.push(sendInitialEvents ? 'watch all' : `watch ${resourceVersion}`)
    const { events = [], last = 'open' } = this.watches.shift() ?? {}
    yield* events
    if (last instanceof Error) throw last
    if (last === 'end') return
    await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  }
}

const object = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } })
const added = (name: string, version: string): WatchEvent => ({ type: 'ADDED', object: object(name, version) })
const bookmark = (resourceVersion: string): WatchEvent => ({
  type: 'BOOKMARK',
  object: { metadata: { resourceVersion } },
})
const initialEnd = (resourceVersion: string): WatchEvent => ({
  type: 'BOOKMARK',
  object: { metadata: { resourceVersion, annotations: { 'k8s.io/initial-events-end': 'true' } } },
})
const status = (code: number, reason: string): Status => ({
  metadata: {},
  status: 'Failure',
  code,
  reason,
  message: reason,
})
const refused = () => new ConnectionError('GET', 'http://x/', Object.assign(new Error(), { code: 'ECONNREFUSED' }))

let clock: FakeClock
let source: Script
let seen: string[]
let controller: AbortController
let running: Promise<void>

beforeEach(() => {
  clock = new FakeClock()
  source = new Script()
  seen = []
  controller = new AbortController()
})

afterEach(async () => {
  controller.abort()
  await running
  expect(clock.pending).toBe(0)
})

async function start(): Promise<void> {
  const store = {
    replace: (objects: readonly { metadata: { name?: string } }[], version: string) =>
      void seen.push(`replace ${objects.map(({ metadata }) => metadata.name).join(',')} at ${version}`),
    apply: (type: string, { metadata }: { metadata: { name?: string } }) => void seen.push(`${type} ${metadata.name}`),
    bookmark: (version: string) => void seen.push(`bookmark ${version}`),
  }
  running = new Reflector({ source, store, clock, logger: silentLogger, random: () => 0 }).run(controller.signal)
  await clock.advance(0)
}

describe('a reflector', () => {
  it('fills its store from initial events and goes on with the same watch', async () => {
    source.watches = [{ events: [added('a', '3'), added('b', '2'), initialEnd('9'), added('c', '10'), bookmark('12')] }]
    await start()
    expect(source.calls).toEqual(['watch all'])
    expect(seen).toEqual(['replace a,b at 9', 'ADDED c', 'bookmark 12'])
  })

  it('lists, page by page, where the server does not send initial events', async () => {
    source.watches = [{ last: statusErrorFrom(status(422, 'Invalid')) }]
    source.lists = [
      { metadata: { resourceVersion: '9', continue: 'more' }, items: [object('a', '1')] },
      { metadata: { resourceVersion: '9' }, items: [object('b', '2')] },
    ]
    await start()
    expect(source.calls).toEqual(['watch all', 'list', 'list more', 'watch 9'])
    expect(seen).toEqual(['replace a,b at 9'])
  })

  it('lists where the server takes the wish for initial events and sends no end of them', async () => {
    source.watches = [{ events: [added('a', '1')] }]
    await start()
    expect(source.calls).toEqual(['watch all'])
    await clock.advance(10_000)
    expect(source.calls).toEqual(['watch all', 'list', 'watch 10'])
  })

  it('goes on from the last event when a watch ends', async () => {
    source.watches = [{ events: [initialEnd('9'), added('a', '11')], last: 'end' }]
    await start()
    expect(source.calls).toEqual(['watch all', 'watch 11'])
  })

  it('goes on from the last bookmark when the connection breaks', async () => {
    source.watches = [{ events: [initialEnd('9'), bookmark('30')], last: refused() }]
    await start()
    await clock.advance(50)
    expect(source.calls).toEqual(['watch all', 'watch 30'])
  })

  it.each([
    { how: 'as an event', events: [{ type: 'ERROR' as const, object: status(410, 'Expired') }], last: undefined },
    { how: 'as an answer', events: [], last: resourceExpired('too old') },
    { how: 'by a version from a lost future', events: [], last: statusErrorFrom(status(504, 'Timeout')) },
  ])('replaces everything when its version is gone: $how', async ({ events, last }) => {
    source.watches = [
      { events: [initialEnd('9')], last: 'end' },
      { events, last },
      { events: [added('b', '40'), initialEnd('41')] },
    ]
    await start()
    await clock.advance(50)
    await clock.advance(100)
    expect(source.calls).toEqual(['watch all', 'watch 9', 'watch all'])
    expect(seen).toEqual(['replace  at 9', 'replace b at 41'])
  })

  it('keeps its version when the server is only busy', async () => {
    source.watches = [{ events: [initialEnd('9')], last: 'end' }, { last: tooManyRequests('slow', 1) }]
    await start()
    await clock.advance(50)
    await clock.advance(100)
    expect(source.calls).toEqual(['watch all', 'watch 9', 'watch 9'])
  })

  it('comes back quickly at first, and every 2 s to a server that nobody listens for', async () => {
    source.watches = Array.from({ length: 9 }, () => ({ last: refused() }))
    const began = clock.now()
    await start()
    const at: number[] = []
    for (let calls = source.calls.length; calls < 9; ) {
      await clock.advance(50)
      if (source.calls.length > calls) at.push(clock.now() - began)
      calls = source.calls.length
    }
    expect(at).toEqual([50, 150, 350, 750, 1550, 3150, 5150, 7150])
  })

  it('waits ever longer for a server that refuses, up to 30 s', async () => {
    source.watches = Array.from({ length: 30 }, () => ({ last: statusErrorFrom(status(403, 'Forbidden')) }))
    await start()
    await clock.advance(100_000)
    const calls = source.calls.length
    await clock.advance(30_000)
    expect(source.calls.length).toBe(calls + 1)
  })

  it('does not spin when watches end at once', async () => {
    source.watches = [{ events: [initialEnd('9')], last: 'end' }, { last: 'end' }, { last: 'end' }, { last: 'end' }]
    await start()
    expect(source.calls).toHaveLength(1)
    await clock.advance(49)
    expect(source.calls).toHaveLength(1)
    await clock.advance(1)
    expect(source.calls).toHaveLength(2)
  })
})
