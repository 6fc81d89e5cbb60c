import { ConfigMap, type Kind, type KubeObject, Pod, ReplicaSet } from '@wherry/api'
import { controllerRef, splitKey } from '@wherry/apimachinery'
import { FakeClock, newLogger } from '@wherry/component-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SharedInformer } from '../cache/shared-informer.ts'
import type { Informers } from '../cache/informers.ts'
import { FakeAPIServer } from '../../testing/index.ts'
import type { Client } from '../rest/client.ts'
import { newClient } from '../rest/new-client.ts'
import { type Controller, TerminalError, watching } from './controller.ts'
import { kindId } from './read-your-writes.ts'
import { runControllers } from './run-controllers.ts'

/** Caches that a test fills by hand. */
class Caches implements Informers {
  readonly #informers = new Map<string, SharedInformer<KubeObject>>()

  for<T extends KubeObject>(kind: Kind<T>): SharedInformer<T> {
    const id = kindId(kind)
    const informer = this.#informers.get(id) ?? new SharedInformer<KubeObject>(logger)
    this.#informers.set(id, informer)
    // The id holds the kind, so the informer is one of that kind.
    return informer as unknown as SharedInformer<T>
  }

  run(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
  }

  async synced(): Promise<void> {}
}

const lines: string[] = []
const logger = newLogger({ level: 'debug', write: (line) => lines.push(line) })
const aSet = (name: string, resourceVersion = '1'): ReplicaSet => ({
  metadata: { namespace: 'ns', name, uid: `uid-${name}`, resourceVersion },
})
const ownedPod = (name: string, owner: ReplicaSet, resourceVersion = '1'): Pod => ({
  metadata: {
    namespace: 'ns',
    name,
    uid: `uid-${name}`,
    resourceVersion,
    ownerReferences: [controllerRef(owner, ReplicaSet)],
  },
})

let clock: FakeClock
let server: FakeAPIServer
let client: Client
let informers: Caches
let abort: AbortController
let running: Promise<void>
let keys: string[]

beforeEach(async () => {
  lines.length = 0
  keys = []
  clock = new FakeClock()
  server = await FakeAPIServer.start()
  client = newClient({ server: server.url })
  informers = new Caches()
  abort = new AbortController()
})

afterEach(async () => {
  abort.abort()
  await running
  client.close()
  await server.close()
  expect(clock.pending).toBe(0)
})

const controllerOf = (more: Partial<Controller> = {}): Controller => ({
  name: 'replicaset',
  primary: ReplicaSet,
  async reconcile(key) {
    keys.push(key)
    return undefined
  },
  ...more,
})

function start(controller: Controller): void {
  running = runControllers([controller], { client, informers, clock, logger }, abort.signal)
}

/** Lets everything happen that needs no time to pass. */
const settle = () => clock.advance(0)

describe('a controller', () => {
  it('looks at nothing before its caches have synced, then at every object of its kind', async () => {
    start(controllerOf({ owns: [Pod] }))
    informers.for(ReplicaSet).replace([aSet('a'), aSet('b')], '5')
    await settle()
    expect(keys).toEqual([])
    informers.for(Pod).replace([], '5')
    await settle()
    expect(keys).toEqual(['ns/a', 'ns/b'])
  })

  it('looks at an object that has changed or is gone', async () => {
    start(controllerOf())
    informers.for(ReplicaSet).replace([aSet('a')], '5')
    await settle()
    informers.for(ReplicaSet).apply('MODIFIED', aSet('a', '6'))
    await settle()
    informers.for(ReplicaSet).apply('DELETED', aSet('a', '7'))
    await settle()
    expect(keys).toEqual(['ns/a', 'ns/a', 'ns/a'])
  })

  it('looks at the owner of what it owns, if that is the one in the cache', async () => {
    start(controllerOf({ owns: [Pod] }))
    informers.for(ReplicaSet).replace([aSet('a')], '5')
    informers.for(Pod).replace([], '5')
    await settle()
    keys.length = 0
    informers.for(Pod).apply('ADDED', ownedPod('p', aSet('a')))
    await settle()
    informers.for(Pod).apply('ADDED', ownedPod('q', aSet('gone')))
    const stranger = aSet('a')
    stranger.metadata.uid = 'another'
    informers.for(Pod).apply('ADDED', ownedPod('r', stranger))
    await settle()
    expect(keys).toEqual(['ns/a'])
  })

  it('looks at both owners when an object goes from one to the other', async () => {
    start(controllerOf({ owns: [Pod] }))
    informers.for(ReplicaSet).replace([aSet('a'), aSet('b')], '5')
    informers.for(Pod).replace([ownedPod('p', aSet('a'))], '5')
    await settle()
    keys.length = 0
    informers.for(Pod).apply('MODIFIED', ownedPod('p', aSet('b'), '6'))
    await settle()
    expect(keys).toEqual(['ns/a', 'ns/b'])
  })

  it('looks at the keys that its own mapping names, for the changes that it wants', async () => {
    const byName = watching(
      ConfigMap,
      ({ metadata }) => [`ns/${metadata.name}`],
      (now, old) => now.data?.x !== old.data?.x,
    )
    start(controllerOf({ watches: [byName] }))
    informers.for(ReplicaSet).replace([], '5')
    const map = (resourceVersion: string, x: string): ConfigMap => ({
      metadata: { name: 'm', resourceVersion },
      data: { x },
    })
    informers.for(ConfigMap).replace([map('1', 'a')], '5')
    await settle()
    informers.for(ConfigMap).apply('MODIFIED', map('6', 'a'))
    await settle()
    informers.for(ConfigMap).apply('MODIFIED', map('7', 'b'))
    await settle()
    expect(keys).toEqual(['ns/m', 'ns/m'])
  })

  it('works on several keys at once, on one key never twice at once', async () => {
    let now = 0
    let most = 0
    const open: (() => void)[] = []
    start(
      controllerOf({
        workers: 2,
        async reconcile(key) {
          keys.push(key)
          most = Math.max(most, ++now)
          await new Promise<void>((resolve) => open.push(resolve))
          now--
          return undefined
        },
      }),
    )
    informers.for(ReplicaSet).replace([aSet('a'), aSet('b'), aSet('c')], '5')
    await settle()
    informers.for(ReplicaSet).apply('MODIFIED', aSet('a', '6'))
    await settle()
    expect(keys).toEqual(['ns/a', 'ns/b'])
    while (open.length > 0) {
      open.shift()?.()
      await settle()
    }
    expect(keys).toEqual(['ns/a', 'ns/b', 'ns/c', 'ns/a'])
    expect(most).toBe(2)
  })

  it('is asked again later when it wants that', async () => {
    const reconcile = async (key: string) => (keys.push(key) === 1 ? { requeueAfterMs: 1000 } : undefined)
    start(controllerOf({ reconcile }))
    informers.for(ReplicaSet).replace([aSet('a')], '5')
    await settle()
    await clock.advance(999)
    expect(keys).toHaveLength(1)
    await clock.advance(1)
    expect(keys).toHaveLength(2)
    await clock.advance(10_000)
    expect(keys).toHaveLength(2)
  })

  it('is asked again, ever later, when it fails, and the failure is logged', async () => {
    const reconcile = async (key: string) => {
      if (keys.push(key) < 4) throw new Error('not yet')
      return undefined
    }
    start(controllerOf({ reconcile }))
    informers.for(ReplicaSet).replace([aSet('a')], '5')
    await settle()
    await clock.advance(5 + 10)
    expect(keys).toHaveLength(3)
    await clock.advance(20)
    expect(keys).toHaveLength(4)
    expect(lines.map((line) => JSON.parse(line))).toMatchObject(
      Array(3).fill({ level: 'warn', controller: 'replicaset', key: 'ns/a', error: 'not yet' }),
    )
  })

  it('is not asked again when it says that it would not help', async () => {
    const reconcile = async (key: string) => {
      keys.push(key)
      throw new TerminalError('the selector is wrong')
    }
    start(controllerOf({ reconcile }))
    informers.for(ReplicaSet).replace([aSet('a')], '5')
    await clock.advance(100_000)
    expect(keys).toHaveLength(1)
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 'error', error: 'the selector is wrong' }])
  })

  it('is not asked about what still waits when everything ends', async () => {
    let finish = () => {}
    const reconcile = async (key: string) => {
      keys.push(key)
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return undefined
    }
    start(controllerOf({ workers: 1, reconcile }))
    informers.for(ReplicaSet).replace([aSet('a'), aSet('b')], '5')
    await settle()
    abort.abort()
    finish()
    await running
    expect(keys).toEqual(['ns/a'])
  })
})

describe("reading one's own writes", () => {
  /** Creates a pod for its set each time it is asked, as a controller does that believes a stale cache. */
  const creating = (): Controller =>
    controllerOf({
      owns: [Pod],
      async reconcile(key) {
        keys.push(key)
        const { name } = splitKey(key)
        if (informers.for(Pod).lister.byOwner(`uid-${name}`).length === 0)
          await client.create(Pod, ownedPod('p', aSet(name)))
        return undefined
      },
    })
  const created = () => server.requests.filter(({ method }) => method === 'POST').length

  async function untilCreated(count: number): Promise<void> {
    while (created() < count) await settle()
    // The answer is on its way; what it lets happen needs no more than some turns of the event loop.
    for (let turn = 0; turn < 20; turn++) await settle()
  }

  beforeEach(() => {
    server.handle = ({ body, path }) => ({
      status: 201,
      body: {
        ...Object(body),
        metadata: { ...Object(body).metadata, resourceVersion: path.includes('pods') ? '10' : '1' },
      },
    })
  })

  it('holds a key until the cache has what was written for it', async () => {
    start(creating())
    informers.for(ReplicaSet).replace([aSet('a')], '5')
    informers.for(Pod).replace([], '5')
    await untilCreated(1)
    informers.for(ReplicaSet).apply('MODIFIED', aSet('a', '9'))
    for (let turn = 0; turn < 20; turn++) await settle()
    expect(keys).toEqual(['ns/a'])
    informers.for(Pod).apply('ADDED', ownedPod('p', aSet('a'), '10'))
    await settle()
    expect(keys).toEqual(['ns/a', 'ns/a'])
    expect(created()).toBe(1)
  })

  it('does not keep other keys waiting', async () => {
    start({ ...creating(), workers: 1 })
    informers.for(ReplicaSet).replace([aSet('a'), aSet('b')], '5')
    informers.for(Pod).replace([], '5')
    await untilCreated(2)
    expect(keys).toEqual(['ns/a', 'ns/b'])
    informers.for(Pod).bookmark('10')
    await settle()
  })

  it('gives up on a cache that does not come', async () => {
    start(creating())
    informers.for(ReplicaSet).replace([aSet('a')], '5')
    informers.for(Pod).replace([], '5')
    await untilCreated(1)
    informers.for(ReplicaSet).apply('MODIFIED', aSet('a', '9'))
    await clock.advance(4999)
    expect(keys).toHaveLength(1)
    await clock.advance(1)
    expect(keys).toHaveLength(2)
    await untilCreated(2)
    informers.for(Pod).bookmark('10')
  })

  it('does not wait for a cache that has a selection only', async () => {
    const selected = { ...watching(Pod, () => []), selection: { labelSelector: 'a=b' } }
    const controller = creating()
    start({ ...controller, owns: [], watches: [selected] })
    informers.for(ReplicaSet).replace([aSet('a')], '5')
    informers.for(Pod).replace([], '5')
    await untilCreated(1)
    informers.for(ReplicaSet).apply('MODIFIED', aSet('a', '9'))
    await untilCreated(2)
    expect(keys).toEqual(['ns/a', 'ns/a'])
  })

  it('holds a key until the cache has lost what was deleted for it', async () => {
    server.handle = () => ({ body: { kind: 'Status', metadata: {}, status: 'Success', details: { uid: 'uid-p' } } })
    const pod = ownedPod('p', aSet('a'))
    const reconcile = async (key: string) => {
      keys.push(key)
      const [owned] = informers.for(Pod).lister.byOwner('uid-a')
      if (owned) await client.delete(Pod, { namespace: 'ns', name: 'p' })
      return undefined
    }
    start(controllerOf({ owns: [Pod], reconcile }))
    informers.for(ReplicaSet).replace([aSet('a')], '5')
    informers.for(Pod).replace([pod], '5')
    while (server.requests.length === 0) await settle()
    informers.for(ReplicaSet).apply('MODIFIED', aSet('a', '9'))
    for (let turn = 0; turn < 20; turn++) await settle()
    expect(keys).toHaveLength(1)
    informers.for(Pod).apply('DELETED', pod)
    for (let turn = 0; turn < 20; turn++) await settle()
    expect(keys).toHaveLength(2)
    expect(server.requests).toHaveLength(1)
  })
})
