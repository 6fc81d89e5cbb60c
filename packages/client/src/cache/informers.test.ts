import { Node, Pod } from '@wherry/api'
import { deepFreeze } from '@wherry/apimachinery'
import { realClock, silentLogger } from '@wherry/component-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeAPIServer, type FakeWatch } from '../../testing/index.ts'
import type { Client, WatchEvent } from '../rest/client.ts'
import { newClient } from '../rest/new-client.ts'
import type { Informer } from './informer.ts'
import { type Informers, newInformers } from './informers.ts'
import { SharedInformer } from './shared-informer.ts'

/** Frozen, so that whatever would change an object of the cache fails. */
function aPod(name: string, resourceVersion: string, more: Partial<Pod['metadata']> = {}): Pod {
  const pod = { metadata: { namespace: 'ns', name, uid: `uid-${name}`, resourceVersion, ...more } }
  deepFreeze(pod)
  return pod
}

function record(informer: Informer<Pod>): string[] {
  const changes: string[] = []
  informer.on({
    added: ({ metadata }) => void changes.push(`added ${metadata.name} ${metadata.resourceVersion}`),
    updated: ({ metadata }, old) =>
      void changes.push(`updated ${metadata.name} ${old.metadata.resourceVersion}→${metadata.resourceVersion}`),
    deleted: ({ metadata }) => void changes.push(`deleted ${metadata.name} ${metadata.resourceVersion}`),
  })
  return changes
}

describe('an informer', () => {
  let informer: SharedInformer<Pod>
  let changes: string[]

  beforeEach(() => {
    informer = new SharedInformer<Pod>(silentLogger)
    changes = record(informer)
  })

  it('tells of changes in order, after its cache has them', () => {
    const inCache: unknown[] = []
    informer.on({ added: (pod) => void inCache.push(informer.lister.get(`ns/${pod.metadata.name}`)) })
    informer.replace([aPod('a', '1')], '5')
    informer.apply('ADDED', aPod('b', '6'))
    informer.apply('MODIFIED', aPod('a', '7'))
    informer.apply('DELETED', aPod('b', '8'))
    expect(changes).toEqual(['added a 1', 'added b 6', 'updated a 1→7', 'deleted b 8'])
    expect(inCache).toEqual([aPod('a', '1'), aPod('b', '6')])
    expect(informer.resourceVersion).toBe('8')
  })

  it('tells of what a new list has changed, and of nothing else', () => {
    informer.replace([aPod('a', '1'), aPod('b', '2'), aPod('c', '3')], '5')
    changes.length = 0
    informer.replace([aPod('b', '2'), aPod('c', '9'), aPod('d', '8')], '10')
    expect(changes).toEqual(['updated c 3→9', 'added d 8', 'deleted a 1'])
  })

  it('tells of the end of an object when another one of its name takes its place', () => {
    informer.replace([aPod('a', '1')], '5')
    informer.replace([aPod('a', '9', { uid: 'other' })], '10')
    expect(changes).toEqual(['added a 1', 'deleted a 1', 'added a 9'])
  })

  it('tells late handlers of everything that is there', () => {
    informer.replace([aPod('a', '1'), aPod('b', '2')], '5')
    expect(record(informer)).toEqual(['added a 1', 'added b 2'])
  })

  it('goes on when a handler throws', () => {
    informer.on({
      added() {
        throw new Error('mine')
      },
    })
    const later = record(informer)
    informer.apply('ADDED', aPod('a', '1'))
    expect(later).toEqual(['added a 1'])
  })

  it('tells removed handlers nothing', () => {
    let calls = 0
    const remove = informer.on({ added: () => void calls++ })
    informer.apply('ADDED', aPod('a', '1'))
    remove()
    informer.apply('ADDED', aPod('b', '2'))
    expect(calls).toBe(1)
  })

  it('says when it has reached a version', async () => {
    const controller = new AbortController()
    let reached = false
    const waiting = informer.reached('100', controller.signal).then(() => void (reached = true))
    informer.replace([], '99')
    await Promise.resolve()
    expect(reached).toBe(false)
    informer.bookmark('101')
    await waiting
    expect(reached).toBe(true)
    const never = informer.reached('200', controller.signal)
    controller.abort(new Error('enough'))
    await expect(never).rejects.toThrow('enough')
  })

  it('says when an object has ended', async () => {
    const { signal } = new AbortController()
    informer.replace([aPod('a', '1'), aPod('b', '1')], '5')
    const ends = [informer.ended('ns/a', 'uid-a', signal), informer.ended('ns/b', 'uid-b', signal)]
    informer.apply('DELETED', aPod('a', '6'))
    informer.apply('MODIFIED', aPod('b', '7', { deletionTimestamp: '2026-01-01T00:00:00Z' }))
    await Promise.all(ends)
  })
})

describe('a lister', () => {
  const owned = (name: string, uid: string, controller: boolean) =>
    aPod(name, '1', { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid, controller }] })

  it('finds objects by namespace, owner and other indexes, and forgets them', () => {
    const informer = new SharedInformer<Pod>(silentLogger)
    const { lister } = informer
    lister.addIndex('app', (pod) => (pod.metadata.labels?.app ? [pod.metadata.labels.app] : []))
    const far = aPod('far', '1', { namespace: 'other', labels: { app: 'web' } })
    informer.replace([owned('a', 'u1', true), owned('b', 'u2', true), owned('c', 'u1', false), far], '5')
    const names = (pods: readonly { metadata: { readonly name?: string } }[]) =>
      pods.map(({ metadata }) => metadata.name)
    expect(names(lister.list('other'))).toEqual(['far'])
    expect(names(lister.byOwner('u1'))).toEqual(['a'])
    expect(names(lister.byIndex('app', 'web'))).toEqual(['far'])
    informer.apply('MODIFIED', aPod('far', '6', { namespace: 'other', labels: { app: 'db' } }))
    informer.apply('DELETED', owned('a', 'u1', true))
    expect(names(lister.byIndex('app', 'web'))).toEqual([])
    expect(names(lister.byIndex('app', 'db'))).toEqual(['far'])
    expect(lister.byOwner('u1')).toEqual([])
    expect(() => lister.addIndex('app', () => [])).toThrow('indexer conflict')
    expect(() => lister.byIndex('none', '')).toThrow('Index with name none does not exist')
  })
})

describe('informers of one component', () => {
  let server: FakeAPIServer
  let client: Client
  let informers: Informers
  let controller: AbortController
  let running: Promise<void>

  beforeEach(async () => {
    server = await FakeAPIServer.start()
    client = newClient({ server: server.url })
    informers = newInformers({ client, clock: realClock, logger: silentLogger })
    controller = new AbortController()
    running = Promise.resolve()
  })

  afterEach(async () => {
    controller.abort()
    await running
    await server.close()
  })

  const end = (resourceVersion: string): WatchEvent => ({
    type: 'BOOKMARK',
    object: { metadata: { resourceVersion, annotations: { 'k8s.io/initial-events-end': 'true' } } },
  })
  const fill = (watch: FakeWatch, ...pods: Pod[]) =>
    watch.send(...pods.map((object): WatchEvent => ({ type: 'ADDED', object })), end('9'))

  it('share one watch for one kind and selection', async () => {
    expect(informers.for(Pod)).toBe(informers.for(Pod))
    expect(informers.for(Pod)).not.toBe(informers.for(Pod, { namespace: 'a' }))
    expect(informers.for(Pod)).not.toBe(informers.for(Node))
    running = informers.run(controller.signal)
    const paths = (await Promise.all([server.watch(), server.watch(), server.watch()])).map(
      ({ request }) => request.path,
    )
    expect(paths.sort()).toEqual(['/api/v1/namespaces/a/pods', '/api/v1/nodes', '/api/v1/pods'])
  })

  it('have synced when every one of them has', async () => {
    const pods = informers.for(Pod)
    informers.for(Node)
    running = informers.run(controller.signal)
    const synced = informers.synced()
    const watches = await Promise.all([server.watch(), server.watch()])
    for (const watch of watches) fill(watch, ...(watch.request.path.endsWith('pods') ? [aPod('a', '1')] : []))
    await synced
    expect(pods.lister.get('ns/a')?.metadata.uid).toBe('uid-a')
  })

  it('start late when they are asked for late', async () => {
    running = informers.run(controller.signal)
    const pods = informers.for(Pod)
    fill(await server.watch(), aPod('a', '1'))
    await pods.synced()
    expect(pods.lister.list()).toHaveLength(1)
  })

  it('follow a server that was restarted', async () => {
    const pods = informers.for(Pod)
    running = informers.run(controller.signal)
    const first = await server.watch()
    fill(first, aPod('a', '1'))
    await pods.synced()
    first.reset()
    const second = await server.watch()
    expect(second.request.query.resourceVersion).toBe('9')
    second.send({ type: 'ADDED', object: aPod('b', '12') })
    await pods.reached('12', controller.signal)
    expect(pods.lister.list().map(({ metadata }) => metadata.name)).toEqual(['a', 'b'])
  })
})
