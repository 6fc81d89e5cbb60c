import { apiVersionOf, type KubeObject, ServiceAccount } from '@wherry/api'
import { decodeProtobuf, deepClone, encodeProtobuf, toYAML } from '@wherry/apimachinery'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { type Answer, call, OpenWatch, type Seen } from './helpers.ts'
import { namespace, sampleOf, statusOf, type Walked, walked } from './samples.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await server.client.create(ServiceAccount, { metadata: { namespace, name: 'default' } })
})
afterAll(() => server.close())

type Anything = KubeObject & Record<string, unknown> & { status?: object }

const types = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
  table: 'application/json;as=Table;v=v1;g=meta.k8s.io',
  partial: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  partialList: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
}

/** The answer's object; the test ends where the answer is another than the one expected. */
function objectOf({ status, text, json }: Answer, wanted = 200): Anything {
  if (status !== wanted) throw new Error(`${status} instead of ${wanted}: ${text}`)
  return { ...json, metadata: json.metadata, status: Object(json).status }
}

const nameOf = (object: KubeObject) => object.metadata.name ?? ''
const pathOf = ({ collection }: Walked, object: KubeObject) => `${collection}/${nameOf(object)}`
const made = async (resource: Walked, number: number) => {
  const sample = sampleOf(resource, number)
  leftovers.add(pathOf(resource, sample))
  const object = objectOf(await call(server, 'POST', resource.collection, sample), 201)
  return resource.info.resource === 'customresourcedefinitions' ? settled(resource, object) : object
}
/** What the server says of a definition comes by itself, soon after it was made. */
const settled = (resource: Walked, object: KubeObject) =>
  vi.waitFor(async () => {
    const now = await read(resource, object)
    expect(JSON.stringify(now.status)).toContain('Established')
    return now
  })
const read = async (resource: Walked, object: KubeObject) =>
  objectOf(await call(server, 'GET', pathOf(resource, object)))
const labelled = (object: Anything, value: string): Anything => {
  const copy = deepClone(object)
  copy.metadata.labels = { ...copy.metadata.labels, step: value }
  return copy
}
const patched = (path: string, type: string, patch: unknown) =>
  call(server, 'PATCH', path, JSON.stringify(patch), { 'content-type': `application/${type}+json` })
const accepting = (path: string, accept: string) => call(server, 'GET', path, undefined, { accept })

/** All that is not the object's own: two samples that are alike otherwise are equal. */
function shape(object: object): object {
  const { metadata, spec, status, ...rest }: { metadata?: object; spec?: object; status?: object } = Object(object)
  const text = JSON.stringify({ ...rest, spec, status, fields: Object.keys(metadata ?? {}).sort() })
  return JSON.parse(text.replace(own, 'same'))
}

const own =
  /walks?-?[\w-]*\d+|Walk\d+|\b10\.\d+\.0\.0|192\.0\.2\.\d+|127\.64\.\d+\.\d+|kube-api-access-\w{5}|[\da-f]{8}-[\da-f-]{27}/g

/** Zeros and empty lists are not told from what is absent in protobuf. */
function withoutZeros(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutZeros)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([key, member]) => [key, withoutZeros(member)])
  return Object.fromEntries(members.filter(([, member]) => !isZero(member)))
}

function isZero(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0
  return !value
}

/** A status without the nulls that upstream writes for lists which need not be there. */
const shown = (status: object = {}): object =>
  Object.fromEntries(Object.entries(status).filter(([, value]) => value !== null))

const hasStatus = ({ info }: Walked) => info.subresources.some(({ name }) => name === 'status')
const withUID = (uid: string | undefined) => ({ metadata: { uid } })

/** Where the objects of a test are. */
const leftovers = new Set<string>()
afterEach(async () => {
  for (const path of leftovers) await gone(path)
  leftovers.clear()
})

/** Takes an object away, whatever holds it: finalizers, or a namespace's own. */
async function gone(path: string): Promise<void> {
  await call(server, 'DELETE', `${path}?gracePeriodSeconds=0`)
  const { status, json } = await call(server, 'GET', path)
  if (status === 404) return
  const released = json.metadata.finalizers
    ? await patched(path, 'merge-patch', { metadata: { finalizers: null } })
    : await call(server, 'PUT', `${path}/finalize`, { ...json, spec: {} })
  // Who set the finalizer may have been faster.
  expect([200, 404]).toContain(released.status)
  expect((await call(server, 'GET', path)).status).toBe(404)
}

describe.each(walked)('$id', (resource) => {
  const { collection, info, selector } = resource
  const verbs = (...names: string[]) => names.every((name) => info.verbs.includes(name))

  it('are created from JSON, YAML and protobuf alike', async () => {
    const [first, second, third] = [1, 2, 3].map((number) => sampleOf(resource, number))
    if (!first || !second || !third) throw new Error('there are three samples')
    for (const sample of [first, second, third]) leftovers.add(pathOf(resource, sample))
    const json = await call(server, 'POST', collection, first)
    const yaml = await call(server, 'POST', collection, toYAML(second), { 'content-type': types.yaml })
    const body = Buffer.from(encodeProtobuf(Object(third)))
    const protobuf = await call(server, 'POST', collection, body, { 'content-type': types.protobuf })
    const objects = [json, yaml, protobuf].map((answer) => objectOf(answer, 201))
    for (const object of objects) {
      expect(object).toMatchObject({ kind: info.kind, apiVersion: apiVersionOf(info) })
      expect(object.metadata).toMatchObject({
        uid: expect.any(String),
        resourceVersion: expect.stringMatching(/^\d+$/),
      })
      expect(shape(object)).toEqual(shape(objects[0] ?? {}))
    }
    const again = await call(server, 'POST', collection, first)
    expect([again.status, again.json.reason]).toEqual([409, 'AlreadyExists'])
  })

  it('are read in each representation', async () => {
    const object = await made(resource, 4)
    const path = pathOf(resource, object)
    expect(await read(resource, object)).toEqual(object)
    const protobuf = await accepting(path, types.protobuf)
    expect(protobuf.headers['content-type']).toBe(types.protobuf)
    expect(withoutZeros(decodeProtobuf(protobuf.body))).toEqual(withoutZeros(object))
    const yaml = await accepting(path, types.yaml)
    expect(yaml.text).toBe(toYAML(object))
    expect(await accepting(path, types.table)).toMatchObject({
      status: 200,
      json: { kind: 'Table', rows: [{ object: { kind: 'PartialObjectMetadata', metadata: object.metadata } }] },
    })
    const partial = await accepting(path, types.partial)
    expect(partial.json).toEqual({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: object.metadata,
    })
    const absent = await call(server, 'GET', `${collection}/absent`)
    expect([absent.status, absent.json.reason]).toEqual([404, 'NotFound'])
  })

  it('are listed in one namespace and in all, in pages, by selectors', async () => {
    const [first, second] = [await made(resource, 5), await made(resource, 6)]
    const uids = [first.metadata.uid, second.metadata.uid]
    const uidsAt = async (query: string, path = collection) => {
      const { kind, apiVersion, items, metadata } = Object(objectOf(await call(server, 'GET', `${path}?${query}`)))
      expect({ kind, apiVersion }).toEqual({ kind: `${info.kind}List`, apiVersion: apiVersionOf(info) })
      return { uids: items.map((item: KubeObject) => item.metadata.uid), metadata }
    }
    const query = `labelSelector=${selector}`
    expect((await uidsAt(query)).uids).toEqual(uids)
    expect((await uidsAt(query, resource.everywhere)).uids).toEqual(uids)
    expect((await uidsAt('labelSelector=walk=never')).uids).toEqual([])
    expect((await uidsAt(`fieldSelector=metadata.name=${nameOf(second)}`)).uids).toEqual([uids[1]])
    const page = await uidsAt(`${query}&limit=1`)
    expect(page.uids).toEqual([uids[0]])
    const rest = await uidsAt(`${query}&limit=1&continue=${page.metadata.continue}`)
    expect(rest.uids).toEqual([uids[1]])
    // Others may follow that the selector does not reach: of the last page only its end is known.
    if (rest.metadata.continue) {
      const last = await uidsAt(`${query}&limit=1&continue=${rest.metadata.continue}`)
      expect([last.uids, last.metadata.continue]).toEqual([[], undefined])
    }
    const path = `${collection}?${query}`
    expect(decodeProtobuf((await accepting(path, types.protobuf)).body)).toMatchObject({ items: uids.map(withUID) })
    expect((await accepting(path, types.yaml)).text).toContain(`kind: ${info.kind}List
`)
    const table: { columnDefinitions: unknown[]; rows: { cells: unknown[] }[] } = Object(
      (await accepting(path, types.table)).json,
    )
    expect(table.rows.map(({ cells }) => cells.length)).toEqual(uids.map(() => table.columnDefinitions.length))
    expect((await accepting(path, types.partialList)).json.items).toMatchObject(uids.map(withUID))
  })

  it('are watched over HTTP and WebSocket', async () => {
    const { metadata } = Object(objectOf(await call(server, 'GET', `${collection}?limit=1`)))
    const query = { watch: 'true', resourceVersion: metadata.resourceVersion, labelSelector: selector }
    const chunked = await OpenWatch.open(server, `${collection}?${new URLSearchParams(query)}`)
    const socket = await server.client.webSocket(resource.everywhere, query, [])
    const messages: Seen[] = []
    const closed = new Promise<void>((resolve) => socket.on('close', resolve))
    const last = new Promise<void>((resolve) => {
      socket.on('message', (data) => {
        if (messages.push(JSON.parse(String(data))) && messages.at(-1)?.type === 'DELETED') resolve()
      })
    })
    const object = await made(resource, 7)
    objectOf(await patched(pathOf(resource, object), 'merge-patch', { metadata: { labels: { step: 'watched' } } }))
    await gone(pathOf(resource, object))
    await last
    const seen: Seen[] = []
    while (seen.at(-1)?.type !== 'DELETED') seen.push(...(await chunked.take(1)))
    expect(seen).toEqual(messages)
    // The server writes into definitions too, between what the test does.
    if (info.resource === 'customresourcedefinitions') seen.splice(0, 2, { type: 'ADDED', object })
    expect(seen[0]).toEqual({ type: 'ADDED', object })
    expect(seen[1]).toMatchObject({ type: 'MODIFIED', object: { metadata: { labels: { step: 'watched' } } } })
    const versions = seen.map((event) => Number(event.object.metadata.resourceVersion))
    expect(versions).toEqual([...versions].sort((a, b) => a - b))
    chunked.close()
    socket.close()
    await closed
  })

  it('are updated, unless they have changed since', async () => {
    const object = await made(resource, 8)
    const path = pathOf(resource, object)
    const updated = objectOf(await call(server, 'PUT', path, labelled(object, 'put')))
    expect(updated.metadata).toMatchObject({ uid: object.metadata.uid, labels: { step: 'put' } })
    expect(Number(updated.metadata.resourceVersion)).toBeGreaterThan(Number(object.metadata.resourceVersion))
    const stale = await call(server, 'PUT', path, labelled(object, 'late'))
    expect([stale.status, stale.json.reason]).toEqual([409, 'Conflict'])
    const body = Buffer.from(encodeProtobuf(labelled(updated, 'protobuf')))
    const third = objectOf(await call(server, 'PUT', path, body, { 'content-type': types.protobuf }))
    expect(shape(third)).toEqual(shape(updated))
    expect(third.metadata.labels).toMatchObject({ step: 'protobuf' })
  })

  it('are patched in three ways', async () => {
    const object = await made(resource, 9)
    const path = pathOf(resource, object)
    const wanted = { json: 'a', merge: 'b', strategic: 'c' }
    objectOf(await patched(path, 'json-patch', [{ op: 'add', path: '/metadata/labels/json', value: wanted.json }]))
    objectOf(await patched(path, 'merge-patch', { metadata: { labels: { merge: wanted.merge } } }))
    const last = await patched(path, 'strategic-merge-patch', { metadata: { labels: { strategic: wanted.strategic } } })
    expect(objectOf(last).metadata.labels).toMatchObject(wanted)
    expect(shape(objectOf(last))).toEqual(shape(object))
    expect((await patched(path, 'other-patch', {})).status).toBe(415)
    expect((await patched(`${collection}/absent`, 'merge-patch', {})).status).toBe(404)
  })

  it('are left as they are by a dry run', async () => {
    const dry = await call(server, 'POST', `${collection}?dryRun=All`, sampleOf(resource, 12))
    expect(objectOf(dry, 201).metadata.uid).toEqual(expect.any(String))
    const object = await made(resource, 12)
    const path = pathOf(resource, object)
    const put = objectOf(await call(server, 'PUT', `${path}?dryRun=All`, labelled(object, 'dry')))
    expect(put.metadata.labels).toMatchObject({ step: 'dry' })
    objectOf(await patched(`${path}?dryRun=All`, 'merge-patch', { metadata: { labels: { step: 'dry' } } }))
    expect((await call(server, 'DELETE', `${path}?dryRun=All`)).status).toBe(200)
    if (verbs('deletecollection')) {
      objectOf(await call(server, 'DELETE', `${collection}?labelSelector=${selector}&dryRun=All`))
    }
    expect(await read(resource, object)).toEqual(object)
  })

  it('are deleted when they are what the client takes them for', async () => {
    const object = await made(resource, 13)
    const path = pathOf(resource, object)
    const remove = (preconditions: object) =>
      call(server, 'DELETE', path, { kind: 'DeleteOptions', apiVersion: 'v1', preconditions })
    for (const wrong of [{ uid: 'other' }, { resourceVersion: '1' }]) {
      const refused = await remove(wrong)
      expect([refused.status, refused.json.reason]).toEqual([409, 'Conflict'])
    }
    const { uid, resourceVersion } = object.metadata
    expect((await remove({ uid, resourceVersion })).status).toBe(200)
  })

  it('answer 405 to every verb that they do not have', async () => {
    const missing = [
      ['POST', `${collection}/x`],
      ['PUT', collection],
      ['PATCH', collection],
      ...(verbs('deletecollection') ? [] : [['DELETE', collection]]),
      ...info.subresources
        .filter(({ verbs: own }) => !own.includes('connect'))
        .flatMap(({ name, verbs: own }) =>
          Object.entries({ POST: 'create', GET: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' })
            .filter(([, verb]) => !own.includes(verb))
            .map(([method]) => [method, `${collection}/x/${name}`]),
        ),
    ]
    for (const [method = '', path = ''] of missing) {
      const { status, json } = await call(server, method, path, method === 'GET' ? undefined : {})
      expect({ method, path, status, reason: json.reason }).toEqual({
        method,
        path,
        status: 405,
        reason: 'MethodNotAllowed',
      })
    }
  })
})

describe.each(walked.filter(hasStatus))('the status of $id', (resource) => {
  it('is changed by its own path only', async () => {
    const object = await made(resource, 10)
    const [path, status] = [pathOf(resource, object), `${pathOf(resource, object)}/status`]
    expect(objectOf(await call(server, 'GET', status))).toEqual(object)
    const wanted = { ...shown(object.status), ...statusOf(resource, 'first') }
    const put = objectOf(await call(server, 'PUT', status, { ...object, spec: undefined, status: wanted }))
    expect(put.status).toMatchObject(wanted)
    expect(put.spec).toEqual(object.spec)
    expect(put.metadata.generation).toBe(object.metadata.generation)
    const next = { ...shown(object.status), ...statusOf(resource, 'the second') }
    const patch = objectOf(await patched(status, 'merge-patch', { spec: null, status: next }))
    expect(patch).toMatchObject({ status: next, metadata: { uid: object.metadata.uid } })
    expect(patch.spec).toEqual(object.spec)
    const update = objectOf(await call(server, 'PUT', path, { ...labelled(patch, 'spec'), status: wanted }))
    expect(update.metadata.labels).toMatchObject({ step: 'spec' })
    expect(update.status).toEqual(patch.status)
  })
})

describe.each(walked.filter(({ definition }) => definition.scale))('the scale of $id', (resource) => {
  it('changes the replicas', async () => {
    const object = await made(resource, 11)
    const path = `${pathOf(resource, object)}/scale`
    const scale = objectOf(await call(server, 'GET', path))
    expect(scale).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', spec: { replicas: 1 } })
    const put = objectOf(await call(server, 'PUT', path, { ...scale, spec: { replicas: 3 } }))
    expect(put.spec).toEqual({ replicas: 3 })
    const stale = await call(server, 'PUT', path, { ...scale, spec: { replicas: 4 } })
    expect([stale.status, stale.json.reason]).toEqual([409, 'Conflict'])
    expect(objectOf(await patched(path, 'merge-patch', { spec: { replicas: 2 } })).spec).toEqual({ replicas: 2 })
    const after = await read(resource, object)
    expect(after).toMatchObject({ spec: { replicas: 2 }, metadata: { generation: 3 } })
  })
})

describe.each(walked.filter(({ info }) => info.verbs.includes('deletecollection')))(
  'the collection of $id',
  (resource) => {
    const { collection, selector } = resource

    it('is deleted as far as the selector reaches', async () => {
      const object = await made(resource, 14)
      const other = labelled(await made(resource, 15), 'kept')
      const kept = objectOf(await call(server, 'PUT', pathOf(resource, other), other))
      const answer = objectOf(await call(server, 'DELETE', `${collection}?labelSelector=${selector},step!=kept`))
      expect(Object(answer).items.map(nameOf)).toEqual([nameOf(object)])
      expect(await read(resource, kept)).toEqual(kept)
      await gone(pathOf(resource, object))
    })
  },
)
