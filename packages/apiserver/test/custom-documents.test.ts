import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { aDefinition, call, define, definitionsPath, withSchema } from './custom-helpers.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const aggregated = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' }
const model = 'com.example.stable.v1.Widget'

const widgets = aDefinition(
  'widgets',
  {
    ...withSchema({
      spec: {
        type: 'object',
        description: 'what is wanted',
        required: ['size'],
        properties: {
          size: { type: 'integer', minimum: 1 },
          port: { 'x-kubernetes-int-or-string': true },
          note: { type: 'string', nullable: true },
          template: {
            type: 'object',
            'x-kubernetes-embedded-resource': true,
            'x-kubernetes-preserve-unknown-fields': true,
          },
        },
        oneOf: [{ required: ['port'] }, { required: ['note'] }],
      },
      status: { type: 'object', properties: { size: { type: 'integer' } } },
    }),
    subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } },
    selectableFields: [{ jsonPath: '.spec.size' }],
  },
  { names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'], categories: ['all'] } },
)

describe('the documents of a server', () => {
  it('follow a definition at once, and forget it', async () => {
    const before = await call(server, 'GET', '/apis', undefined, aggregated)
    const index = await call(server, 'GET', '/openapi/v3')
    expect(index.text).not.toContain('stable.example.com')
    await define(server, widgets)

    const after = await call(server, 'GET', '/apis', undefined, aggregated)
    expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'))
    const { items }: { items?: { metadata: { name: string }; versions: unknown[] }[] } = Object(after.body)
    expect(items?.find(({ metadata }) => metadata.name === 'stable.example.com')?.versions).toMatchObject([
      {
        version: 'v1',
        resources: [
          {
            resource: 'widgets',
            responseKind: { group: 'stable.example.com', version: 'v1', kind: 'Widget' },
            scope: 'Namespaced',
            singularResource: 'widget',
            shortNames: ['wd'],
            categories: ['all'],
            verbs: ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'],
            subresources: [
              { subresource: 'status', responseKind: { kind: 'Widget' }, verbs: ['get', 'patch', 'update'] },
              { subresource: 'scale', responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' } },
            ],
          },
        ],
      },
    ])
    const list = await call(server, 'GET', '/apis/stable.example.com/v1')
    expect(list.body.resources).toMatchObject([
      { name: 'widgets' },
      { name: 'widgets/status' },
      { name: 'widgets/scale' },
    ])
    expect((await call(server, 'GET', '/apis/stable.example.com')).body).toMatchObject({
      kind: 'APIGroup',
      preferredVersion: { version: 'v1' },
    })
    expect((await call(server, 'GET', '/openapi/v3')).text).toContain('apis/stable.example.com/v1')

    await call(server, 'DELETE', `${definitionsPath}/widgets.stable.example.com`)
    await expect.poll(async () => (await call(server, 'GET', '/apis/stable.example.com/v1')).status).toBe(404)
    expect((await call(server, 'GET', '/apis', undefined, aggregated)).headers.get('etag')).toBe(
      before.headers.get('etag'),
    )
    expect((await call(server, 'GET', '/openapi/v3')).text).toBe(index.text)
  })

  it('say in OpenAPI 3 all that the schema says', async () => {
    await define(server, widgets)
    const { body } = await call(server, 'GET', '/openapi/v3/apis/stable.example.com/v1')
    const { components, paths }: { components?: { schemas: Record<string, unknown> }; paths?: object } = Object(body)
    expect(components?.schemas[model]).toMatchObject({
      type: 'object',
      properties: {
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        metadata: { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
        spec: {
          description: 'what is wanted',
          required: ['size'],
          properties: {
            size: { type: 'integer', minimum: 1 },
            port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
            note: { type: 'string', nullable: true },
            template: { required: ['kind', 'apiVersion'], properties: { kind: { type: 'string' } } },
          },
          oneOf: [{ required: ['port'] }, { required: ['note'] }],
        },
      },
      'x-kubernetes-group-version-kind': [{ group: 'stable.example.com', kind: 'Widget', version: 'v1' }],
      'x-kubernetes-selectable-fields': [{ fieldPath: 'spec.size' }],
    })
    expect(components?.schemas).toHaveProperty(['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'])
    expect(Object.keys(paths ?? {})).toEqual([
      '/apis/stable.example.com/v1/namespaces/{namespace}/widgets',
      '/apis/stable.example.com/v1/namespaces/{namespace}/widgets/{name}',
      '/apis/stable.example.com/v1/namespaces/{namespace}/widgets/{name}/scale',
      '/apis/stable.example.com/v1/namespaces/{namespace}/widgets/{name}/status',
      '/apis/stable.example.com/v1/widgets',
    ])
    expect(JSON.stringify(paths)).not.toContain('strategic-merge-patch')
  })

  it('leave out of Swagger 2 what it cannot say', async () => {
    const { body } = await call(server, 'GET', '/openapi/v2')
    const { definitions }: { definitions?: Record<string, { properties?: Record<string, unknown> }> } = Object(body)
    const spec: { oneOf?: unknown; properties?: Record<string, unknown> } = Object(
      definitions?.[model]?.properties?.spec,
    )
    expect(spec.oneOf).toBeUndefined()
    expect(spec.properties?.note).toEqual({})
    expect(spec.properties?.template).toEqual({
      'x-kubernetes-embedded-resource': true,
      'x-kubernetes-preserve-unknown-fields': true,
    })
    expect(definitions?.[`${model}List`]?.properties?.items).toMatchObject({
      type: 'array',
      items: { $ref: `#/definitions/${model}` },
    })
  })

  it('have a protobuf form', async () => {
    const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
    const answer = await call(server, 'GET', '/openapi/v2', undefined, { accept })
    expect(answer.status).toBe(200)
    expect(answer.text).toContain(model)
  })

  it('call two kinds of one name by their groups', async () => {
    const other = aDefinition('widgets', withSchema({ spec: { type: 'string' } }))
    const definition = {
      ...other,
      metadata: { name: 'widgets.other.example.com' },
      spec: { ...other.spec, group: 'other.example.com' },
    }
    await define(server, definition)
    const { text } = await call(server, 'GET', '/openapi/v2')
    expect(text).toContain(`"${model}":`)
    expect(text).toContain('"com.example.other.v1.Widget":')
  })
})
