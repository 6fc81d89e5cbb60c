import { openMemoryStorage } from '@wherry/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import {
  aDefinition,
  anObject,
  call,
  conditionsOf,
  define,
  definitionsPath,
  pathOf,
  withSchema,
  withSpec,
} from './custom-helpers.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
const merge = { 'content-type': 'application/merge-patch+json' }

describe('a definition', () => {
  it('is established at once, and its names are taken', async () => {
    await define(
      server,
      aDefinition('firsts', withSpec(open), { names: { plural: 'firsts', kind: 'First', shortNames: ['f'] } }),
    )
    const { body } = await call(server, 'GET', `${definitionsPath}/firsts.stable.example.com`)
    expect(body.status).toMatchObject({
      acceptedNames: { plural: 'firsts', singular: 'first', kind: 'First', listKind: 'FirstList', shortNames: ['f'] },
      conditions: [
        { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
        {
          type: 'Established',
          status: 'True',
          reason: 'InitialNamesAccepted',
          message: 'the initial names have been accepted',
        },
      ],
      storedVersions: ['v1'],
    })
  })

  it('waits for names that another one of its group has', async () => {
    const names = { plural: 'seconds', singular: 'second', kind: 'First', listKind: 'SecondList', shortNames: ['f'] }
    const { status } = await call(server, 'POST', definitionsPath, aDefinition('seconds', withSpec(open), { names }))
    expect(status).toBe(201)
    const path = `${definitionsPath}/seconds.stable.example.com`
    await expect
      .poll(async () => (await call(server, 'GET', path)).body.status)
      .toMatchObject({
        conditions: [
          { type: 'NamesAccepted', status: 'False', reason: 'KindConflict', message: '"First" is already in use' },
          { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' },
        ],
      })
    expect((await call(server, 'GET', pathOf('seconds'))).status).toBe(404)
    await call(server, 'DELETE', `${definitionsPath}/firsts.stable.example.com`)
    await expect
      .poll(() => conditionsOf(server, 'seconds.stable.example.com'))
      .toEqual(['NamesAccepted=True', 'Established=True'])
    expect((await call(server, 'GET', pathOf('seconds'))).status).toBe(200)
  })

  it('of a group of Kubernetes needs to be approved', async () => {
    const definition = aDefinition('thirds', withSpec(open), { group: 'stable.k8s.io' })
    const named = { ...definition, metadata: { name: 'thirds.stable.k8s.io' } }
    const refused = await call(server, 'POST', definitionsPath, named)
    expect(refused.body.message).toBe(
      'CustomResourceDefinition.apiextensions.k8s.io "thirds.stable.k8s.io" is invalid: metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    )
    const annotations = { 'api-approved.kubernetes.io': 'https://github.com/kubernetes/kubernetes/pull/1' }
    await define(server, { ...named, metadata: { name: 'thirds.stable.k8s.io', annotations } })
    expect(await conditionsOf(server, 'thirds.stable.k8s.io')).toContain('KubernetesAPIApprovalPolicyConformant=True')
  })

  it('takes its objects with it, with their finalizers honoured', async () => {
    await define(server, aDefinition('holds', withSpec(open)))
    await call(server, 'POST', pathOf('holds'), anObject('holds', 'a'))
    const held = { ...anObject('holds', 'b'), metadata: { name: 'b', finalizers: ['example.com/hold'] } }
    await call(server, 'POST', pathOf('holds'), held)
    const path = `${definitionsPath}/holds.stable.example.com`
    const deleted = await call(server, 'DELETE', path)
    expect(deleted.body.metadata).toMatchObject({ finalizers: ['customresourcecleanup.apiextensions.k8s.io'] })
    await expect.poll(async () => (await call(server, 'GET', pathOf('holds', 'a'))).status).toBe(404)
    expect((await call(server, 'GET', path)).body.status).toMatchObject({
      conditions: [{}, {}, { type: 'Terminating', status: 'True', reason: 'InstanceDeletionInProgress' }],
    })
    const created = await call(server, 'POST', pathOf('holds'), anObject('holds', 'c'))
    expect(created.body.message).toBe(
      'holds.stable.example.com "c" is forbidden: create not allowed while custom resource definition is terminating',
    )
    await call(server, 'PATCH', pathOf('holds', 'b'), { metadata: { finalizers: null } }, merge)
    await expect.poll(async () => (await call(server, 'GET', path)).status).toBe(404)
    expect((await call(server, 'GET', pathOf('holds'))).status).toBe(404)
  })

  it('and its objects are there after a restart', async () => {
    const storage = await openMemoryStorage()
    const one = await startTestServer({ storage })
    await define(one, aDefinition('lasts', withSpec(open)))
    await call(one, 'POST', pathOf('lasts'), anObject('lasts', 'a', { spec: { x: 1 } }))
    await one.close()
    const other = await startTestServer({ storage })
    expect((await call(other, 'GET', pathOf('lasts', 'a'))).body).toMatchObject({ spec: { x: 1 } })
    expect((await call(other, 'POST', pathOf('lasts'), anObject('lasts', 'b'))).status).toBe(201)
    await other.close()
    await storage.close()
  })

  it('has the columns of kinds without a printer', async () => {
    const accept = 'application/json;as=Table;g=meta.k8s.io;v=v1'
    const { body } = await call(server, 'GET', `${definitionsPath}/seconds.stable.example.com`, undefined, { accept })
    const { columnDefinitions, rows }: { columnDefinitions?: { name: string }[]; rows?: { cells: unknown[] }[] } =
      Object(body)
    expect(columnDefinitions?.map(({ name }) => name)).toEqual(['Name', 'Created At'])
    expect(rows?.[0]?.cells).toEqual(['seconds.stable.example.com', expect.any(String)])
  })
})

describe('an object', () => {
  const schema = withSpec({
    type: 'object',
    properties: {
      cron: { type: 'string' },
      replicas: { type: 'integer', default: 1 },
      note: { type: 'string' },
      nested: { type: 'object', default: {}, properties: { deep: { type: 'string', default: 'x' } } },
      any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      pod: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
    },
  })
  beforeAll(() => define(server, aDefinition('crons', schema)))

  it('is pruned and gets its defaults', async () => {
    const spec = { cron: '*', bogus: 1, note: null, any: { what: { ever: 1 } } }
    const { body, headers } = await call(server, 'POST', pathOf('crons'), anObject('crons', 'a', { spec, other: 1 }))
    expect(body).toMatchObject({ metadata: { generation: 1, name: 'a', namespace: 'default' } })
    expect(body.spec).toEqual({ cron: '*', replicas: 1, nested: { deep: 'x' }, any: { what: { ever: 1 } } })
    expect(body.other).toBeUndefined()
    expect(headers.get('warning')).toBe('299 - "unknown field \\"other\\"", 299 - "unknown field \\"spec.bogus\\""')
  })

  it('may not have unknown fields where its sender says so', async () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', what: 1 } }
    const body = anObject('crons', 'b', { metadata: { name: 'b', foo: 1 }, spec: { bogus: 1, pod } })
    const { status, body: answer } = await call(server, 'POST', `${pathOf('crons')}?fieldValidation=Strict`, body)
    expect(status).toBe(400)
    expect(answer.message).toBe(
      'Cron in version "v1" cannot be handled as a Cron: strict decoding error: unknown field "metadata.foo", unknown field "spec.bogus", unknown field "spec.pod.metadata.what"',
    )
  })

  it.each([
    {
      name: 'no kind',
      body: { apiVersion: 'stable.example.com/v1', metadata: { name: 'x' } },
      status: 400,
      want: "Object 'Kind' is missing in",
    },
    {
      name: 'another kind',
      body: { ...anObject('crons', 'x'), kind: 'Other' },
      status: 422,
      want: 'kind: Invalid value: "Other": must be Cron',
    },
    {
      name: 'another version',
      body: anObject('crons', 'x', {}, 'v9'),
      status: 400,
      want: 'the API version in the data (stable.example.com/v9) does not match the expected API version (stable.example.com/v1)',
    },
    {
      name: 'broken metadata',
      body: { ...anObject('crons', 'x'), metadata: { name: 'x', labels: { a: 1 } } },
      status: 400,
      want: 'cannot unmarshal number into Go struct field ObjectMeta.labels of type string',
    },
    {
      name: 'an embedded object without a kind',
      body: anObject('crons', 'x', { spec: { pod: { apiVersion: 'v1' } } }),
      status: 422,
      want: 'spec.pod.kind: Required value',
    },
  ])('with $name is refused', async ({ body, status, want }) => {
    const answer = await call(server, 'POST', pathOf('crons'), body)
    expect(answer.body.message).toContain(want)
    expect(answer.status).toBe(status)
  })

  it('without a status of its own moves its generation with every change but of metadata', async () => {
    const { body } = await call(server, 'POST', pathOf('crons'), anObject('crons', 'gen', { spec: { cron: 'a' } }))
    expect(body.metadata).toMatchObject({ generation: 1 })
    const changed = await call(server, 'PATCH', pathOf('crons', 'gen'), { spec: { cron: 'b' } }, merge)
    expect(changed.body.metadata).toMatchObject({ generation: 2 })
    const labelled = await call(server, 'PATCH', pathOf('crons', 'gen'), { metadata: { labels: { a: 'b' } } }, merge)
    expect(labelled.body.metadata).toMatchObject({ generation: 2 })
  })

  it('needs a version to be replaced', async () => {
    const { body } = await call(server, 'PUT', pathOf('crons', 'a'), anObject('crons', 'a'))
    expect(body.message).toBe(
      'crons.stable.example.com "a" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    )
  })

  it('takes no strategic merge patch, and has no protobuf form', async () => {
    const patch = await call(
      server,
      'PATCH',
      pathOf('crons', 'a'),
      {},
      { 'content-type': 'application/strategic-merge-patch+json' },
    )
    expect(patch.status).toBe(415)
    expect(patch.body.message).toBe(
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    )
    const get = await call(server, 'GET', pathOf('crons', 'a'), undefined, {
      accept: 'application/vnd.kubernetes.protobuf',
    })
    expect(get.status).toBe(406)
  })

  it('is applied by the server, list items by their keys', async () => {
    const list = {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' }, value: { type: 'integer' } },
      },
    }
    await define(server, aDefinition('applieds', withSpec({ type: 'object', properties: { list } })))
    const apply = (manager: string, items: object[]) =>
      call(
        server,
        'PATCH',
        `${pathOf('applieds', 'a')}?fieldManager=${manager}`,
        anObject('applieds', 'a', { spec: { list: items } }),
        {
          'content-type': 'application/apply-patch+yaml',
        },
      )
    expect((await apply('one', [{ name: 'a', value: 1 }])).status).toBe(201)
    const both = await apply('two', [{ name: 'b', value: 2 }])
    expect(both.body.spec).toEqual({
      list: [
        { name: 'a', value: 1 },
        { name: 'b', value: 2 },
      ],
    })
    expect((await apply('one', [])).body.spec).toEqual({ list: [{ name: 'b', value: 2 }] })
    const conflict = await apply('one', [{ name: 'b', value: 3 }])
    expect(conflict.status).toBe(409)
    expect(conflict.body.message).toContain('.spec.list[name="b"].value')
  })

  it('gets the defaults of a schema that came later when it is read', async () => {
    await define(server, aDefinition('laters', withSpec({ type: 'object', properties: { a: { type: 'string' } } })))
    await call(server, 'POST', pathOf('laters'), anObject('laters', 'a', { spec: { a: 'x' } }))
    const patch = [
      {
        op: 'add',
        path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/b',
        value: { type: 'string', default: 'y' },
      },
    ]
    await call(server, 'PATCH', `${definitionsPath}/laters.stable.example.com`, patch, {
      'content-type': 'application/json-patch+json',
    })
    expect((await call(server, 'GET', pathOf('laters', 'a'))).body.spec).toEqual({ a: 'x', b: 'y' })
    expect((await call(server, 'GET', pathOf('laters'))).body.items).toMatchObject([{ spec: { a: 'x', b: 'y' } }])
  })

  it('may be nested a thousand deep, and a megabyte large', async () => {
    const deep = `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`
    const body = JSON.stringify(anObject('crons', 'deep', { spec: { any: 0 } })).replace('"any":0', `"any":${deep}`)
    expect((await call(server, 'POST', pathOf('crons'), body)).status).toBe(201)
    expect((await call(server, 'GET', pathOf('crons', 'deep'))).text).toContain(deep)
    const large = anObject('crons', 'large', { spec: { any: { text: 'x'.repeat(1024 * 1024) } } })
    expect((await call(server, 'POST', pathOf('crons'), large)).status).toBe(201)
  })
})

describe('the subresources of a custom resource', () => {
  const version = {
    ...withSchema({
      spec: { type: 'object', properties: { replicas: { type: 'integer' } } },
      status: { type: 'object', properties: { replicas: { type: 'integer' }, selector: { type: 'string' } } },
    }),
    subresources: {
      status: {},
      scale: {
        specReplicasPath: '.spec.replicas',
        statusReplicasPath: '.status.replicas',
        labelSelectorPath: '.status.selector',
      },
    },
    additionalPrinterColumns: [
      { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
      { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', priority: 1 },
    ],
    selectableFields: [{ jsonPath: '.spec.replicas' }],
  }
  beforeAll(async () => {
    await define(server, aDefinition('scaleds', version))
    const object = anObject('scaleds', 'a', { spec: { replicas: 3 }, status: { replicas: 9 } })
    await call(server, 'POST', pathOf('scaleds'), object)
  })

  it('keep spec and status apart', async () => {
    const { body } = await call(server, 'GET', pathOf('scaleds', 'a'))
    expect(body.status).toBeUndefined()
    const changed = { ...body, spec: { replicas: 5 }, status: { replicas: 2, selector: 'app=a' } }
    const status = await call(server, 'PUT', `${pathOf('scaleds', 'a')}/status`, changed)
    expect(status.body).toMatchObject({ spec: { replicas: 3 }, status: { replicas: 2 }, metadata: { generation: 1 } })
    const wrong = await call(server, 'PATCH', `${pathOf('scaleds', 'a')}/status`, { status: { replicas: 'x' } }, merge)
    expect(wrong.body.message).toContain(
      'status.replicas: Invalid value: "string": replicas in body must be of type integer: "string"',
    )
  })

  it('scale', async () => {
    const scale = await call(server, 'GET', `${pathOf('scaleds', 'a')}/scale`)
    expect(scale.body).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 3 },
      status: { replicas: 2, selector: 'app=a' },
    })
    await call(server, 'PATCH', `${pathOf('scaleds', 'a')}/scale`, { spec: { replicas: 7 } }, merge)
    expect((await call(server, 'GET', pathOf('scaleds', 'a'))).body).toMatchObject({
      spec: { replicas: 7 },
      metadata: { generation: 2 },
    })
  })

  it('show the columns of the definition', async () => {
    const { body } = await call(server, 'GET', pathOf('scaleds'), undefined, {
      accept: 'application/json;as=Table;g=meta.k8s.io;v=v1',
    })
    expect(body).toMatchObject({
      columnDefinitions: [
        { name: 'Name' },
        { name: 'Replicas', type: 'integer' },
        { name: 'Ready' },
        { name: 'Age', priority: 1 },
      ],
      rows: [{ cells: ['a', expect.any(Number), null, expect.any(String)] }],
    })
  })

  it('let the declared fields be selected by', async () => {
    const items = async (selector: string) =>
      (await call(server, 'GET', `${pathOf('scaleds')}?fieldSelector=${selector}`)).body
    expect((await items('spec.replicas%3D7')).items).toHaveLength(1)
    expect((await items('spec.replicas%3D8')).items).toHaveLength(0)
    expect((await items('spec.other%3D8')).message).toContain('field label not supported: spec.other')
  })
})

describe('several versions without a webhook', () => {
  beforeAll(() =>
    define(
      server,
      aDefinition(
        'versions',
        {},
        {
          versions: [
            { name: 'v1', served: true, storage: true, ...withSpec(open) },
            {
              name: 'v1beta1',
              served: true,
              storage: false,
              deprecated: true,
              ...withSpec({ type: 'object', properties: { a: { type: 'string' } } }),
            },
            { name: 'v2', served: false, storage: false, ...withSpec(open) },
          ],
        },
      ),
    ),
  )

  it('show one object each in its own form', async () => {
    await call(server, 'POST', pathOf('versions'), anObject('versions', 'a', { spec: { a: 'x', b: 'y' } }))
    const { body, headers } = await call(server, 'GET', pathOf('versions', 'a', 'v1beta1'))
    expect(body).toMatchObject({ apiVersion: 'stable.example.com/v1beta1', spec: { a: 'x' } })
    expect(Object(body.spec).b).toBeUndefined()
    expect(headers.get('warning')).toBe(
      '299 - "stable.example.com/v1beta1 Version is deprecated; use stable.example.com/v1 Version"',
    )
    const list = await call(server, 'GET', pathOf('versions', '', 'v1beta1'))
    expect(list.body).toMatchObject({ apiVersion: 'stable.example.com/v1beta1', items: [{ spec: { a: 'x' } }] })
    expect((await call(server, 'GET', pathOf('versions', 'a', 'v2'))).status).toBe(404)
  })

  it('keep what was stored in another version', async () => {
    const object = anObject('versions', 'old', { spec: { a: 'x' } }, 'v1beta1')
    expect((await call(server, 'POST', pathOf('versions', '', 'v1beta1'), object)).status).toBe(201)
    const path = `${definitionsPath}/versions.stable.example.com`
    const patch = [
      { op: 'replace', path: '/spec/versions/0/storage', value: false },
      { op: 'replace', path: '/spec/versions/1/storage', value: true },
    ]
    const { body } = await call(server, 'PATCH', path, patch, { 'content-type': 'application/json-patch+json' })
    expect(body.status).toMatchObject({ storedVersions: ['v1', 'v1beta1'] })
    expect((await call(server, 'GET', pathOf('versions', 'old'))).body).toMatchObject({
      apiVersion: 'stable.example.com/v1',
      spec: { a: 'x' },
    })
    // A write that changes nothing brings an object into the version that is stored now.
    const before = await call(server, 'GET', pathOf('versions', 'old'))
    const after = await call(server, 'PUT', pathOf('versions', 'old'), before.body)
    expect(Object(after.body.metadata).resourceVersion).not.toBe(Object(before.body.metadata).resourceVersion)
    const again = await call(server, 'PUT', pathOf('versions', 'old'), after.body)
    expect(Object(again.body.metadata).resourceVersion).toBe(Object(after.body.metadata).resourceVersion)
  })
})

describe('a watch of custom objects', () => {
  it('sees each change, and ends when the definition changes or goes', async () => {
    await define(server, aDefinition('seens', withSpec(open)))
    const watch = async () => {
      const response = await fetch(`${server.url}${pathOf('seens')}?watch=true`)
      return response.text()
    }
    const first = watch()
    await call(server, 'POST', pathOf('seens'), anObject('seens', 'a'))
    const path = `${definitionsPath}/seens.stable.example.com`
    const patch = [
      {
        op: 'add',
        path: '/spec/versions/0/additionalPrinterColumns',
        value: [{ name: 'A', type: 'string', jsonPath: '.spec.a' }],
      },
    ]
    await call(server, 'PATCH', path, patch, { 'content-type': 'application/json-patch+json' })
    expect(await first).toMatch(/^\{"type":"ADDED","object":\{"kind":"Seen"/)
    const second = watch()
    await call(server, 'DELETE', path)
    expect(await second).toContain('"type":"DELETED"')
  })
})
