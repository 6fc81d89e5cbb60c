import { gunzipSync } from 'node:zlib'
import { ConfigMap, Event, Pod, ServiceAccount } from '@wherry/api'
import { decodeProtobuf, encodeProtobuf } from '@wherry/apimachinery'
import { FakeClock } from '@wherry/component-base'
import { openMemoryStorage, type Storage } from '@wherry/storage'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { call } from './helpers.ts'

let clock: FakeClock
let storage: Storage
let server: TestServer
beforeEach(async () => {
  clock = new FakeClock(Date.UTC(2026, 3, 1, 12))
  storage = await openMemoryStorage()
  server = await startTestServer({ clock, storage })
})
afterEach(async () => {
  await server.close()
  await storage.close()
})

const maps = '/api/v1/namespaces/default/configmaps'
const protobuf = 'application/vnd.kubernetes.protobuf'
const create = (name: string, labels: Record<string, string> = {}, namespace = 'default') =>
  server.client.create(ConfigMap, { metadata: { namespace, name, labels } })
const names = async (query: string, path = maps) =>
  (await call(server, 'GET', `${path}?${query}`)).json.items.map(({ metadata }) => metadata.name)

describe('a list', () => {
  it('has the kind of a list, and items without a kind of their own', async () => {
    const created = await create('a')
    const { json } = await call(server, 'GET', maps)
    const { kind: _kind, apiVersion: _apiVersion, ...item } = { kind: '', apiVersion: '', ...created }
    expect(json).toEqual({
      kind: 'ConfigMapList',
      apiVersion: 'v1',
      metadata: { resourceVersion: created.metadata.resourceVersion },
      items: [item],
    })
    const empty = await call(server, 'GET', '/api/v1/namespaces/default/endpoints?labelSelector=a%3Db')
    expect(empty.json.items).toEqual([])
  })

  it('is in the order of namespaces and names, or of one namespace alone', async () => {
    for (const [namespace, name] of [
      ['kube-system', 'a'],
      ['default', 'b'],
      ['default', 'a-b'],
      ['default', 'a'],
    ] as const) {
      await create(name, {}, namespace)
    }
    expect(await names('')).toEqual(['a', 'a-b', 'b'])
    expect(await names('', '/api/v1/configmaps').then((all) => all.slice(0, 3))).toEqual(['a', 'a-b', 'b'])
    expect(await names('fieldSelector=metadata.namespace%3Dkube-system', '/api/v1/configmaps')).toContain('a')
  })

  it.each([
    ['app=x', ['a', 'b']],
    ['app in (x,y),tier!=back', ['a', 'c']],
    ['tier', ['a', 'b']],
    ['!tier', ['c', 'd']],
    ['app notin (x)', ['c', 'd']],
  ])('selects by labels: %s', async (selector, wanted) => {
    await create('a', { app: 'x', tier: 'front' })
    await create('b', { app: 'x', tier: 'back' })
    await create('c', { app: 'y' })
    await create('d')
    expect(await names(`labelSelector=${encodeURIComponent(selector)}`)).toEqual(wanted)
  })

  it('selects by fields', async () => {
    await create('a')
    await create('b')
    expect(await names('fieldSelector=metadata.name%3Db')).toEqual(['b'])
    expect(await names('fieldSelector=metadata.name!%3Db')).toEqual(['a'])
    await server.client.create(ServiceAccount, { metadata: { namespace: 'default', name: 'default' } })
    for (const nodeName of ['n1', 'n2']) {
      const spec = { nodeName, containers: [{ name: 'c', image: 'i' }] }
      await server.client.create(Pod, { metadata: { namespace: 'default', name: `p-${nodeName}` }, spec })
    }
    expect(await names('fieldSelector=spec.nodeName%3Dn2,status.phase%3DPending', '/api/v1/pods')).toEqual(['p-n2'])
  })

  it('comes in pages that show one moment, whatever is written meanwhile', async () => {
    for (let i = 0; i < 10; i++) await create(`m-${i}`)
    const first = await call(server, 'GET', `${maps}?limit=4`)
    expect(first.json.metadata).toMatchObject({ continue: expect.any(String), remainingItemCount: 6 })
    await create('m-00')
    await server.client.delete(ConfigMap, { namespace: 'default', name: 'm-9' })
    const page = (token: unknown) => call(server, 'GET', `${maps}?limit=4&continue=${token}`)
    const second = await page(first.json.metadata.continue)
    const third = await page(second.json.metadata.continue)
    const all = [first, second, third].flatMap(({ json }) => json.items.map(({ metadata }) => metadata.name))
    expect(all).toEqual(Array.from({ length: 10 }, (_, i) => `m-${i}`))
    expect(third.json.metadata).toEqual({ resourceVersion: first.json.metadata.resourceVersion })
    const filtered = await call(server, 'GET', `${maps}?limit=4&fieldSelector=metadata.name!%3Dx`)
    expect(filtered.json.metadata).not.toHaveProperty('remainingItemCount')
  })

  it('of which the pages are too old is told how to go on', async () => {
    for (let i = 0; i < 6; i++) await create(`m-${i}`)
    const { revision, start } = { revision: 3, start: 'm-2\u0000' }
    const token = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url')
    for (let i = 0; i < 2200; i += 55) {
      await Promise.all(Array.from({ length: 55 }, (_, j) => create(`x-${i + j}`)))
    }
    await storage.compact(storage.revision())
    const gone = await call(server, 'GET', `${maps}?limit=2&continue=${token}`)
    expect([gone.status, gone.json.reason]).toEqual([410, 'Expired'])
    const next = await call(server, 'GET', `${maps}?limit=2&continue=${gone.json.metadata.continue}`)
    expect(next.json.items.map(({ metadata }) => metadata.name)).toEqual(['m-3', 'm-4'])
  })

  it('shows the version that it is asked for', async () => {
    const a = await create('a')
    const b = await create('b')
    await server.client.delete(ConfigMap, { namespace: 'default', name: 'a' })
    const at = (version: string | undefined, match = 'Exact') =>
      names(`resourceVersion=${version}&resourceVersionMatch=${match}`)
    expect(await at(a.metadata.resourceVersion)).toEqual(['a'])
    expect(await at(b.metadata.resourceVersion)).toEqual(['a', 'b'])
    expect(await at(a.metadata.resourceVersion, 'NotOlderThan')).toEqual(['b'])
    expect(await names('resourceVersion=0')).toEqual(['b'])
  })

  it('of a version that does not come is a timeout with its cause', async () => {
    const before = clock.pending
    const answer = call(server, 'GET', `${maps}?resourceVersion=9999999`)
    // The server waits by its clock, which stands still until the request is there.
    while (clock.pending === before) await clock.advance(0)
    await clock.advance(3000)
    const { status, json } = await answer
    expect([status, json.reason]).toEqual([504, 'Timeout'])
    expect(json.details?.causes?.[0]?.reason).toBe('ResourceVersionTooLarge')
  })
})

describe('representations', () => {
  const accept = (type: string) => ({ accept: type })

  it('come as tables with the kind’s columns', async () => {
    await create('a')
    await clock.advance(125_000)
    const { json } = await call(server, 'GET', maps, undefined, accept('application/json;as=Table;v=v1;g=meta.k8s.io'))
    expect(json).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      rows: [{ cells: ['a', 0, '2m5s'], object: { kind: 'PartialObjectMetadata', metadata: { name: 'a' } } }],
    })
    const whole = await call(
      server,
      'GET',
      `${maps}/a?includeObject=Object`,
      undefined,
      accept('application/json;as=Table;v=v1;g=meta.k8s.io'),
    )
    expect(Object(whole.json).rows[0].object).toMatchObject({ kind: 'ConfigMap' })
    const none = await call(
      server,
      'GET',
      `${maps}?includeObject=None`,
      undefined,
      accept('application/json;as=Table;v=v1;g=meta.k8s.io'),
    )
    expect(Object(none.json).rows[0]).not.toHaveProperty('object')
  })

  it('come as metadata alone', async () => {
    await server.client.create(ConfigMap, { metadata: { namespace: 'default', name: 'a' }, data: { x: 'y' } })
    const one = await call(
      server,
      'GET',
      `${maps}/a`,
      undefined,
      accept('application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'),
    )
    expect(one.json).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } })
    expect(one.json).not.toHaveProperty('data')
    const list = await call(
      server,
      'GET',
      maps,
      undefined,
      accept('application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'),
    )
    expect(list.json).toMatchObject({ kind: 'PartialObjectMetadataList', items: [{ metadata: { name: 'a' } }] })
    const mixed = await call(
      server,
      'GET',
      maps,
      undefined,
      accept('application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'),
    )
    expect([mixed.status, mixed.json.reason]).toEqual([406, 'NotAcceptable'])
  })

  it('come as protobuf when that is asked for first', async () => {
    const body = encodeProtobuf({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { x: 'y' } })
    const answer = await server.client.request({
      method: 'POST',
      path: maps,
      headers: { 'content-type': protobuf, accept: `${protobuf},application/json` },
      body,
    })
    expect([answer.status, answer.headers['content-type']]).toEqual([201, protobuf])
    expect(decodeProtobuf(answer.body)).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'a' }, data: { x: 'y' } })
    expect((await server.client.get(ConfigMap, { namespace: 'default', name: 'a' })).data).toEqual({ x: 'y' })
    const list = await server.client.request({ method: 'GET', path: maps, headers: { accept: protobuf } })
    expect(decodeProtobuf(list.body)).toMatchObject({ kind: 'ConfigMapList', items: [{ metadata: { name: 'a' } }] })
    const missing = await server.client.request({ method: 'GET', path: `${maps}/none`, headers: { accept: protobuf } })
    expect(decodeProtobuf(missing.body)).toMatchObject({ kind: 'Status', reason: 'NotFound', code: 404 })
  })

  it('come as YAML, and go as YAML', async () => {
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: "1"\n'
    const answer = await call(server, 'POST', maps, yaml, {
      'content-type': 'application/yaml',
      accept: 'application/yaml',
    })
    expect([answer.status, answer.headers['content-type']]).toEqual([201, 'application/yaml'])
    expect(answer.text).toContain('data:\n  x: "1"\n')
  })

  it('are indented for people', async () => {
    await create('a')
    const curl = await call(server, 'GET', `${maps}/a`, undefined, { 'user-agent': 'curl/8.0' })
    expect(curl.text).toMatch(/^\{\n {2}"kind": "ConfigMap",\n/)
    expect((await call(server, 'GET', `${maps}/a?pretty=false`, undefined, { 'user-agent': 'curl/8.0' })).text).toMatch(
      /^\{"kind"/,
    )
    expect((await call(server, 'GET', `${maps}/a?pretty=true`)).text).toMatch(/^\{\n/)
  })

  it('are compressed when they are large and the client can read that', async () => {
    const data = { big: 'x'.repeat(200_000) }
    await server.client.create(ConfigMap, { metadata: { namespace: 'default', name: 'a' }, data })
    const headers = { accept: 'application/json', 'accept-encoding': 'gzip' }
    const large = await server.client.request({ method: 'GET', path: maps, headers })
    expect(large.headers['content-encoding']).toBe('gzip')
    expect(JSON.parse(gunzipSync(large.body).toString()).items[0].data).toEqual(data)
    const small = await server.client.request({
      method: 'GET',
      path: `${maps}?limit=0`.split('?')[0] ?? '',
      query: { labelSelector: 'a' },
      headers,
    })
    expect(small.headers['content-encoding']).toBeUndefined()
  })

  it('carry integers beyond what a double holds', async () => {
    const text = '{"metadata":{"name":"e","namespace":"default"},"involvedObject":{},"series":{"count":1},"count":3}'
    expect((await call(server, 'POST', '/api/v1/namespaces/default/events', text)).status).toBe(201)
    const pods = '/api/v1/namespaces/default/pods'
    await server.client.create(ServiceAccount, { metadata: { namespace: 'default', name: 'default' } })
    const spec =
      '{"containers":[{"name":"c","image":"i"}],"securityContext":{"runAsUser":1},"activeDeadlineSeconds":9007199254740993}'
    const made = await call(server, 'POST', pods, `{"metadata":{"name":"p"},"spec":${spec}}`)
    expect([made.status, /"activeDeadlineSeconds":(\d+)/.exec(made.text)?.[1] ?? made.text]).toEqual([
      422,
      expect.stringContaining('activeDeadlineSeconds: Invalid value: 9007199254740993'),
    ])
  })

  it('of events are the same objects in both groups', async () => {
    await server.client.create(Event, {
      metadata: { namespace: 'default', name: 'e' },
      involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
      reason: 'Because',
      message: 'it did',
    })
    const { json } = await call(server, 'GET', '/apis/events.k8s.io/v1/namespaces/default/events/e')
    expect(json).toMatchObject({ apiVersion: 'events.k8s.io/v1', note: 'it did', regarding: { name: 'p' } })
    expect(await names('fieldSelector=regarding.name%3Dp', '/apis/events.k8s.io/v1/namespaces/default/events')).toEqual(
      ['e'],
    )
    expect(await names('fieldSelector=involvedObject.name%3Dp', '/api/v1/namespaces/default/events')).toEqual(['e'])
  })
})

describe('every answer', () => {
  it('has an audit id, the client’s own where it sends one', async () => {
    expect((await call(server, 'GET', maps)).headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect((await call(server, 'GET', maps, undefined, { 'audit-id': 'mine' })).headers['audit-id']).toBe('mine')
  })

  it.each(['HEAD', 'OPTIONS', 'PROPFIND'])('to %s says that resources have no such method', async (method) => {
    const answer = await call(server, method, maps)
    expect([answer.status, answer.text.includes('MethodNotAllowed')]).toEqual([405, method !== 'HEAD'])
  })
})

describe('health and metrics', () => {
  it('tell of each check', async () => {
    expect((await call(server, 'GET', '/readyz')).text).toBe('ok')
    const verbose = await call(server, 'GET', '/readyz?verbose')
    expect(verbose.text).toMatch(/^\[\+\]ping ok\n[\s\S]*readyz check passed\n$/)
    expect((await call(server, 'GET', '/livez/ping')).text).toBe('ok')
    expect((await call(server, 'GET', '/healthz?exclude=etcd&verbose')).text).not.toContain('etcd')
    expect((await call(server, 'GET', '/livez/nothing')).status).toBe(404)
  })

  it('count requests by verb, resource and code', async () => {
    await create('a')
    await call(server, 'GET', `${maps}/none`)
    const { text } = await call(server, 'GET', '/metrics')
    expect(text).toContain(
      'apiserver_request_total{verb="POST",group="",version="v1",resource="configmaps",subresource="",scope="namespace",code="201"} 1',
    )
    expect(text).toContain('resource="configmaps",subresource="",scope="resource",code="404"} 1')
    expect(text).toMatch(/apiserver_request_duration_seconds_bucket\{verb="POST",[^}]*le="\+Inf"\} 1/)
    expect(text).toMatch(/apiserver_storage_objects\{resource="configmaps"\} 1/)
  })
})
