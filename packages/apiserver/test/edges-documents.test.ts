import { gunzipSync } from 'node:zlib'
import { get, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

async function ask(path: string, headers: Record<string, string> = {}) {
  const sent = get(`${server.url}${path}`, { headers, agent: false })
  const [response]: IncomingMessage[] = await once(sent, 'response')
  if (!response) throw new Error('no response')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  return { status: response.statusCode, headers: response.headers, bytes, json: parse(bytes) }
}

function parse(bytes: Buffer) {
  const text = bytes.toString('utf8')
  return text.startsWith('{') ? JSON.parse(text) : undefined
}

interface Named {
  name: string
}
const names = (list: Named[]) => list.map(({ name }) => name)

describe('discovery', () => {
  it('lists groups in the order of upstream, each with its preferred version first', async () => {
    const { json } = await ask('/apis')
    expect(json.kind).toBe('APIGroupList')
    expect(names(json.groups).slice(0, 6)).toEqual([
      'apiregistration.k8s.io',
      'apps',
      'events.k8s.io',
      'authentication.k8s.io',
      'authorization.k8s.io',
      'autoscaling',
    ])
    const autoscaling = json.groups.find((one: Named) => one.name === 'autoscaling')
    expect(autoscaling).toEqual({
      name: 'autoscaling',
      versions: [
        { groupVersion: 'autoscaling/v2', version: 'v2' },
        { groupVersion: 'autoscaling/v1', version: 'v1' },
      ],
      preferredVersion: { groupVersion: 'autoscaling/v2', version: 'v2' },
    })
    expect((await ask('/apis/autoscaling')).json).toEqual({ kind: 'APIGroup', apiVersion: 'v1', ...autoscaling })
  })

  it('tells of each resource what kubectl must know', async () => {
    const { json } = await ask('/api/v1')
    const find = (name: string) => json.resources.find((one: Named) => one.name === name)
    expect(json).toMatchObject({ kind: 'APIResourceList', groupVersion: 'v1' })
    expect(find('pods')).toEqual({
      name: 'pods',
      singularName: 'pod',
      namespaced: true,
      kind: 'Pod',
      verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
      shortNames: ['po'],
      categories: ['all'],
      storageVersionHash: 'xPOwRZ+Yhw8=',
    })
    expect(find('pods/eviction')).toEqual({
      name: 'pods/eviction',
      singularName: '',
      namespaced: true,
      group: 'policy',
      version: 'v1',
      kind: 'Eviction',
      verbs: ['create'],
    })
    expect(find('pods/exec').verbs).toEqual(['create', 'get'])
    expect(find('services/proxy').verbs).toEqual(['create', 'delete', 'get', 'patch', 'update'])
    expect((await ask('/apis/nobody.example/v1')).status).toBe(404)
  })

  it('comes in one document for who asks so, and only once while it stays the same', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'
    const { json, headers } = await ask('/apis', { accept })
    expect(headers['content-type']).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList')
    const apps = json.items.find((one: { metadata: Named }) => one.metadata.name === 'apps')
    const deployments = apps.versions[0].resources.find((one: { resource: string }) => one.resource === 'deployments')
    expect(deployments).toEqual({
      resource: 'deployments',
      responseKind: { group: 'apps', version: 'v1', kind: 'Deployment' },
      scope: 'Namespaced',
      singularResource: 'deployment',
      verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
      shortNames: ['deploy'],
      categories: ['all'],
      subresources: [
        {
          subresource: 'scale',
          responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
          verbs: ['get', 'patch', 'update'],
        },
        {
          subresource: 'status',
          responseKind: { group: 'apps', version: 'v1', kind: 'Deployment' },
          verbs: ['get', 'patch', 'update'],
        },
      ],
    })
    const again = await ask('/apis', { accept, 'if-none-match': String(headers.etag) })
    expect([again.status, again.bytes.length]).toEqual([304, 0])
    expect((await ask('/api', { accept })).json.items[0].versions[0].version).toBe('v1')
  })

  it.each([
    {
      name: 'a version that is gone',
      accept: 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json',
    },
    {
      name: 'plain JSON first',
      accept: 'application/json,application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    },
  ])('is the old one for who asks for $name', async ({ accept }) => {
    expect((await ask('/apis', { accept })).json.kind).toBe('APIGroupList')
  })

  it('lists all paths at the root', async () => {
    const { json } = await ask('/')
    expect(json.paths).toEqual(
      expect.arrayContaining(['/api/v1', '/apis/apps/v1', '/openapi/v3', '/readyz', '/version']),
    )
  })
})

describe('OpenAPI v3', () => {
  it('has an index whose addresses change with the content, and may be kept for ever', async () => {
    const { json } = await ask('/openapi/v3')
    const url: string = json.paths['apis/apps/v1'].serverRelativeURL
    expect(url).toMatch(/^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{128}$/)
    const document = await ask(url, { 'accept-encoding': 'gzip' })
    expect(document.headers).toMatchObject({
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      'cache-control': 'public, max-age=31536000, immutable',
    })
    const { openapi, paths } = JSON.parse(gunzipSync(document.bytes).toString('utf8'))
    expect(openapi).toBe('3.0.0')
    expect(paths).toHaveProperty(['/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale'])
    expect((await ask(url, { 'if-none-match': String(document.headers.etag) })).status).toBe(304)
  })

  it('redirects from an address of old content', async () => {
    const { status, headers } = await ask('/openapi/v3/api/v1?hash=OLD')
    expect([status, headers.location]).toEqual([301, expect.stringMatching(/^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]+$/)])
  })

  it('refuses forms that it does not have, and groups that nobody serves', async () => {
    const accept = 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf'
    expect((await ask('/openapi/v3/api/v1', { accept })).status).toBe(406)
    expect((await ask('/openapi/v3/apis/nobody.example/v1')).status).toBe(404)
  })
})

describe('OpenAPI v2', () => {
  it('is JSON, and protobuf for kubectl', async () => {
    const { json } = await ask('/openapi/v2')
    expect(json).toMatchObject({ swagger: '2.0', info: { title: 'Kubernetes', version: 'v1.36.0' } })
    const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
    const { headers, bytes } = await ask('/openapi/v2', { accept })
    expect(headers['content-type']).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf')
    // Document { swagger = 1 }
    expect(bytes.subarray(0, 5)).toEqual(Buffer.from([0x0a, 3, ...Buffer.from('2.0')]))
  })
})
