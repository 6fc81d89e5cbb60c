import type { KubeObject, ManagedFieldsEntry } from '@wherry/api'
import { FakeClock } from '@wherry/component-base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { type Answer, call } from './helpers.ts'

const apps = '/apis/apps/v1/namespaces/default/deployments'
const maps = '/api/v1/namespaces/default/configmaps'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

interface Options {
  by?: string
  force?: boolean
  query?: string
}

/** An apply; the body goes as it is where it is text. */
function apply(path: string, body: object | string, { by = 'one', force, query = '' }: Options = {}): Promise<Answer> {
  const parameters = `fieldManager=${by}${force === undefined ? '' : `&force=${force}`}${query}`
  return call(server, 'PATCH', `${path}?${parameters}`, body, { 'content-type': 'application/apply-patch+yaml' })
}

const merge = (path: string, body: object, agent = 'other/1.0') =>
  call(server, 'PATCH', path, body, { 'content-type': 'application/merge-patch+json', 'user-agent': agent })

const configMap = (name: string, data: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
})

const deployment = (name: string, spec: object = {}, container: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: { app: name } },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'nginx', ...container }] },
    },
    ...spec,
  },
})

const managed = ({ json }: Answer): ManagedFieldsEntry[] => Object(json.metadata).managedFields ?? []
const ownedBy = (answer: Answer, manager: string, subresource?: string): unknown =>
  managed(answer).find((entry) => entry.manager === manager && entry.subresource === subresource)?.fieldsV1
const get = (path: string) => call(server, 'GET', path)

describe('an apply', () => {
  it('creates what is not there, and owns what it says', async () => {
    const created = await apply(`${apps}/made`, deployment('made', { replicas: 3 }))
    expect(created.status).toBe(201)
    expect(managed(created)).toMatchObject([{ manager: 'one', operation: 'Apply', apiVersion: 'apps/v1' }])
    expect(ownedBy(created, 'one')).toEqual({
      'f:metadata': { 'f:labels': { 'f:app': {} } },
      'f:spec': {
        'f:replicas': {},
        'f:selector': {},
        'f:template': {
          'f:metadata': { 'f:labels': { 'f:app': {} } },
          'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
        },
      },
    })
    const again = await apply(`${apps}/made`, deployment('made', { replicas: 3 }))
    expect(again.status).toBe(200)
    expect(again.json.metadata.resourceVersion).toBe(created.json.metadata.resourceVersion)
  })

  it('takes YAML as well as JSON', async () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata:\n  a: "1" # a comment\n'
    expect((await apply(`${maps}/yaml`, text)).json).toMatchObject({ data: { a: '1' } })
  })

  it('owns items of lists by their keys, with what is left out of them', async () => {
    const container = { ports: [{ containerPort: 80 }], args: ['a', 'b'] }
    const created = await apply(`${apps}/keys`, deployment('keys', {}, container))
    const { 'f:spec': spec } = Object(ownedBy(created, 'one'))
    expect(spec['f:template']['f:spec']['f:containers']['k:{"name":"c"}']).toEqual({
      '.': {},
      'f:args': {},
      'f:image': {},
      'f:name': {},
      'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
    })
  })

  it('removes what its manager applied before and applies no more', async () => {
    await apply(`${maps}/removed`, configMap('removed', { a: '1', b: '2' }))
    await merge(`${maps}/removed`, { data: { c: '3' } })
    const { json } = await apply(`${maps}/removed`, configMap('removed', { a: '1' }))
    expect(json).toMatchObject({ data: { a: '1', c: '3' } })
    expect(json.data).not.toHaveProperty('b')
  })

  it('leaves what others own, too', async () => {
    await apply(`${maps}/shared`, configMap('shared', { a: '1', b: '2' }))
    await apply(`${maps}/shared`, configMap('shared', { a: '1' }), { by: 'two' })
    const { json } = await apply(`${maps}/shared`, configMap('shared', { b: '2' }))
    expect(json).toMatchObject({ data: { a: '1', b: '2' } })
    const last = await apply(`${maps}/shared`, configMap('shared', {}), { by: 'two' })
    expect(Object(last.json).data).toEqual({ b: '2' })
  })

  it('is refused where it would change what others own', async () => {
    await call(
      server,
      'POST',
      `${apps}?fieldManager=kubectl-client-side-apply`,
      deployment('conflict', { replicas: 1 }),
    )
    const refused = await apply(`${apps}/conflict`, deployment('conflict', { replicas: 2 }))
    expect(refused.status).toBe(409)
    expect(refused.json).toMatchObject({
      kind: 'Status',
      status: 'Failure',
      reason: 'Conflict',
      code: 409,
      message: 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "kubectl-client-side-apply" using apps/v1',
            field: '.spec.replicas',
          },
        ],
      },
    })
    const two = await apply(`${apps}/conflict`, deployment('conflict', { replicas: 2 }, { image: 'httpd' }))
    expect(two.json.message).toBe(
      'Apply failed with 2 conflicts: conflicts with "kubectl-client-side-apply" using apps/v1:\n- .spec.replicas\n- .spec.template.spec.containers[name="c"].image',
    )
    const forced = await apply(`${apps}/conflict`, deployment('conflict', { replicas: 2 }), { force: true })
    expect(forced.status).toBe(200)
    const { 'f:spec': spec } = Object(ownedBy(forced, 'kubectl-client-side-apply'))
    expect(spec).not.toHaveProperty('f:replicas')
  })

  it('names appliers and subresources that it conflicts with', async () => {
    await apply(`${apps}/names`, deployment('names', { replicas: 1 }))
    const refused = await apply(`${apps}/names`, deployment('names', { replicas: 2 }), { by: 'two' })
    expect(refused.json.message).toBe('Apply failed with 1 conflict: conflict with "one": .spec.replicas')
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'names' }, spec: { replicas: 5 } }
    await call(server, 'PUT', `${apps}/names/scale?fieldManager=scaler`, {
      ...scale,
      metadata: { name: 'names', namespace: 'default' },
    })
    const later = await apply(`${apps}/names`, deployment('names', { replicas: 1 }))
    expect(later.json.message).toBe(
      'Apply failed with 1 conflict: conflict with "scaler" with subresource "scale" using apps/v1: .spec.replicas',
    )
  })

  it('of the same value shares a field', async () => {
    await apply(`${maps}/same`, configMap('same', { a: '1' }))
    const both = await apply(`${maps}/same`, configMap('same', { a: '1' }), { by: 'two' })
    expect(ownedBy(both, 'one')).toEqual({ 'f:data': { 'f:a': {} } })
    expect(ownedBy(both, 'two')).toEqual({ 'f:data': { 'f:a': {} } })
  })

  it('is a try where it is a dry run', async () => {
    const tried = await apply(`${maps}/dry`, configMap('dry', { a: '1' }), { query: '&dryRun=All' })
    expect(tried.status).toBe(201)
    expect(managed(tried)).toHaveLength(1)
    expect((await get(`${maps}/dry`)).status).toBe(404)
  })

  it('of what nobody owned yet leaves all else to an owner of old', async () => {
    await call(server, 'POST', maps, configMap('old', { a: '1', b: '2' }))
    await merge(`${maps}/old`, { metadata: { managedFields: [{}] } })
    expect(managed(await get(`${maps}/old`))).toEqual([])
    const answer = await apply(`${maps}/old`, configMap('old', { a: '1' }))
    expect(ownedBy(answer, 'before-first-apply')).toEqual({ 'f:data': { '.': {}, 'f:a': {}, 'f:b': {} } })
    const refused = await apply(`${maps}/old`, configMap('old', { b: '3' }))
    expect(refused.json.message).toBe(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.b',
    )
  })
})

describe('an apply is refused', () => {
  it.each([
    {
      name: 'without a field manager',
      query: '',
      status: 422,
      message: 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    },
    {
      name: 'by a manager with a name that cannot be printed',
      query: 'fieldManager=a%01',
      status: 422,
      message:
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "a\\x01": invalid character U+0001 (at position 1)',
    },
    {
      name: 'by a manager with a name of 129 letters',
      query: `fieldManager=${'m'.repeat(129)}`,
      status: 422,
      message: 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
    },
  ])('$name', async ({ query, status, message }) => {
    const type = { 'content-type': 'application/apply-patch+yaml' }
    const answer = await call(server, 'PATCH', `${maps}/bad?${query}`, configMap('bad', {}), type)
    expect(answer.status).toBe(status)
    expect(answer.json.message).toBe(message)
  })

  it.each([
    {
      name: 'with managedFields',
      body: configMap('bad', {}, { managedFields: [] }),
      status: 400,
      message: 'metadata.managedFields must be nil',
    },
    {
      name: 'of another kind',
      body: { ...configMap('bad', {}), kind: 'Secret' },
      status: 400,
      message: 'invalid object type: /v1, Kind=Secret',
    },
    {
      name: 'without a type',
      body: { metadata: { name: 'bad' } },
      status: 400,
      message: 'invalid object type: /, Kind=',
    },
    {
      name: 'of another name',
      body: configMap('worse', {}),
      status: 400,
      message: 'the name of the object (worse) does not match the name on the URL (bad)',
    },
    {
      name: 'of another namespace',
      body: configMap('bad', {}, { namespace: 'elsewhere' }),
      status: 400,
      message: 'the namespace of the provided object does not match the namespace sent on the request',
    },
    {
      name: 'of an object that is gone',
      body: configMap('bad', {}, { uid: 'u' }),
      status: 409,
      message:
        'Operation cannot be fulfilled on configmaps "bad": uid mismatch: the provided object specified uid u, and no existing object was found',
    },
    {
      name: 'with a field that the kind does not have',
      body: { ...configMap('bad', {}), date: {} },
      status: 500,
      message: 'failed to create typed patch object (/bad; /v1, Kind=ConfigMap): .date: field not declared in schema',
    },
    {
      name: 'with values of another type',
      body: { ...configMap('bad', { a: 1 }), immutable: 'yes' },
      status: 500,
      message:
        'failed to create typed patch object (/bad; /v1, Kind=ConfigMap): errors:\n  .data.a: expected string, got &value.valueUnstructured{Value:1}\n  .immutable: expected boolean, got &{yes}',
    },
    {
      name: 'that is a list',
      body: '[]',
      status: 400,
      message:
        'error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}',
    },
  ])('$name', async ({ body, status, message }) => {
    const answer = await apply(`${maps}/bad`, body)
    expect(answer.json.message).toBe(message)
    expect(answer.status).toBe(status)
    expect((await get(`${maps}/bad`)).status).toBe(404)
  })

  it('with an item twice', async () => {
    const body = deployment('twice', {}, { ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'TCP' }] })
    expect((await apply(`${apps}/twice`, body)).json.message).toBe(
      'failed to create typed patch object (/twice; apps/v1, Kind=Deployment): .spec.template.spec.containers[name="c"].ports: duplicate entries for key [containerPort=80,protocol="TCP"]',
    )
  })

  it('as CBOR, and a force that is no apply', async () => {
    const cbor = { 'content-type': 'application/apply-patch+cbor' }
    const answer = await call(server, 'PATCH', `${maps}/bad?fieldManager=one`, 'x', cbor)
    expect(answer.status).toBe(415)
    expect(answer.json.message).toBe(
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml',
    )
    expect((await merge(`${maps}/bad?force=true`, {})).json.message).toBe(
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    )
  })

  it('with a field twice, where fields are checked strictly', async () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: twice\ndata:\n  a: "1"\n  a: "2"\n'
    const strict = await apply(`${maps}/twice`, text, { query: '&fieldValidation=Strict' })
    expect(strict.status).toBe(400)
    expect(strict.json.message).toBe(
      'error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 7: key "a" already set in map',
    )
    expect((await apply(`${maps}/twice`, text, { query: '&fieldValidation=Ignore' })).status).toBe(201)
  })

  it('to the status of what is not there', async () => {
    const answer = await apply(`${apps}/absent/status`, deployment('absent'))
    expect(answer.status).toBe(404)
  })
})

describe('writers that do not apply', () => {
  it('own what they change, under their user agent or the name that they give', async () => {
    const agent = { 'user-agent': 'kubectl/v1.36.0 (linux/amd64)' }
    const created = await call(server, 'POST', maps, configMap('written', { a: '1' }), agent)
    expect(managed(created)).toMatchObject([
      { manager: 'kubectl', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1' },
    ])
    expect(ownedBy(created, 'kubectl')).toEqual({ 'f:data': { '.': {}, 'f:a': {} } })
    const patched = await merge(`${maps}/written?fieldManager=me`, {
      data: { b: '2' },
      metadata: { labels: { x: 'y' } },
    })
    expect(ownedBy(patched, 'me')).toEqual({
      'f:data': { 'f:b': {} },
      'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } },
    })
    const stolen = await merge(`${maps}/written?fieldManager=me`, { data: { a: '3' } })
    expect(ownedBy(stolen, 'kubectl')).toEqual({ 'f:data': {} })
    const dropped = await merge(`${maps}/written?fieldManager=me`, { data: null })
    expect(ownedBy(dropped, 'kubectl')).toBeUndefined()
    expect(ownedBy(dropped, 'me')).toEqual({ 'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } } })
  })

  it('change no times when they change nothing', async () => {
    const clock = new FakeClock(Date.UTC(2026, 0, 1))
    const own = await startTestServer({ clock })
    const type = { 'content-type': 'application/merge-patch+json' }
    const created = await call(own, 'POST', maps, configMap('times', { a: '1' }), { 'user-agent': 'x' })
    await clock.advance(60_000)
    const same = await call(own, 'PATCH', `${maps}/times?fieldManager=x`, { data: { a: '1' } }, type)
    expect(same.json).toEqual(created.json)
    const changed = await call(own, 'PATCH', `${maps}/times?fieldManager=x`, { data: { a: '2' } }, type)
    expect(managed(changed)[0]?.time).toBe('2026-01-01T00:01:00Z')
    await own.close()
  })

  it('may say who owns what, where it makes sense', async () => {
    const fieldsV1 = { 'f:data': { 'f:a': {} } }
    const entry = { manager: 'm', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1 }
    await call(server, 'POST', maps, configMap('told', { a: '1' }))
    const told = await merge(`${maps}/told`, { metadata: { managedFields: [entry] } })
    expect(managed(told)).toEqual([entry])
    const broken = await merge(`${maps}/told`, { metadata: { managedFields: [{ ...entry, operation: 'Guess' }] } })
    expect(managed(broken)).toEqual([entry])
    expect(managed(await merge(`${maps}/told`, { metadata: { managedFields: [] } }))).toEqual([])
  })

  it('become one owner of old when there are more than ten of them', async () => {
    await call(server, 'POST', `${maps}?fieldManager=m0`, configMap('many', { k0: '' }))
    for (let i = 1; i < 14; i++) await merge(`${maps}/many?fieldManager=m${i}`, { data: { [`k${i}`]: '' } })
    const answer = await get(`${maps}/many`)
    const names = managed(answer).map(({ manager }) => manager)
    expect(names).toHaveLength(10)
    expect(names).toContain('ancient-changes')
    expect(names).toContain('m13')
  })
})

describe('a subresource', () => {
  it('of the status has owners of its own', async () => {
    await apply(`${apps}/status`, deployment('status', { replicas: 1 }))
    const status = { observedGeneration: 1, conditions: [{ type: 'Available', status: 'True' }] }
    const answer = await merge(`${apps}/status/status`, { metadata: { labels: { app: 'x' } }, status }, 'controller/1')
    expect(ownedBy(answer, 'controller', 'status')).toEqual({
      'f:status': {
        'f:conditions': {
          '.': {},
          'k:{"type":"Available"}': {
            '.': {},
            'f:lastTransitionTime': {},
            'f:lastUpdateTime': {},
            'f:status': {},
            'f:type': {},
          },
        },
        'f:observedGeneration': {},
      },
    })
    expect(ownedBy(answer, 'one')).toMatchObject({ 'f:spec': { 'f:replicas': {} } })
  })

  it('can be applied, and what it cannot change is not owned', async () => {
    await apply(`${apps}/apply-status`, deployment('apply-status', { replicas: 1 }))
    const body = { ...deployment('apply-status', { replicas: 9 }), status: { replicas: 2 } }
    const answer = await apply(`${apps}/apply-status/status`, body, { by: 'two' })
    expect(answer.json).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 2 } })
    expect(ownedBy(answer, 'two', 'status')).toEqual({ 'f:status': { 'f:replicas': {} } })
  })

  it('that scales owns the replicas, and gives them back', async () => {
    await apply(`${apps}/scaled`, deployment('scaled', { replicas: 1 }))
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'scaled' }, spec: { replicas: 4 } }
    const refused = await apply(`${apps}/scaled/scale`, scale, { by: 'hpa' })
    expect(refused.json.message).toBe('Apply failed with 1 conflict: conflict with "one": .spec.replicas')
    expect((await apply(`${apps}/scaled/scale`, scale, { by: 'hpa', force: true })).json).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 4 },
    })
    const taken = await get(`${apps}/scaled`)
    expect(ownedBy(taken, 'hpa', 'scale')).toEqual({ 'f:spec': { 'f:replicas': {} } })
    const { 'f:spec': spec } = Object(ownedBy(taken, 'one'))
    expect(spec).not.toHaveProperty('f:replicas')
    const back = await apply(`${apps}/scaled`, deployment('scaled', { replicas: 2 }), { force: true })
    expect(ownedBy(back, 'hpa', 'scale')).toBeUndefined()
  })
})

describe('kubectl', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration'

  it('takes over what it had applied on its own side', async () => {
    const before = configMap('csa', { a: '1', b: '2' })
    const annotations = { [annotation]: JSON.stringify(before) }
    await call(server, 'POST', `${maps}?fieldManager=kubectl-client-side-apply`, {
      ...before,
      metadata: { name: 'csa', annotations },
    })
    const answer = await apply(`${maps}/csa`, configMap('csa', { a: '5', b: '2' }), { by: 'kubectl' })
    expect(answer.status).toBe(200)
    const text = Object(answer.json.metadata).annotations[annotation]
    expect(JSON.parse(text)).toEqual(configMap('csa', { a: '5', b: '2' }))
    const other = await apply(`${maps}/csa`, configMap('csa', { a: '6' }), { by: 'someone' })
    expect(other.status).toBe(409)
  })

  it('does not take over what others have changed since', async () => {
    const before = configMap('csa-changed', { a: '1' })
    const annotations = { [annotation]: JSON.stringify(before) }
    const metadata = { name: 'csa-changed', annotations }
    await call(server, 'POST', `${maps}?fieldManager=kubectl-client-side-apply`, { ...before, metadata })
    await merge(`${maps}/csa-changed`, { data: { a: '2' } })
    const answer = await apply(`${maps}/csa-changed`, configMap('csa-changed', { a: '3' }), { by: 'kubectl' })
    expect(answer.json.message).toBe('Apply failed with 1 conflict: conflict with "other" using v1: .data.a')
  })
})

describe('objects of several versions', () => {
  const scalers = (version: string) => `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`
  const scaler = (version: string, spec: object): KubeObject & { spec: object } => ({
    apiVersion: `autoscaling/${version}`,
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'scaler' },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 5, ...spec },
  })

  it('keep the version in which each manager owns its fields', async () => {
    const first = await apply(`${scalers('v1')}/scaler`, scaler('v1', { targetCPUUtilizationPercentage: 70 }))
    expect(managed(first)).toMatchObject([{ apiVersion: 'autoscaling/v1' }])
    const seen = await get(`${scalers('v2')}/scaler`)
    expect(managed(seen)).toEqual(managed(first))
    const changed = await merge(`${scalers('v2')}/scaler`, { spec: { maxReplicas: 6 } })
    expect(managed(changed)).toMatchObject([{ apiVersion: 'autoscaling/v1' }, { apiVersion: 'autoscaling/v2' }])
    const refused = await apply(`${scalers('v1')}/scaler`, scaler('v1', { targetCPUUtilizationPercentage: 70 }))
    expect(refused.json.message).toBe(
      'Apply failed with 1 conflict: conflict with "other" using autoscaling/v2: .spec.maxReplicas',
    )
    const dropped = await apply(`${scalers('v2')}/scaler`, scaler('v2', { maxReplicas: 6 }))
    // The default of the newer form stands where the metric of the older one was.
    expect(dropped.json).toMatchObject({ spec: { metrics: [{ resource: { target: { averageUtilization: 80 } } }] } })
    expect(managed(dropped).find(({ manager }) => manager === 'one')?.apiVersion).toBe('autoscaling/v2')
  })
})
