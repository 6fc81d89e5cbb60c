import { once } from 'node:events'
import { connect } from 'node:net'
import { FakeClock } from '@wherry/component-base'
import { openMemoryStorage } from '@wherry/storage'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ExtensionOptions, startExtensionServer, type TestExtensionServer } from '../testing/extension-server.ts'
import { newTestAuthority, startTestServer, type TestServer, type TestServerOptions } from '../testing/index.ts'
import { call } from './custom-helpers.ts'

const group = 'wardle.example.com'
const path = `/apis/${group}/v1alpha1`
const servicesPath = '/apis/apiregistration.k8s.io/v1/apiservices'
const aggregatedAccept = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' }
const proxies = newTestAuthority(Date.now())
const ann = { name: 'ann', uid: 'u1', groups: ['a', 'b'], extra: { 'example.com/key': ['x', 'ü'] } }

let server: TestServer
let extension: TestExtensionServer
const start = async (options: TestServerOptions = {}, extended: Partial<ExtensionOptions> = {}) => {
  server = await startTestServer({
    ...options,
    options: { proxyClient: proxies.issue('front-proxy-client'), ...options.options },
  })
  extension = await startExtensionServer({
    group,
    version: 'v1alpha1',
    dnsName: 'wardle.default.svc',
    clientCA: proxies.ca,
    ...extended,
  })
}
afterEach(async () => {
  await server.close()
  await extension.close()
})

function anAPIService(spec: object = {}) {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `v1alpha1.${group}` },
    spec: {
      group,
      version: 'v1alpha1',
      groupPriorityMinimum: 1500,
      versionPriority: 15,
      service: { namespace: 'default', name: 'wardle' },
      caBundle: extension.caBundle,
      ...spec,
    },
  }
}

const aService = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'wardle' },
  spec: { ports: [{ name: 'https', port: 443 }] },
}

const slicesPath = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices'
const aSlice = (addresses: readonly string[], ready = true) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'wardle-1', labels: { 'kubernetes.io/service-name': 'wardle' } },
  addressType: 'IPv4',
  ports: [{ name: 'https', port: extension.port }],
  endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready } })),
})

const put = async (at: string, object: object) => expect((await call(server, 'POST', at, object)).status).toBe(201)
const putBackend = async () => {
  await put('/api/v1/namespaces/default/services', aService)
  await put(slicesPath, aSlice(['127.0.0.1']))
}

async function condition(name = `v1alpha1.${group}`): Promise<Record<string, string>> {
  const { body } = await call(server, 'GET', `${servicesPath}/${name}`)
  const { conditions = [] }: { conditions?: Record<string, string>[] } = Object(body.status)
  return conditions[0] ?? {}
}

const becomes = (reason: string) =>
  vi.waitFor(async () => expect(await condition()).toMatchObject({ reason }), { timeout: 5000 })

async function groupNames(): Promise<string[]> {
  const { body } = await call(server, 'GET', '/apis')
  const { groups }: { groups: { name: string }[] } = Object(body)
  return groups.map(({ name }) => name)
}

async function discovered(): Promise<Record<string, unknown> | undefined> {
  const { body } = await call(server, 'GET', '/apis', undefined, aggregatedAccept)
  const { items }: { items: { metadata: { name: string }; versions: Record<string, unknown>[] }[] } = Object(body)
  return items.find(({ metadata }) => metadata.name === group)?.versions[0]
}

describe('the server behind an APIService', () => {
  beforeEach(() => start({ user: ann }))

  it('answers below its group version, and is told who asks by a proxy that it knows', async () => {
    await putBackend()
    await put(servicesPath, anAPIService())
    await becomes('Passed')
    expect(await condition()).toMatchObject({ type: 'Available', status: 'True', message: 'all checks passed' })
    const headers = { 'x-remote-user': 'eve', 'x-remote-extra-other': 'y', authorization: 'Bearer t' }
    const answer = await call(server, 'POST', `${path}/namespaces/n/fischers?dryRun=All`, { a: 1 }, headers)
    expect([answer.status, answer.body]).toEqual([201, { kind: 'Fischer' }])
    const sent = extension.requests.at(-1)
    expect(sent).toMatchObject({
      method: 'POST',
      path: `${path}/namespaces/n/fischers?dryRun=All`,
      body: '{"a":1}',
      client: 'front-proxy-client',
      headers: {
        'x-remote-user': 'ann',
        'x-remote-uid': 'u1',
        'x-remote-group': 'a, b',
        'x-remote-extra-example.com%2fkey': `x, ${Buffer.from('ü').toString('latin1')}`,
        'x-forwarded-for': '127.0.0.1',
      },
    })
    expect(sent?.headers).not.toHaveProperty('authorization')
    expect(sent?.headers).not.toHaveProperty('x-remote-extra-other')
    const checks = extension.requests.filter(({ headers: { 'x-remote-user': user } }) => user !== 'ann')
    expect(new Set(checks.map(({ path: at, headers }) => `${at} ${headers['x-remote-user']}`))).toEqual(
      new Set([`${path} system:kube-aggregator`, '/apis system:kube-aggregator', '/openapi/v3 system:aggregator']),
    )
  })

  it('is a part of all documents of discovery, in the order of priorities', async () => {
    await putBackend()
    await put(servicesPath, anAPIService())
    await becomes('Passed')
    const version = { groupVersion: `${group}/v1alpha1`, version: 'v1alpha1' }
    expect((await groupNames()).at(-1)).toBe(group)
    expect((await call(server, 'GET', `/apis/${group}`)).body).toEqual({
      kind: 'APIGroup',
      apiVersion: 'v1',
      name: group,
      versions: [version],
      preferredVersion: version,
    })
    expect((await call(server, 'GET', path)).body).toMatchObject({ groupVersion: `${group}/v1alpha1` })
    expect(await discovered()).toMatchObject({ resources: [{ resource: 'fischers' }], freshness: 'Current' })
    expect((await call(server, 'GET', '/')).text).toContain(`"${path}"`)
    const first = await call(
      server,
      'PATCH',
      `${servicesPath}/v1alpha1.${group}`,
      JSON.stringify({ spec: { groupPriorityMinimum: 19_000 } }),
      {
        'content-type': 'application/merge-patch+json',
      },
    )
    expect(first.status).toBe(200)
    expect((await groupNames()).slice(0, 3)).toEqual(['apiregistration.k8s.io', group, 'apps'])
  })

  it('has its OpenAPI document in the index, and answers for it', async () => {
    await putBackend()
    await put(servicesPath, anAPIService())
    await becomes('Passed')
    const { body } = await call(server, 'GET', '/openapi/v3')
    const { paths }: { paths: Record<string, { serverRelativeURL: string }> } = Object(body)
    const url = paths[`apis/${group}/v1alpha1`]?.serverRelativeURL ?? ''
    expect(url).toBe(`/openapi/v3/apis/${group}/v1alpha1?hash=A`)
    expect(paths).not.toHaveProperty('version')
    expect((await call(server, 'GET', url)).body).toEqual({ openapi: '3.0.0', of: group })
  })

  it('may leave HTTP', async () => {
    await putBackend()
    await put(servicesPath, anAPIService())
    await becomes('Passed')
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    const lines = [`GET ${path}/fischers/a/echo HTTP/1.1`, 'Host: x', 'Connection: Upgrade', 'Upgrade: echo', '', '']
    socket.write(lines.join('\r\n'))
    const [head] = await once(socket, 'data')
    expect(String(head)).toContain('HTTP/1.1 101 ')
    socket.write('ping')
    const [echo] = await once(socket, 'data')
    expect(String(echo)).toBe('ping')
    expect(extension.requests.at(-1)?.headers).toMatchObject({ 'x-remote-user': 'ann' })
    socket.destroy()
  })

  it('is gone at once with its APIService', async () => {
    await putBackend()
    await put(servicesPath, anAPIService())
    await becomes('Passed')
    expect((await call(server, 'DELETE', `${servicesPath}/v1alpha1.${group}`)).status).toBe(200)
    const gone = await call(server, 'GET', `${path}/fischers`)
    expect([gone.status, gone.text]).toEqual([404, '404 page not found\n'])
    expect(await groupNames()).not.toContain(group)
    expect(await discovered()).toBeUndefined()
    expect((await call(server, 'GET', `/apis/${group}`)).status).toBe(404)
  })

  it('is missed for what is missing, and found as soon as it is there', async () => {
    await put(servicesPath, anAPIService())
    await becomes('ServiceNotFound')
    expect(await condition()).toMatchObject({ status: 'False', message: 'service/wardle in "default" is not present' })
    const refused = await call(server, 'GET', `${path}/fischers`)
    expect([refused.status, refused.text]).toEqual([503, 'service unavailable\n'])
    expect(await groupNames()).toContain(group)
    expect(await discovered()).toEqual({ version: 'v1alpha1', freshness: 'Stale' })
    await put('/api/v1/namespaces/default/services', { ...aService, spec: { ports: [{ name: 'https', port: 444 }] } })
    await becomes('ServicePortError')
    expect(await condition()).toMatchObject({ message: 'service/wardle in "default" is not listening on port 443' })
    await call(server, 'DELETE', '/api/v1/namespaces/default/services/wardle')
    await put('/api/v1/namespaces/default/services', aService)
    await becomes('EndpointsNotFound')
    expect(await condition()).toMatchObject({ message: 'cannot find endpointslices for service/wardle in "default"' })
    await put(slicesPath, aSlice(['127.0.0.1'], false))
    await becomes('MissingEndpoints')
    expect(await condition()).toMatchObject({
      message: 'endpointslices for service/wardle in "default" have no addresses with port name "https"',
    })
    extension.status = 500
    await call(server, 'PUT', `${slicesPath}/wardle-1`, aSlice(['127.0.0.1']))
    await becomes('FailedDiscoveryCheck')
    const url = `https://127.0.0.1:${extension.port}${path}`
    expect(await condition()).toMatchObject({
      message: `failing or missing response from ${url}: bad status from ${url}: 500`,
    })
    extension.status = 200
    await becomes('Passed')
    expect(await discovered()).toMatchObject({ freshness: 'Current' })
  })

  it('must have the certificate that the APIService asks for, unless that does not matter', async () => {
    await putBackend()
    await put(servicesPath, anAPIService({ caBundle: Buffer.from(proxies.ca).toString('base64') }))
    await becomes('FailedDiscoveryCheck')
    const { message } = await condition()
    expect(message).toContain('tls: failed to verify certificate: x509: certificate signed by unknown authority')
    const { body } = await call(server, 'GET', `${servicesPath}/v1alpha1.${group}`)
    const spec = { ...anAPIService().spec, caBundle: undefined, insecureSkipTLSVerify: true }
    expect((await call(server, 'PUT', `${servicesPath}/v1alpha1.${group}`, { ...body, spec })).status).toBe(200)
    await becomes('Passed')
  })
})

describe('an extension server', () => {
  it('may know only the older discovery', async () => {
    await start({}, { aggregatedDiscovery: false })
    await putBackend()
    await put(servicesPath, anAPIService())
    await becomes('Passed')
    expect(await discovered()).toMatchObject({
      resources: [
        {
          resource: 'fischers',
          responseKind: { group, version: 'v1alpha1', kind: 'Fischer' },
          scope: 'Namespaced',
          subresources: [{ subresource: 'status' }],
        },
      ],
      freshness: 'Current',
    })
  })

  it('is asked only what its user may do', async () => {
    await start({
      authorizationMode: 'RBAC',
      user: (headers) =>
        headers['x-as'] === 'bob' ? { name: 'bob', groups: [] } : { ...ann, groups: ['system:masters'] },
    })
    await putBackend()
    await put(servicesPath, anAPIService())
    await becomes('Passed')
    const before = extension.requests.length
    const refused = await call(server, 'GET', `${path}/namespaces/n/fischers`, undefined, { 'x-as': 'bob' })
    expect([refused.status, refused.body.message]).toEqual([
      403,
      `fischers.${group} is forbidden: User "bob" cannot list resource "fischers" in API group "${group}" in the namespace "n"`,
    ])
    expect(extension.requests.length).toBe(before)
  })

  it('gets 503 in its name when it does not listen any more', async () => {
    await start()
    await putBackend()
    await put(servicesPath, anAPIService())
    await becomes('Passed')
    await extension.close()
    const answer = await call(server, 'GET', `${path}/fischers`)
    const at = `127.0.0.1:${extension.port}`
    expect([answer.status, answer.text]).toEqual([
      503,
      `error trying to reach service: dial tcp ${at}: connect: connection refused\n`,
    ])
  })

  it('is served from the first moment of a restart, and asked each minute what is new', async () => {
    const storage = await openMemoryStorage()
    await start({ storage })
    await putBackend()
    await put(servicesPath, anAPIService())
    await becomes('Passed')
    await server.close()
    const clock = new FakeClock(Date.now())
    server = await startTestServer({ storage, clock })
    expect((await call(server, 'GET', `${path}/fischers`)).status).toBe(200)
    const isRead = async () => expect(await discovered()).toMatchObject({ freshness: 'Current' })
    await vi.waitFor(isRead)
    const isAsked = () => extension.requests.some(({ headers }) => headers['if-none-match'] === '"one"')
    expect(isAsked()).toBe(false)
    await vi.waitFor(async () => {
      await clock.advance(60_000)
      await vi.waitFor(() => expect(isAsked()).toBe(true), { timeout: 500 })
    })
    await isRead()
    await server.close()
    await storage.close()
    server = await startTestServer()
  })
})
