import { CustomResourceDefinition } from '@wherry/api'
import { openMemoryStorage, type Storage } from '@wherry/storage'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { aDefinition, call, definitionsPath, withSchema } from './custom-helpers.ts'

const servicesPath = '/apis/apiregistration.k8s.io/v1/apiservices'
const managed = 'kube-aggregator.kubernetes.io/automanaged'
let server: TestServer
let storage: Storage | undefined
afterEach(async () => {
  await server.close()
  await storage?.close()
  storage = undefined
})

const statusOf = async (name: string) => (await call(server, 'GET', `${servicesPath}/${name}`)).status

describe('the APIServices of the server itself', () => {
  it('are there for each group version, available, with upstream’s priorities', async () => {
    server = await startTestServer()
    const { body } = await call(server, 'GET', servicesPath)
    const { items }: { items: { metadata: { name: string } }[] } = Object(body)
    const { body: groups } = await call(server, 'GET', '/apis')
    const { groups: named }: { groups: { versions: { groupVersion: string }[] }[] } = Object(groups)
    const versions = named.flatMap((group) => group.versions.map(({ groupVersion }) => groupVersion))
    const names = versions.map((version) => version.split('/').reverse().join('.'))
    expect(items.map(({ metadata }) => metadata.name).sort()).toEqual(
      ['v1.', ...names.filter((name) => name !== 'v1.apiregistration.k8s.io')].sort(),
    )
    expect((await call(server, 'GET', `${servicesPath}/v2.autoscaling`)).body).toMatchObject({
      metadata: { labels: { [managed]: 'onstart' } },
      spec: { group: 'autoscaling', version: 'v2', groupPriorityMinimum: 17_500, versionPriority: 30 },
      status: {
        conditions: [
          {
            type: 'Available',
            status: 'True',
            reason: 'Local',
            message: 'Local APIServices are always available',
            lastTransitionTime: expect.any(String),
          },
        ],
      },
    })
    expect((await call(server, 'GET', `${servicesPath}/v1.`)).body).toMatchObject({
      spec: { version: 'v1', groupPriorityMinimum: 18_000, versionPriority: 1 },
    })
    const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }
    const { body: rows } = await call(server, 'GET', `${servicesPath}/v1.apps`, undefined, table)
    expect(rows).toMatchObject({ rows: [{ cells: ['v1.apps', 'Local', 'True', expect.any(String)] }] })
  })

  it('are written once a start: what is changed stays so until the next one', async () => {
    storage = await openMemoryStorage()
    server = await startTestServer({ storage })
    const json = { 'content-type': 'application/merge-patch+json' }
    const patch = (name: string, body: object) => call(server, 'PATCH', `${servicesPath}/${name}`, body, json)
    await patch('v1.apps', { spec: { versionPriority: 7 } })
    await patch('v1.batch', { metadata: { labels: { [managed]: null } }, spec: { versionPriority: 8 } })
    await call(server, 'DELETE', `${servicesPath}/v1.policy`)
    expect(await statusOf('v1.policy')).toBe(404)
    const priority = async (name: string) => Object((await call(server, 'GET', `${servicesPath}/${name}`)).body.spec)
    expect(await priority('v1.apps')).toMatchObject({ versionPriority: 7 })
    await server.close()
    server = await startTestServer({ storage })
    expect(await priority('v1.apps')).toMatchObject({ versionPriority: 15 })
    expect(await priority('v1.batch')).toMatchObject({ versionPriority: 8 })
    expect(await statusOf('v1.policy')).toBe(200)
    const before = (await call(server, 'GET', servicesPath)).body.items
    await server.close()
    server = await startTestServer({ storage })
    expect((await call(server, 'GET', servicesPath)).body.items).toEqual(before)
  })

  it('come and go with versions of custom resources', async () => {
    server = await startTestServer()
    const name = 'v1.stable.example.com'
    const { spec } = aDefinition('things', withSchema({}))
    const definition = aDefinition('things', withSchema({}))
    expect((await call(server, 'POST', definitionsPath, definition)).status).toBe(201)
    await vi.waitFor(async () => expect(await statusOf(name)).toBe(200))
    expect((await call(server, 'GET', `${servicesPath}/${name}`)).body).toMatchObject({
      metadata: { labels: { [managed]: 'true' } },
      spec: { group: spec.group, version: 'v1', groupPriorityMinimum: 1000, versionPriority: 100 },
      status: { conditions: [{ type: 'Available', status: 'True', reason: 'Local' }] },
    })
    const { uid } = Object((await call(server, 'GET', `${servicesPath}/${name}`)).body.metadata)
    await call(server, 'DELETE', `${servicesPath}/${name}`)
    await vi.waitFor(async () => {
      const { body } = await call(server, 'GET', `${servicesPath}/${name}`)
      expect(body).toMatchObject({ kind: 'APIService', metadata: { uid: expect.not.stringMatching(uid) } })
    })
    await server.client.delete(CustomResourceDefinition, { name: definition.metadata.name })
    await vi.waitFor(async () => expect(await statusOf(name)).toBe(404))
  })

  it('say that they are available when somebody made them lead nowhere', async () => {
    server = await startTestServer()
    const json = { 'content-type': 'application/merge-patch+json' }
    const spec = { group: 'x.example.com', version: 'v1', groupPriorityMinimum: 10, versionPriority: 10 }
    const service = { namespace: 'default', name: 'nobody' }
    const object = { metadata: { name: 'v1.x.example.com' }, spec: { ...spec, service, insecureSkipTLSVerify: true } }
    expect((await call(server, 'POST', servicesPath, object)).status).toBe(201)
    const changed = { spec: { service: null, insecureSkipTLSVerify: null } }
    expect((await call(server, 'PATCH', `${servicesPath}/v1.x.example.com`, changed, json)).status).toBe(200)
    await vi.waitFor(async () => {
      const { body } = await call(server, 'GET', `${servicesPath}/v1.x.example.com`)
      expect(body.status).toMatchObject({ conditions: [{ status: 'True', reason: 'Local' }] })
    })
  })
})
