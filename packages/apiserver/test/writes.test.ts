import { ConfigMap, Deployment, Namespace, ServiceAccount } from '@wherry/api'
import { isConflict, isNotFound, isStatusError } from '@wherry/apimachinery'
import { FakeClock } from '@wherry/component-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { call } from './helpers.ts'

let clock: FakeClock
let server: TestServer
beforeEach(async () => {
  clock = new FakeClock(Date.UTC(2026, 3, 1, 12))
  server = await startTestServer({ clock })
})
afterEach(() => server.close())

const maps = '/api/v1/namespaces/default/configmaps'
const map = (name: string, more: object = {}): ConfigMap => ({ metadata: { namespace: 'default', name }, ...more })
const key = (name: string) => ({ namespace: 'default', name })
const deployment = (name: string): Deployment => ({
  metadata: { namespace: 'default', name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
})

describe('a create', () => {
  it('sets what only the server sets', async () => {
    const sent = {
      ...map('a'),
      metadata: { ...key('a'), uid: 'mine', creationTimestamp: '2001-01-01T00:00:00Z', generation: 7 },
    }
    const { status, json } = await call(server, 'POST', maps, sent)
    expect(status).toBe(201)
    expect(json).toEqual({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: {
        namespace: 'default',
        name: 'a',
        uid: expect.stringMatching(/^[0-9a-f]{8}-/),
        resourceVersion: expect.stringMatching(/^\d+$/),
        creationTimestamp: '2026-04-01T12:00:00Z',
      },
    })
  })

  it('makes a name from generateName', async () => {
    const names = new Set<string | undefined>()
    for (let i = 0; i < 20; i++) {
      const made = await server.client.create(ConfigMap, { metadata: { namespace: 'default', generateName: 'x-' } })
      expect(made.metadata.name).toMatch(/^x-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
      names.add(made.metadata.name)
    }
    expect(names.size).toBe(20)
  })

  it('of a name that is taken is refused, and says so when the old one is on its way out', async () => {
    await server.client.create(ConfigMap, { metadata: { ...key('a'), finalizers: ['x.io/wait'] } })
    const taken = await call(server, 'POST', maps, map('a'))
    expect([taken.status, taken.json.reason]).toEqual([409, 'AlreadyExists'])
    expect(taken.json.message).toBe('configmaps "a" already exists')
    await server.client.delete(ConfigMap, key('a'))
    const leaving = await call(server, 'POST', maps, map('a'))
    expect(leaving.json.message).toBe('object is being deleted: configmaps "a" already exists')
  })

  it('of which many come at once lets one win for each name', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 40 }, (_, i) => server.client.create(ConfigMap, map(`same-${i % 4}`))),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(4)
  })

  it('that is a dry run answers as if it had happened, and leaves nothing', async () => {
    const { status, json } = await call(server, 'POST', `${maps}?dryRun=All`, map('a'))
    expect(status).toBe(201)
    expect(json.metadata).toMatchObject({ name: 'a', uid: expect.any(String) })
    expect(json.metadata).not.toHaveProperty('resourceVersion')
    expect((await call(server, 'GET', `${maps}/a`)).status).toBe(404)
  })

  it('is seen by the reads that follow its answer', async () => {
    for (let i = 0; i < 30; i++) {
      await server.client.create(ConfigMap, map(`r-${i}`))
      const { items } = await server.client.list(ConfigMap, { namespace: 'default' })
      expect(items).toHaveLength(i + 1)
    }
  })
})

describe('an update', () => {
  it('needs the version that is there, or none', async () => {
    const { client } = server
    const created = await client.create(ConfigMap, map('a'))
    const updated = await client.update(ConfigMap, { ...created, data: { x: '1' } })
    const stale = await client.update(ConfigMap, { ...created, data: { x: '2' } }).catch((error: unknown) => error)
    expect(isConflict(stale) && stale instanceof Error && stale.message).toBe(
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    )
    const blind = await client.update(ConfigMap, map('a', { data: { x: '3' } }))
    expect(Number(blind.metadata.resourceVersion)).toBeGreaterThan(Number(updated.metadata.resourceVersion))
    expect(blind.metadata.uid).toBe(created.metadata.uid)
  })

  it('that changes nothing writes nothing', async () => {
    const created = await server.client.create(ConfigMap, map('a', { data: { x: '1', y: '2' } }))
    const same = { ...created, data: { y: '2', x: '1' } }
    expect(await server.client.update(ConfigMap, same)).toEqual(created)
    expect(await server.client.patch(ConfigMap, key('a'), { data: { x: '1' } }, { type: 'merge' })).toEqual(created)
  })

  it('of another uid is a conflict', async () => {
    const created = await server.client.create(ConfigMap, map('a'))
    const other = { ...map('a'), metadata: { ...key('a'), uid: 'other' } }
    const { status, json } = await call(server, 'PUT', `${maps}/a`, other)
    expect(status).toBe(409)
    expect(json.message).toBe(
      `Operation cannot be fulfilled on configmaps "a": Precondition failed: UID in precondition: other, UID in object meta: ${created.metadata.uid}`,
    )
  })

  it('moves the generation with the spec only, and leaves the status to its own path', async () => {
    const { client } = server
    const created = await client.create(Deployment, { ...deployment('d'), status: { replicas: 9 } })
    expect([created.metadata.generation, created.status?.replicas]).toEqual([1, undefined])
    const labelled = await client.update(Deployment, {
      ...created,
      metadata: { ...created.metadata, labels: { a: 'b' } },
      status: { replicas: 9 },
    })
    expect([labelled.metadata.generation, labelled.status?.replicas]).toEqual([1, undefined])
    const spec = {
      ...created.spec,
      replicas: 3,
      selector: created.spec?.selector ?? {},
      template: created.spec?.template ?? {},
    }
    const scaled = await client.update(Deployment, { ...labelled, spec })
    expect(scaled.metadata.generation).toBe(2)
    const reported = await client.update(
      Deployment,
      { ...scaled, spec: { ...spec, replicas: 77 }, status: { replicas: 3 } },
      { subresource: 'status' },
    )
    expect([reported.metadata.generation, reported.spec?.replicas, reported.status?.replicas]).toEqual([2, 3, 3])
  })

  it('makes a lease of an update where it is gone, whatever version its holder has seen', async () => {
    const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases/l'
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l', resourceVersion: '7' } }
    const made = await call(server, 'PUT', path, lease)
    expect(made.status).toBe(201)
    expect((await call(server, 'PUT', path, lease)).json.reason).toBe('Conflict')
    await call(server, 'DELETE', path)
    const gone = await call(server, 'PUT', path, { ...lease, metadata: made.json.metadata })
    expect([gone.status, gone.json.message]).toEqual([
      409,
      `Operation cannot be fulfilled on leases.coordination.k8s.io "l": Precondition failed: UID in precondition: ${made.json.metadata.uid}, UID in object meta: `,
    ])
  })

  it('scales through /scale', async () => {
    await server.client.create(Deployment, deployment('d'))
    const path = '/apis/apps/v1/namespaces/default/deployments/d/scale'
    const read = await call(server, 'GET', path)
    expect(read.json).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: { replicas: 1 },
      status: { replicas: 0, selector: 'app=d' },
    })
    const accept = 'application/json;as=Table;g=meta.k8s.io;v=v1'
    const { rows } = Object((await call(server, 'GET', path, undefined, { accept })).json)
    expect(rows[0].cells).toEqual(['d', 1, 0, expect.stringMatching(/^\d+s$/)])
    const written = await call(server, 'PUT', path, { ...read.json, spec: { replicas: 5 } })
    expect(written.json).toMatchObject({ spec: { replicas: 5 } })
    const patched = await call(
      server,
      'PATCH',
      path,
      { spec: { replicas: 2 } },
      { 'content-type': 'application/merge-patch+json' },
    )
    expect(patched.json).toMatchObject({ spec: { replicas: 2 } })
    expect((await server.client.get(Deployment, key('d'))).spec?.replicas).toBe(2)
    const refused = await call(server, 'PUT', path, { ...read.json, metadata: { name: 'd' }, spec: { replicas: -1 } })
    expect([refused.status, refused.json.message]).toEqual([
      422,
      'Scale.autoscaling "d" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ])
  })
})

describe('a patch', () => {
  it('is applied to the latest state while others write', async () => {
    await server.client.create(ConfigMap, map('a'))
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        server.client.patch(ConfigMap, key('a'), { data: { [`k${i}`]: String(i) } }, { type: 'merge' }),
      ),
    )
    expect(Object.keys((await server.client.get(ConfigMap, key('a'))).data ?? {})).toHaveLength(40)
  })

  it('of each type does what it says', async () => {
    const { client } = server
    await client.create(Deployment, deployment('d'))
    await client.patch(
      Deployment,
      key('d'),
      { spec: { template: { spec: { containers: [{ name: 'side', image: 's' }] } } } },
      { type: 'strategic' },
    )
    const merged = await client.get(Deployment, key('d'))
    expect(merged.spec?.template.spec?.containers.map(({ name }) => name)).toEqual(['side', 'c'])
    await client.patch(Deployment, key('d'), [{ op: 'replace', path: '/spec/replicas', value: 4 }], { type: 'json' })
    await client.patch(Deployment, key('d'), { metadata: { labels: { x: 'y' } } }, { type: 'merge' })
    const after = await client.get(Deployment, key('d'))
    expect([after.spec?.replicas, after.metadata.labels]).toEqual([4, { x: 'y' }])
  })

  it('with a version in it is refused when that is stale', async () => {
    const created = await server.client.create(ConfigMap, map('a'))
    await server.client.patch(ConfigMap, key('a'), { data: { a: '1' } }, { type: 'merge' })
    const patch = { metadata: { resourceVersion: created.metadata.resourceVersion }, data: { b: '1' } }
    const refused = await server.client
      .patch(ConfigMap, key('a'), patch, { type: 'merge' })
      .catch((error: unknown) => error)
    expect(isConflict(refused)).toBe(true)
  })
})

describe('a delete', () => {
  it('answers with a Status, or with the object for kinds that do so', async () => {
    const created = await server.client.create(ConfigMap, map('a'))
    const { status, json } = await call(server, 'DELETE', `${maps}/a`)
    expect([status, json]).toEqual([
      200,
      {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        details: { name: 'a', kind: 'configmaps', uid: created.metadata.uid },
      },
    ])
    await server.client.create(ServiceAccount, { metadata: key('s') })
    const account = await call(server, 'DELETE', '/api/v1/namespaces/default/serviceaccounts/s')
    expect(account.json).toMatchObject({ kind: 'ServiceAccount', metadata: { name: 's' } })
  })

  it('waits for finalizers, and happens with the update that takes the last one away', async () => {
    const { client } = server
    await client.create(ConfigMap, { metadata: { ...key('a'), finalizers: ['x.io/one', 'x.io/two'] } })
    const marked = await call(server, 'DELETE', `${maps}/a`)
    expect(marked.json.metadata).toMatchObject({
      deletionTimestamp: '2026-04-01T12:00:00Z',
      deletionGracePeriodSeconds: 0,
    })
    await clock.advance(5000)
    const again = await call(server, 'DELETE', `${maps}/a`)
    expect(again.json.metadata).toEqual(marked.json.metadata)
    await client.patch(ConfigMap, key('a'), { metadata: { finalizers: ['x.io/two'] } }, { type: 'merge' })
    expect((await client.get(ConfigMap, key('a'))).metadata.finalizers).toEqual(['x.io/two'])
    await client.patch(ConfigMap, key('a'), { metadata: { finalizers: null } }, { type: 'merge' })
    expect(isNotFound(await client.get(ConfigMap, key('a')).catch((error: unknown) => error))).toBe(true)
  })

  it('refuses new finalizers on what is being deleted', async () => {
    await server.client.create(ConfigMap, { metadata: { ...key('a'), finalizers: ['x.io/one'] } })
    await server.client.delete(ConfigMap, key('a'))
    const patch = { metadata: { finalizers: ['x.io/one', 'x.io/two'] } }
    const refused = await server.client
      .patch(ConfigMap, key('a'), patch, { type: 'merge' })
      .catch((error: unknown) => error)
    expect(isStatusError(refused) && refused.message).toBe(
      'ConfigMap "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x.io/two"}',
    )
  })

  it.each([
    ['Foreground', ['foregroundDeletion']],
    ['Orphan', ['orphan']],
  ])('with policy %s leaves it to the garbage collector', async (propagationPolicy, finalizers) => {
    await server.client.create(Deployment, deployment('d'))
    const path = '/apis/apps/v1/namespaces/default/deployments/d'
    const { status, json } = await call(server, 'DELETE', path, { propagationPolicy })
    expect([status, json.metadata.finalizers]).toEqual([200, finalizers])
    expect(json.metadata).toMatchObject({ generation: 2, deletionGracePeriodSeconds: 0 })
  })

  it('takes the policy from the query, and the older option with its own status', async () => {
    await server.client.create(Deployment, deployment('d'))
    const path = '/apis/apps/v1/namespaces/default/deployments/d'
    const marked = await call(server, 'DELETE', `${path}?propagationPolicy=Foreground`)
    expect(marked.json.metadata.finalizers).toEqual(['foregroundDeletion'])
    await server.client.create(ConfigMap, { metadata: { ...key('a'), finalizers: ['x.io/one'] } })
    const older = await call(server, 'DELETE', `${maps}/a`, { orphanDependents: false })
    expect(older.status).toBe(202)
  })

  it('respects preconditions', async () => {
    const { metadata } = await server.client.create(ConfigMap, map('a'))
    const wrong = await call(server, 'DELETE', `${maps}/a`, { preconditions: { uid: 'other' } })
    expect([wrong.status, wrong.json.message]).toEqual([
      409,
      `Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (other) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    ])
    const stale = await call(server, 'DELETE', `${maps}/a`, { preconditions: { resourceVersion: '1' } })
    expect(stale.status).toBe(409)
    const { uid, resourceVersion } = metadata
    expect((await call(server, 'DELETE', `${maps}/a`, { preconditions: { uid, resourceVersion } })).status).toBe(200)
  })

  it('that is a dry run deletes nothing', async () => {
    await server.client.create(ConfigMap, map('a'))
    expect((await call(server, 'DELETE', `${maps}/a?dryRun=All`)).status).toBe(200)
    expect((await call(server, 'GET', `${maps}/a`)).status).toBe(200)
  })

  it('of a collection takes what the selectors pick, and answers with the list', async () => {
    for (const [name, app] of [
      ['a', 'x'],
      ['b', 'x'],
      ['c', 'y'],
    ] as const) {
      await server.client.create(ConfigMap, { metadata: { ...key(name), labels: { app } } })
    }
    const { status, json } = await call(server, 'DELETE', `${maps}?labelSelector=app%3Dx`)
    expect([status, json.kind, json.items.map(({ metadata }) => metadata.name)]).toEqual([
      200,
      'ConfigMapList',
      ['a', 'b'],
    ])
    const left = await server.client.list(ConfigMap, { namespace: 'default' })
    expect(left.items.map(({ metadata }) => metadata.name)).toEqual(['c'])
  })

  it('of a namespace waits for its finalizer', async () => {
    await server.client.create(Namespace, { metadata: { name: 'n' } })
    await server.client.delete(Namespace, { name: 'n' })
    const marked = await server.client.get(Namespace, { name: 'n' })
    expect([marked.status?.phase, marked.spec?.finalizers]).toEqual(['Terminating', ['kubernetes']])
    const refused = await call(server, 'POST', '/api/v1/namespaces/n/configmaps', { metadata: { name: 'a' } })
    expect([refused.status, refused.json.details?.causes?.[0]?.reason]).toEqual([403, 'NamespaceTerminating'])
    await call(server, 'PUT', '/api/v1/namespaces/n/finalize', { ...marked, spec: { finalizers: [] } })
    expect((await call(server, 'GET', '/api/v1/namespaces/n')).status).toBe(404)
  })
})

describe('graceful deletion of a pod', () => {
  const pods = '/api/v1/namespaces/default/pods'
  const pod = (nodeName?: string) => ({
    metadata: { name: 'p' },
    spec: { ...(nodeName ? { nodeName } : {}), containers: [{ name: 'c', image: 'i' }] },
  })
  beforeEach(async () => {
    await server.client.create(ServiceAccount, { metadata: key('default') })
  })

  it('gives it its grace period, which may be shortened but not extended', async () => {
    await call(server, 'POST', pods, pod('n'))
    const first = await call(server, 'DELETE', `${pods}/p`)
    expect(first.json.metadata).toMatchObject({
      deletionTimestamp: '2026-04-01T12:00:30Z',
      deletionGracePeriodSeconds: 30,
    })
    const longer = await call(server, 'DELETE', `${pods}/p`, { gracePeriodSeconds: 60 })
    expect(longer.json.metadata).toEqual(first.json.metadata)
    const shorter = await call(server, 'DELETE', `${pods}/p`, { gracePeriodSeconds: 10 })
    expect(shorter.json.metadata).toMatchObject({
      deletionTimestamp: '2026-04-01T12:00:10Z',
      deletionGracePeriodSeconds: 10,
    })
    const last = await call(server, 'DELETE', `${pods}/p`, { gracePeriodSeconds: 0 })
    expect(last.status).toBe(200)
    expect((await call(server, 'GET', `${pods}/p`)).status).toBe(404)
  })

  it('is at once when no node has it', async () => {
    await call(server, 'POST', pods, pod())
    expect((await call(server, 'DELETE', `${pods}/p`)).json.kind).toBe('Pod')
    expect((await call(server, 'GET', `${pods}/p`)).status).toBe(404)
  })
})
