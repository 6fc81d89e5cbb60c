import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text, headers: response.headers }
}

export function cronTabs(version: object = {}, spec: object = {}) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'crontabs.stable.example.com' },
    spec: {
      group: 'stable.example.com',
      scope: 'Namespaced',
      names: { plural: 'crontabs', kind: 'CronTab', shortNames: ['ct'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: {
                  type: 'object',
                  properties: { cronSpec: { type: 'string' }, replicas: { type: 'integer', default: 1 } },
                },
              },
            },
          },
          ...version,
        },
      ],
      ...spec,
    },
  }
}

describe('a custom resource', () => {
  it('is served as soon as its definition is Established', async () => {
    const created = await call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', cronTabs())
    expect(created.body.status).toMatchObject({ storedVersions: ['v1'] })
    await expect
      .poll(async () => {
        const { body } = await call(
          'GET',
          '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/crontabs.stable.example.com',
        )
        return body.status.conditions?.map(({ type, status }: { type: string; status: string }) => `${type}=${status}`)
      })
      .toEqual(['NamesAccepted=True', 'Established=True'])
    const path = '/apis/stable.example.com/v1/namespaces/default/crontabs'
    const object = {
      apiVersion: 'stable.example.com/v1',
      kind: 'CronTab',
      metadata: { name: 'a' },
      spec: { cronSpec: '* *', x: 1 },
    }
    const made = await call('POST', path, object)
    expect(made.body).toMatchObject({
      kind: 'CronTab',
      metadata: { generation: 1, name: 'a' },
      spec: { cronSpec: '* *', replicas: 1 },
    })
    expect(made.headers.get('warning')).toBe('299 - "unknown field \\"spec.x\\""')
    const list = await call('GET', path)
    expect(list.body).toMatchObject({ kind: 'CronTabList', items: [{ spec: { replicas: 1 } }] })
    const resources = await call('GET', '/apis/stable.example.com/v1')
    expect(resources.body.resources[0]).toMatchObject({ name: 'crontabs', shortNames: ['ct'] })
    const deleted = await call(
      'DELETE',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/crontabs.stable.example.com',
    )
    expect(deleted.status).toBe(200)
    await expect.poll(async () => (await call('GET', path)).status).toBe(404)
    await expect
      .poll(
        async () =>
          (await call('GET', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/crontabs.stable.example.com'))
            .status,
      )
      .toBe(404)
  })
})
