import {
  type ServiceReference,
  ConfigMap,
  Deployment,
  EndpointSlice,
  HorizontalPodAutoscaler,
  type MutatingWebhook,
  MutatingWebhookConfiguration,
  Namespace,
  Service,
  type ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '@wherry/api'
import { FakeClock } from '@wherry/component-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { type ReviewRequest, startWebhook, type WebhookServer } from '../testing/webhook-server.ts'
import { aDefinition, anObject, define, pathOf, withSpec } from './custom-helpers.ts'
import { call } from './helpers.ts'

let server: TestServer
let webhook: WebhookServer
let answer: (request: ReviewRequest, path: string) => object | string | undefined

beforeEach(async () => {
  answer = () => ({ allowed: true })
  server = await startTestServer()
  webhook = await startWebhook((request, path) => answer(request, path), ['hook.default.svc'])
})

afterEach(async () => {
  await server.close()
  await webhook.close()
})

const patchOf = (operations: object[]) => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
})

const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] }

function hook<T extends MutatingWebhook | ValidatingWebhook>(more: Partial<T> = {}): MutatingWebhook {
  return {
    name: 'a.example.com',
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    clientConfig: { url: `https://127.0.0.1:${webhook.port}/check`, caBundle: webhook.caBundle },
    rules: [rule],
    ...more,
  }
}

const mutating = (...webhooks: MutatingWebhook[]) =>
  server.client.create(MutatingWebhookConfiguration, { metadata: { name: 'm' }, webhooks })
const validating = (...webhooks: ValidatingWebhook[]) =>
  server.client.create(ValidatingWebhookConfiguration, { metadata: { name: 'v' }, webhooks })
const create = (name: string, data: Record<string, string> = {}) =>
  server.client.create(ConfigMap, { metadata: { namespace: 'default', name }, data })

describe('validating webhooks', () => {
  it('see the request as upstream sends it', async () => {
    await validating(hook())
    await create('a', { k: 'v' })
    const [{ path, request } = { path: '', request: undefined }] = webhook.calls
    expect(path).toBe('/check?timeout=10s')
    expect(request).toMatchObject({
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
      requestResource: { group: '', version: 'v1', resource: 'configmaps' },
      name: 'a',
      namespace: 'default',
      operation: 'CREATE',
      userInfo: { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
      object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a', namespace: 'default' }, data: { k: 'v' } },
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    })
  })

  it('see old and new objects of an update, and the old one of a delete', async () => {
    await create('a', { k: 'old' })
    await validating(hook())
    await server.client.patch(ConfigMap, { namespace: 'default', name: 'a' }, { data: { k: 'new' } }, { type: 'merge' })
    await server.client.delete(ConfigMap, { namespace: 'default', name: 'a' })
    expect(webhook.calls.map(({ request }) => request)).toMatchObject([
      { operation: 'UPDATE', object: { data: { k: 'new' } }, oldObject: { data: { k: 'old' } } },
      { operation: 'DELETE', object: null, oldObject: { data: { k: 'new' } }, options: { kind: 'DeleteOptions' } },
    ])
  })

  it.each([
    {
      result: { message: 'no', code: 403 },
      code: 403,
      text: 'admission webhook "a.example.com" denied the request: no',
    },
    { result: { reason: 'Busy' }, code: 400, text: 'admission webhook "a.example.com" denied the request: Busy' },
    {
      result: undefined,
      code: 400,
      text: 'admission webhook "a.example.com" denied the request without explanation',
    },
    {
      result: { status: 'Success', code: 200, message: 'm' },
      code: 400,
      text: 'admission webhook "a.example.com" denied the request: m',
    },
  ])('refuse with $code "$text"', async ({ result, code, text }) => {
    answer = () => ({ allowed: false, status: result })
    await validating(hook())
    await expect(create('a')).rejects.toMatchObject({ status: { status: 'Failure', code, message: text } })
    expect(server.behaviours.store(ConfigMap).get({ namespace: 'default', name: 'a' })).toBeUndefined()
  })

  it('add warnings to the answer', async () => {
    answer = () => ({ allowed: true, warnings: ['mind the gap'] })
    await validating(hook())
    const body = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' } }
    const { headers } = await call(server, 'POST', '/api/v1/namespaces/default/configmaps', body)
    expect(headers.warning).toBe('299 - "mind the gap"')
  })

  it.each([
    {
      what: 'no JSON',
      sent: 'nonsense',
      text: "failed to call webhook: couldn't get version/kind; json parse error: ",
    },
    {
      what: 'another uid',
      sent: { uid: 'x', allowed: true },
      text: 'received invalid webhook response: expected response.uid="',
    },
    {
      what: 'a patch',
      sent: { allowed: true, patch: 'W10=' },
      text: 'received invalid webhook response: validating webhook may not return response.patch',
    },
    {
      what: 'no response',
      sent: '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}',
      text: 'received invalid webhook response: webhook response was absent',
    },
    {
      what: 'another kind',
      sent: '{"kind":"Pod","apiVersion":"v1","response":{}}',
      text: 'received invalid webhook response: expected response.uid="',
    },
  ])('that answer with $what fail the request, or not, by their policy', async ({ sent, text }) => {
    answer = () => sent
    await validating(hook())
    await expect(create('a')).rejects.toMatchObject({
      status: {
        code: 500,
        reason: 'InternalError',
        message: expect.stringContaining(`Internal error occurred: failed calling webhook "a.example.com": ${text}`),
      },
    })
    await server.client.patch(
      ValidatingWebhookConfiguration,
      { name: 'v' },
      [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' }],
      { type: 'json' },
    )
    await create('a')
  })

  it('that cannot be reached are told in the words of Go', async () => {
    const url = `https://127.0.0.1:${webhook.port}/x`
    await webhook.close()
    await validating(hook({ clientConfig: { url, caBundle: webhook.caBundle } }))
    await expect(create('a')).rejects.toThrow(
      `failed to call webhook: Post "${url}?timeout=10s": dial tcp 127.0.0.1:${webhook.port}: connect: connection refused`,
    )
  })

  it('that do not answer in time fail', async () => {
    const clock = new FakeClock(Date.UTC(2026, 0, 1))
    const slow = await startTestServer({ clock })
    const asked = new Promise<void>((resolve) => {
      answer = () => void resolve()
    })
    await slow.client.create(ValidatingWebhookConfiguration, {
      metadata: { name: 'v' },
      webhooks: [hook({ timeoutSeconds: 7 })],
    })
    const created = slow.client.create(ConfigMap, { metadata: { namespace: 'default', name: 'a' } })
    const refused = expect(created).rejects.toThrow('?timeout=7s": context deadline exceeded')
    await asked
    await clock.advance(7000)
    await refused
    await slow.close()
  })

  it('of an unknown authority are not trusted', async () => {
    await validating(hook({ clientConfig: { url: `https://127.0.0.1:${webhook.port}/x` } }))
    await expect(create('a')).rejects.toThrow(
      'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    )
  })

  it('with side effects refuse dry runs', async () => {
    await server.client.create(ValidatingWebhookConfiguration, {
      metadata: { name: 'v' },
      webhooks: [hook({ admissionReviewVersions: ['v1beta1'], sideEffects: 'NoneOnDryRun' })],
    })
    const dryRun = { dryRun: true } as const
    await server.client.create(ConfigMap, { metadata: { namespace: 'default', name: 'a' } }, dryRun)
    expect(webhook.calls[0]?.request).toMatchObject({ dryRun: true, options: { dryRun: ['All'] } })
  })

  it('are told the options of the request', async () => {
    await validating(hook())
    const path = '/api/v1/namespaces/default/configmaps'
    const body = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' } }
    await call(server, 'POST', `${path}?fieldManager=me&fieldValidation=Strict`, body)
    await call(server, 'DELETE', `${path}/a`, { gracePeriodSeconds: 3, propagationPolicy: 'Foreground' })
    expect(webhook.calls.map(({ request }) => request.options)).toEqual([
      { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'me', fieldValidation: 'Strict' },
      { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', gracePeriodSeconds: 3, propagationPolicy: 'Foreground' },
    ])
  })

  it('judge who connects to a pod', async () => {
    answer = () => ({ allowed: false, status: { message: 'not into this one', code: 403 } })
    await validating(hook({ rules: [{ ...rule, operations: ['CONNECT'], resources: ['pods/exec'] }] }))
    const path = '/api/v1/namespaces/default/pods/p/exec?command=sh&command=-i&container=c&stdin=true'
    const { json } = await call(server, 'POST', path)
    expect(json.message).toBe('admission webhook "a.example.com" denied the request: not into this one')
    expect(webhook.calls[0]?.request).toMatchObject({
      kind: { group: '', version: 'v1', kind: 'PodExecOptions' },
      resource: { resource: 'pods' },
      subResource: 'exec',
      operation: 'CONNECT',
      name: 'p',
      object: { stdin: true, stdout: true, stderr: true, container: 'c', command: ['sh', '-i'] },
      oldObject: null,
      options: null,
    })
  })

  it('are not asked about configurations of admission', async () => {
    await validating(hook({ rules: [{ ...rule, apiGroups: ['*'], resources: ['*'] }] }))
    await mutating(hook())
    await server.client.delete(ValidatingWebhookConfiguration, { name: 'v' })
    expect(webhook.calls).toEqual([])
  })
})

describe('which requests match', () => {
  const cases: { what: string; more: Partial<ValidatingWebhook>; asked: boolean }[] = [
    { what: 'another resource', more: { rules: [{ ...rule, resources: ['secrets'] }] }, asked: false },
    { what: 'all resources', more: { rules: [{ ...rule, resources: ['*'] }] }, asked: true },
    { what: 'a subresource', more: { rules: [{ ...rule, resources: ['configmaps/status'] }] }, asked: false },
    { what: 'another operation', more: { rules: [{ ...rule, operations: ['DELETE'] }] }, asked: false },
    { what: 'another version', more: { rules: [{ ...rule, apiVersions: ['v2'] }] }, asked: false },
    { what: 'cluster scope', more: { rules: [{ ...rule, scope: 'Cluster' }] }, asked: false },
    { what: 'namespaced scope', more: { rules: [{ ...rule, scope: 'Namespaced' }] }, asked: true },
    { what: 'labels it has', more: { objectSelector: { matchLabels: { app: 'a' } } }, asked: true },
    { what: 'labels it lacks', more: { objectSelector: { matchLabels: { app: 'b' } } }, asked: false },
    {
      what: 'its namespace',
      more: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } } },
      asked: true,
    },
    { what: 'another namespace', more: { namespaceSelector: { matchLabels: { team: 'x' } } }, asked: false },
  ]
  it.each(cases)('$what: $asked', async ({ more, asked }) => {
    await validating(hook(more))
    await server.client.create(ConfigMap, { metadata: { namespace: 'default', name: 'a', labels: { app: 'a' } } })
    expect(webhook.calls.length > 0).toBe(asked)
  })

  it('a namespace by its own new labels', async () => {
    await validating(
      hook({
        rules: [{ ...rule, resources: ['namespaces'] }],
        namespaceSelector: { matchLabels: { team: 'x' } },
      }),
    )
    await server.client.create(Namespace, { metadata: { name: 'n1' } })
    await server.client.create(Namespace, { metadata: { name: 'n2', labels: { team: 'x' } } })
    expect(webhook.calls.map(({ request }) => request)).toMatchObject([{ name: 'n2', namespace: 'n2' }])
  })

  it('another version of the resource, which the webhook then sees', async () => {
    const autoscalers = { apiGroups: ['autoscaling'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['*'] }
    await validating(hook({ rules: [autoscalers], matchPolicy: 'Equivalent' }))
    await server.client.create(HorizontalPodAutoscaler, {
      metadata: { namespace: 'default', name: 'h' },
      spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' } },
    })
    expect(webhook.calls[0]?.request).toMatchObject({
      kind: { group: 'autoscaling', version: 'v1', kind: 'HorizontalPodAutoscaler' },
      requestKind: { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' },
      object: { apiVersion: 'autoscaling/v1', spec: { maxReplicas: 3 } },
    })
  })

  it('another version of a custom resource, which it may change in that one', async () => {
    const versions = ['v1', 'v2'].map((name) => ({
      name,
      served: true,
      storage: name === 'v1',
      ...withSpec({ type: 'object', properties: { cron: { type: 'string' }, by: { type: 'string' } } }),
    }))
    await define(server, aDefinition('crons', {}, { versions }))
    answer = () => patchOf([{ op: 'add', path: '/spec/by', value: 'webhook' }])
    const crons = {
      apiGroups: ['stable.example.com'],
      apiVersions: ['v1'],
      operations: ['CREATE'],
      resources: ['crons'],
    }
    await mutating(hook({ rules: [crons], matchPolicy: 'Equivalent' }))
    const object = anObject('crons', 'a', { spec: { cron: '* * * * *' } }, 'v2')
    const { json } = await call(server, 'POST', pathOf('crons', '', 'v2'), object)
    expect(json).toMatchObject({ apiVersion: 'stable.example.com/v2', spec: { cron: '* * * * *', by: 'webhook' } })
    expect(webhook.calls[0]?.request).toMatchObject({
      kind: { version: 'v1' },
      requestKind: { version: 'v2' },
      object: { apiVersion: 'stable.example.com/v1' },
    })
  })

  it('a scale by its own kind', async () => {
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    await server.client.create(Deployment, {
      metadata: { namespace: 'default', name: 'd' },
      spec: { selector: { matchLabels: { a: 'b' } }, template },
    })
    answer = () => patchOf([{ op: 'replace', path: '/spec/replicas', value: 7 }])
    await mutating(hook({ rules: [{ ...rule, apiGroups: ['apps'], resources: ['deployments/scale'] }] }))
    const path = '/apis/apps/v1/namespaces/default/deployments/d/scale'
    const { json } = await call(
      server,
      'PATCH',
      path,
      { spec: { replicas: 2 } },
      { 'content-type': 'application/merge-patch+json' },
    )
    expect(json).toMatchObject({ kind: 'Scale', spec: { replicas: 7 } })
    expect(webhook.calls[0]?.request).toMatchObject({
      kind: { kind: 'Scale' },
      subResource: 'scale',
      object: { spec: { replicas: 2 } },
    })
  })
})

describe('mutating webhooks', () => {
  it('change what is written, defaults and validation after them', async () => {
    answer = () => patchOf([{ op: 'add', path: '/data/by', value: 'webhook' }])
    await mutating(hook())
    expect(await create('a', { k: 'v' })).toMatchObject({ data: { k: 'v', by: 'webhook' } })
  })

  it('cannot break the rules of the kind', async () => {
    answer = () => patchOf([{ op: 'add', path: '/data/a b', value: 'x' }])
    await mutating(hook())
    await expect(create('a', { k: 'v' })).rejects.toThrow('data[a b]: Invalid value: "a b"')
  })

  it('are asked in the order of their configurations, each seeing what those before have done', async () => {
    answer = ({ object }, path) => {
      const { data = {} }: { data?: Record<string, string> } = Object(object)
      return patchOf([{ op: 'replace', path: '/data', value: { ...data, seen: `${data.seen ?? ''}${path[1]}` } }])
    }
    const at = (name: string) =>
      hook({
        name: `${name}.example.com`,
        clientConfig: { url: `https://127.0.0.1:${webhook.port}/${name}`, caBundle: webhook.caBundle },
      })
    await mutating(at('b'), at('c'))
    await server.client.create(MutatingWebhookConfiguration, { metadata: { name: 'l' }, webhooks: [at('a')] })
    expect((await create('x', {})).data).toEqual({ seen: 'abc' })
  })

  it('are asked once more when a later one has changed the object, where they wish so', async () => {
    answer = ({ object }, path) => {
      const { data = {} }: { data?: Record<string, string> } = Object(object)
      if (path.startsWith('/late'))
        return data.late ? { allowed: true } : patchOf([{ op: 'add', path: '/data/late', value: 'yes' }])
      return patchOf([{ op: 'add', path: '/data/count', value: `${Number(data.count ?? 0) + 1}` }])
    }
    const at = (name: string, more: Partial<MutatingWebhook> = {}) =>
      hook({
        ...more,
        name: `${name}.example.com`,
        clientConfig: { url: `https://127.0.0.1:${webhook.port}/${name}`, caBundle: webhook.caBundle },
      })
    await mutating(at('early', { reinvocationPolicy: 'IfNeeded' }), at('late'))
    expect((await create('x', { k: 'v' })).data).toEqual({ k: 'v', late: 'yes', count: '2' })
    expect(webhook.calls.map(({ path }) => path.split('?')[0])).toEqual(['/early', '/late', '/early'])
  })

  it.each([
    {
      what: 'not base64 of JSON',
      sent: { allowed: true, patchType: 'JSONPatch', patch: 'AAAA' },
      text: 'received undecodable patch in webhook response',
    },
    {
      what: 'without its type',
      sent: { allowed: true, patch: 'W10=' },
      text: 'webhook returned response.patch but not response.patchType',
    },
  ])('with a patch $what fail', async ({ sent, text }) => {
    answer = () => sent
    await mutating(hook())
    await expect(create('a')).rejects.toThrow(text)
  })

  it('cannot patch what is deleted', async () => {
    await create('a')
    answer = () => patchOf([{ op: 'add', path: '/data', value: {} }])
    await mutating(hook())
    await expect(server.client.delete(ConfigMap, { namespace: 'default', name: 'a' })).rejects.toThrow(
      'admission webhook "a.example.com" attempted to modify the object, which is not supported for this operation',
    )
  })
})

describe('webhooks of a service', () => {
  const clientConfig = (more: Partial<ServiceReference> = {}) => ({
    caBundle: webhook.caBundle,
    service: { namespace: 'default', name: 'hook', path: '/admit', ...more },
  })

  it('are reached at an endpoint, under the name of the service', async () => {
    await server.client.create(Service, {
      metadata: { namespace: 'default', name: 'hook' },
      spec: { ports: [{ port: 443, targetPort: webhook.port }] },
    })
    await validating(hook({ clientConfig: clientConfig() }))
    await expect(create('a')).rejects.toThrow(
      'failed to call webhook: Post "https://hook.default.svc:443/admit?timeout=10s": no endpoints available for service "hook"',
    )
    await server.client.create(EndpointSlice, {
      metadata: { namespace: 'default', name: 'hook-1', labels: { 'kubernetes.io/service-name': 'hook' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['127.0.0.1'] }],
      ports: [{ port: webhook.port, name: '' }],
    })
    await create('a')
    expect(webhook.calls.map(({ path }) => path)).toEqual(['/admit?timeout=10s'])
  })

  it('that is not there fail', async () => {
    await validating(hook({ clientConfig: clientConfig({ port: 8443 }) }))
    await expect(create('a')).rejects.toThrow(
      'Post "https://hook.default.svc:8443/admit?timeout=10s": service "hook" not found',
    )
  })
})
