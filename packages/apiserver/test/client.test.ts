import { ConfigMap, Event, Lease, type Pod, ReplicaSet } from '@wherry/api'
import { controllerRef, isConflict, isExpired, isInvalid, isNotFound, statusErrorFrom } from '@wherry/apimachinery'
import {
  type Client,
  type Controller,
  newClient,
  newEventRecorder,
  newInformers,
  runControllers,
  runWithLeaderElection,
  type WatchEvent,
} from '@wherry/client'
import { realClock, silentLogger } from '@wherry/component-base'
import { openMemoryStorage, type Storage } from '@wherry/storage'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'

let storage: Storage
let server: TestServer
let client: Client
let abort: AbortController
let running: Promise<unknown>[]

beforeEach(async () => {
  storage = await openMemoryStorage()
  server = await startTestServer({ storage })
  client = server.client
  abort = new AbortController()
  running = []
})

afterEach(async () => {
  abort.abort()
  await Promise.allSettled(running)
  await server.close()
  await storage.close()
})

const map = (name: string, data: Record<string, string> = {}): ConfigMap => ({
  metadata: { namespace: 'default', name },
  data,
})

const follow = () => newInformers({ client, clock: realClock, logger: silentLogger })

describe('the client and the API server agree', () => {
  it('on what a refused request is told', async () => {
    const created = await client.create(ConfigMap, map('a'))
    await client.update(ConfigMap, { ...created, data: { x: '1' } })
    const stale = await client.update(ConfigMap, { ...created, data: { x: '2' } }).catch((error: unknown) => error)
    expect(isConflict(stale)).toBe(true)
    const invalid = await client.create(ConfigMap, map('Not A Name')).catch((error: unknown) => error)
    expect(isInvalid(invalid)).toBe(true)
    const missing = await client
      .delete(ConfigMap, { namespace: 'default', name: 'none' })
      .catch((error: unknown) => error)
    expect(isNotFound(missing)).toBe(true)
  })

  it('on patches of every kind that is not apply', async () => {
    const key = { namespace: 'default', name: 'a' }
    await client.create(ConfigMap, map('a', { x: '1', y: '1' }))
    await client.patch(ConfigMap, key, { data: { x: null } }, { type: 'merge' })
    await client.patch(ConfigMap, key, { data: { z: '3' } }, { type: 'strategic' })
    const patched = await client.patch(ConfigMap, key, [{ op: 'replace', path: '/data/y', value: '2' }], {
      type: 'json',
    })
    expect(patched.data).toEqual({ y: '2', z: '3' })
  })

  it('on lists in pages, of one version', async () => {
    for (const name of ['a', 'b', 'c']) await client.create(ConfigMap, map(name))
    const first = await client.list(ConfigMap, { namespace: 'default', limit: 2 })
    await client.create(ConfigMap, map('bb'))
    const rest = await client.list(ConfigMap, { namespace: 'default', limit: 2, continue: first.metadata.continue })
    expect([...first.items, ...rest.items].map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c'])
  })

  it.each(['websocket', 'http'] as const)('on watches over %s', async (watchOver) => {
    const own = newClient({ server: server.url }, { watchOver })
    const { metadata } = await own.list(ConfigMap, { namespace: 'default' })
    const created = await own.create(ConfigMap, map('a'))
    await own.update(ConfigMap, { ...created, data: { x: '1' } })
    await own.delete(ConfigMap, { namespace: 'default', name: 'a' })
    const seen: string[] = []
    const options = { namespace: 'default', resourceVersion: metadata.resourceVersion, signal: abort.signal }
    for await (const { type, object } of own.watch(ConfigMap, options)) {
      seen.push(`${type} ${JSON.stringify('data' in object ? object.data : undefined)}`)
      if (seen.length === 3) break
    }
    expect(seen).toEqual(['ADDED undefined', 'MODIFIED {"x":"1"}', 'DELETED {"x":"1"}'])
    own.close()
  })

  it.each(['websocket', 'http'] as const)('on a watch that begins with everything, over %s', async (watchOver) => {
    const own = newClient({ server: server.url }, { watchOver })
    await own.create(ConfigMap, map('a'))
    const options = {
      namespace: 'default',
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan' as const,
      allowWatchBookmarks: true,
      signal: abort.signal,
    }
    const seen: WatchEvent[] = []
    for await (const event of own.watch(ConfigMap, options)) {
      seen.push(event)
      if (event.type === 'BOOKMARK') break
    }
    expect(seen).toMatchObject([
      { type: 'ADDED', object: { metadata: { name: 'a' } } },
      { type: 'BOOKMARK', object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } } },
    ])
    own.close()
  })

  it('on what a version that is no more is told', async () => {
    const created = await client.create(ConfigMap, map('a'))
    const changed = await client.update(ConfigMap, { ...created, data: { x: '1' } })
    await server.close()
    // The next server knows nothing of what was before it began but what the storage tells it.
    await storage.compact(Number(changed.metadata.resourceVersion))
    server = await startTestServer({ storage })
    client = server.client
    const options = { resourceVersion: created.metadata.resourceVersion, signal: abort.signal }
    const first = client.watch(ConfigMap, options)[Symbol.asyncIterator]().next()
    const answer = await first.then(
      ({ value }) => (value?.type === 'ERROR' ? statusErrorFrom(value.object) : value),
      (error: unknown) => error,
    )
    expect(isExpired(answer)).toBe(true)
  })
})

describe('informers on a real server', () => {
  it('see what is there and what changes', async () => {
    await client.create(ConfigMap, map('a'))
    const informers = follow()
    const maps = informers.for(ConfigMap, { namespace: 'default' })
    running.push(informers.run(abort.signal))
    await informers.synced()
    expect(maps.lister.list().map(({ metadata }) => metadata.name)).toContain('a')
    const { metadata } = await client.create(ConfigMap, map('b'))
    await maps.reached(metadata.resourceVersion ?? '', abort.signal)
    expect(maps.lister.get('default/b')?.metadata.uid).toBe(metadata.uid)
    await client.delete(ConfigMap, { namespace: 'default', name: 'b' })
    await maps.ended('default/b', metadata.uid ?? '', abort.signal)
    expect(maps.lister.get('default/b')).toBeUndefined()
  })
})

describe('a controller on a real server', () => {
  it('makes exactly what it wants, however often it is asked', async () => {
    const informers = follow()
    const sets = informers.for(ReplicaSet)
    const maps = informers.for(ConfigMap)
    let made = 0
    /** What the last reconcile has seen. */
    let seen: string | undefined
    /** Wakes whoever waits for reconciles to end. */
    let ended = () => {}
    const until = async (done: () => boolean) => {
      while (!done()) await new Promise<void>((resolve) => (ended = resolve))
    }
    const controller: Controller = {
      name: 'two-maps',
      primary: ReplicaSet,
      owns: [ConfigMap],
      async reconcile(key) {
        const set = sets.lister.get(key)
        const have = set ? maps.lister.byOwner(set.metadata.uid ?? '').length : 2
        for (let i = have; set && i < 2; i++) {
          const ownerReferences = [controllerRef(set, ReplicaSet)]
          await client.create(ConfigMap, { metadata: { namespace: 'default', generateName: 'm-', ownerReferences } })
          made++
        }
        seen = set?.metadata.annotations?.i
        ended()
        return undefined
      },
    }
    const deps = { client, informers, clock: realClock, logger: silentLogger }
    running.push(runControllers([controller], deps, abort.signal))
    await informers.synced()
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    const key = { namespace: 'default', name: 'rs' }
    const spec = { replicas: 0, selector: { matchLabels: { a: 'b' } }, template }
    await client.create(ReplicaSet, { metadata: key, spec })
    for (let i = 0; i < 20; i++) {
      await client.patch(ReplicaSet, key, { metadata: { annotations: { i: `${i}` } } }, { type: 'merge' })
    }
    await until(() => seen === '19')
    expect(made).toBe(2)
    const [gone] = (await client.list(ConfigMap, { namespace: 'default' })).items
    await client.delete(ConfigMap, { namespace: 'default', name: gone?.metadata.name ?? '' })
    await until(() => made === 3)
  })
})

describe('events and leases on a real server', () => {
  it('an event that is repeated is counted', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: 'default', name: 'web', uid: 'u' },
    } satisfies Pod
    const recorder = newEventRecorder({ client, clock: realClock, logger: silentLogger, component: 'test' })
    for (let i = 0; i < 3; i++) recorder.event(pod, 'Warning', 'BackOff', 'Back-off')
    await recorder.drained()
    const { items } = await client.list(Event, { namespace: 'default', fieldSelector: 'involvedObject.name=web' })
    expect(items).toMatchObject([{ count: 3, reason: 'BackOff', source: { component: 'test' } }])
  })

  it('one of two processes leads, and then the other', async () => {
    const leads: string[] = []
    const start = (identity: string, signal: AbortSignal) => {
      const deps = {
        client,
        clock: realClock,
        logger: silentLogger,
        name: 'x',
        namespace: 'kube-system',
        identity,
        retryPeriodMs: 10,
        renewDeadlineMs: 500,
      }
      let began = () => {}
      const leading = new Promise<void>((resolve) => (began = resolve))
      const ended = runWithLeaderElection(
        deps,
        (term) => {
          leads.push(identity)
          began()
          return new Promise((resolve) => term.addEventListener('abort', () => resolve()))
        },
        signal,
      )
      running.push(ended)
      return { leading, ended }
    }
    const first = new AbortController()
    const a = start('a', first.signal)
    await a.leading
    const b = start('b', abort.signal)
    first.abort()
    await a.ended
    await b.leading
    expect(leads).toEqual(['a', 'b'])
    expect((await client.get(Lease, { namespace: 'kube-system', name: 'x' })).spec?.holderIdentity).toBe('b')
  })
})
