import { ConfigMap, Pod, ServiceAccount } from '@wherry/api'
import { decodeProtobuf, encodeProtobuf } from '@wherry/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { call } from './helpers.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const protobuf = { accept: 'application/vnd.kubernetes.protobuf' }
const maps = '/api/v1/namespaces/default/configmaps'

/** Reads the frames of a protobuf watch until there are as many as asked for. */
async function frames(path: string, count: number, act: () => Promise<unknown>): Promise<Buffer[]> {
  const [pathname = '', search = ''] = path.split('?')
  const query = Object.fromEntries(new URLSearchParams(`watch=true&${search}`))
  const stream = await server.client.stream({ method: 'GET', path: pathname, query, headers: protobuf })
  expect(stream.headers['content-type']).toBe('application/vnd.kubernetes.protobuf;stream=watch')
  await act()
  const found: Buffer[] = []
  let rest = Buffer.alloc(0)
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
      const end = 4 + rest.readUInt32BE(0)
      found.push(rest.subarray(4, end))
      rest = rest.subarray(end)
    }
    if (found.length >= count) break
  }
  stream.destroy()
  return found
}

/** The event in a frame: its type, and the object from its envelope. */
function eventOf(frame: Buffer): { type: string; object: Record<string, unknown> } {
  const envelope = Buffer.from([0x6b, 0x38, 0x73, 0])
  const whole = Buffer.concat([envelope, Buffer.from([0x12]), lengthOf(frame.length), frame])
  const { type, object } = decodeProtobuf(whole)
  return { type: String(type), object: Object(object) }
}

function lengthOf(length: number): Buffer {
  const bytes: number[] = []
  for (let rest = length; ; rest >>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest])
    bytes.push((rest & 0x7f) | 0x80)
  }
}

const cacheOf = (resource: string) => {
  const found = [...server.server.core.watchCache.caches].find(
    ({ spec }) => spec.prefix === `/registry/core/${resource}/`,
  )
  if (!found) throw new Error(`no cache of ${resource}`)
  return found
}

describe('protobuf', () => {
  it('of an object, a list and an empty list is what the codec writes of their JSON', async () => {
    for (const name of ['a', 'b', 'c']) {
      await server.client.create(ConfigMap, {
        metadata: { namespace: 'default', name, labels: { long: 'x'.repeat(60) } },
        data: { text: 'y'.repeat(300 * name.charCodeAt(0)) },
      })
    }
    for (const path of [`${maps}/a`, maps, `${maps}?limit=2`, `${maps}?labelSelector=none`, '/api/v1/endpoints']) {
      const { json } = await call(server, 'GET', path)
      const { body, headers } = await call(server, 'GET', path, undefined, protobuf)
      expect(headers['content-type']).toBe('application/vnd.kubernetes.protobuf')
      expect(Buffer.compare(body, encodeProtobuf(json))).toBe(0)
    }
  })

  it('answers creates, updates, patches and deletes, and takes their bodies', async () => {
    const headers = { ...protobuf, 'content-type': 'application/vnd.kubernetes.protobuf' }
    const send = async (method: string, path: string, object: object) =>
      decodeProtobuf((await call(server, method, path, Buffer.from(encodeProtobuf({ ...object })), headers)).body)
    const map = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'written' } }
    const created = await send('POST', maps, map)
    expect(created).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'written', namespace: 'default' } })
    const updated = await send('PUT', `${maps}/written`, { ...map, data: { a: '1' } })
    expect(updated).toMatchObject({ data: { a: '1' } })
    const merge = { ...protobuf, 'content-type': 'application/merge-patch+json' }
    const patched = await call(server, 'PATCH', `${maps}/written`, '{"data":{"b":"2"}}', merge)
    expect(decodeProtobuf(patched.body)).toMatchObject({ data: { a: '1', b: '2' } })
    const options = { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'other' } }
    expect(await send('DELETE', `${maps}/written`, options)).toMatchObject({ kind: 'Status', reason: 'Conflict' })
    const deleted = await call(server, 'DELETE', `${maps}/written`, undefined, protobuf)
    expect(decodeProtobuf(deleted.body)).toMatchObject({ kind: 'Status', status: 'Success' })
  })

  it('of a watch is one frame an event, with the object in its envelope', async () => {
    const { json } = await call(server, 'GET', maps)
    const seen = await frames(`${maps}?resourceVersion=${json.metadata.resourceVersion}`, 2, async () => {
      await server.client.create(ConfigMap, { metadata: { namespace: 'default', name: 'watched' } })
      await server.client.delete(ConfigMap, { namespace: 'default', name: 'watched' })
    })
    expect(seen.map(eventOf)).toMatchObject([
      { type: 'ADDED', object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'watched' } } },
      { type: 'DELETED', object: { kind: 'ConfigMap', metadata: { name: 'watched' } } },
    ])
  })

  it('of a watch begins with the present objects and the bookmark after them', async () => {
    const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
    const seen = (await frames(`${maps}?${query}`, 4, async () => {})).map(eventOf)
    expect(seen.map(({ type }) => type)).toEqual(['ADDED', 'ADDED', 'ADDED', 'BOOKMARK'])
    expect(seen.at(-1)?.object).toMatchObject({
      kind: 'ConfigMap',
      metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
    })
  })

  it('of metadata is served, and a table is not', async () => {
    const partial = `${protobuf.accept};as=PartialObjectMetadataList;v=v1;g=meta.k8s.io`
    const { body } = await call(server, 'GET', maps, undefined, { accept: partial })
    expect(decodeProtobuf(body)).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' })
    const table = { accept: `${protobuf.accept};as=Table;v=v1;g=meta.k8s.io` }
    const refused = await call(server, 'GET', maps, undefined, table)
    expect(refused.status).toBe(406)
    expect(refused.json).toMatchObject({ reason: 'NotAcceptable' })
  })

  it('is what errors come in, too', async () => {
    const { status, body } = await call(server, 'GET', `${maps}/none`, undefined, protobuf)
    expect(status).toBe(404)
    expect(decodeProtobuf(body)).toMatchObject({ kind: 'Status', apiVersion: 'v1', reason: 'NotFound', code: 404 })
  })

  it('is encoded once for all who read, and forgotten with the object', async () => {
    const { messages } = cacheOf('pods')
    expect(messages.bytes).toBe(0)
    await server.client.create(ServiceAccount, { metadata: { namespace: 'default', name: 'default' } })
    const spec = { containers: [{ name: 'c', image: 'i' }] }
    await server.client.create(Pod, { metadata: { namespace: 'default', name: 'p' }, spec })
    const pod = '/api/v1/namespaces/default/pods/p'
    await call(server, 'GET', pod)
    expect(messages.bytes).toBe(0)
    await call(server, 'GET', pod, undefined, protobuf)
    const kept = messages.bytes
    expect(kept).toBeGreaterThan(0)
    await call(server, 'GET', '/api/v1/pods', undefined, protobuf)
    expect(messages.bytes).toBe(kept)
    await server.client.delete(Pod, { namespace: 'default', name: 'p' })
    expect(messages.bytes).toBe(0)
  })
})
