import type { KubeObject } from '@wherry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { call } from './helpers.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const core = (namespace: string, resource: string) => `/api/v1/namespaces/${namespace}/${resource}`
let count = 0

/** A namespace with a quota of which so much is used. */
async function aQuota(hard: Record<string, string>, used: Record<string, string>, spec: object = {}): Promise<string> {
  const namespace = `n${count++}`
  await call(server, 'POST', '/api/v1/namespaces', { metadata: { name: namespace } })
  await call(server, 'POST', core(namespace, 'serviceaccounts'), { metadata: { name: 'default' } })
  await call(server, 'POST', core(namespace, 'resourcequotas'), { metadata: { name: 'q' }, spec: { hard, ...spec } })
  const status = { metadata: { name: 'q' }, status: { hard, used } }
  const answer = await call(server, 'PUT', `${core(namespace, 'resourcequotas')}/q/status`, status)
  expect(answer.status).toBe(200)
  return namespace
}

async function used(namespace: string): Promise<unknown> {
  const { json } = await call(server, 'GET', `${core(namespace, 'resourcequotas')}/q`)
  return Object(json.status).used
}

const pod = (name: string, resources: object = {}, spec: object = {}): KubeObject & { spec: object } => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i', resources }], ...spec },
})

describe('a quota', () => {
  it('refuses what goes beyond it, and is charged for what does not', async () => {
    const namespace = await aQuota({ pods: '1' }, { pods: '0' })
    expect((await call(server, 'POST', core(namespace, 'pods'), pod('a'))).status).toBe(201)
    expect(await used(namespace)).toEqual({ pods: '1' })
    const refused = await call(server, 'POST', core(namespace, 'pods'), pod('b'))
    expect(refused.status).toBe(403)
    expect(refused.json).toMatchObject({
      reason: 'Forbidden',
      message: 'pods "b" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
    })
  })

  it('asks containers for what it limits', async () => {
    const namespace = await aQuota(
      { 'limits.cpu': '1', 'requests.memory': '1Gi' },
      { 'limits.cpu': '0', 'requests.memory': '0' },
    )
    const { json } = await call(server, 'POST', core(namespace, 'pods'), pod('a', { limits: { cpu: '1' } }))
    expect(json.message).toBe('pods "a" is forbidden: failed quota: q: must specify requests.memory for: c')
    const resources = { requests: { cpu: '100m', memory: '2Gi' }, limits: { cpu: '2' } }
    const beyond = await call(server, 'POST', core(namespace, 'pods'), pod('a', resources))
    expect(beyond.json.message).toBe(
      'pods "a" is forbidden: exceeded quota: q, requested: limits.cpu=2,requests.memory=2Gi, used: limits.cpu=0,requests.memory=0, limited: limits.cpu=1,requests.memory=1Gi',
    )
  })

  it('counts objects of any kind', async () => {
    const namespace = await aQuota(
      { 'count/deployments.apps': '0', configmaps: '1', 'count/configmaps': '5' },
      { 'count/deployments.apps': '0', configmaps: '0', 'count/configmaps': '0' },
    )
    const deployment = {
      metadata: { name: 'd' },
      spec: { selector: { matchLabels: { a: 'b' } }, template: { ...pod('x'), metadata: { labels: { a: 'b' } } } },
    }
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`
    expect((await call(server, 'POST', path, deployment)).json.message).toBe(
      'deployments.apps "d" is forbidden: exceeded quota: q, requested: count/deployments.apps=1, used: count/deployments.apps=0, limited: count/deployments.apps=0',
    )
    expect((await call(server, 'POST', core(namespace, 'configmaps'), { metadata: { name: 'm' } })).status).toBe(201)
    expect(await used(namespace)).toEqual({ 'count/deployments.apps': '0', configmaps: '1', 'count/configmaps': '1' })
  })

  it('counts what a Service takes, on updates as well', async () => {
    const namespace = await aQuota({ 'services.nodeports': '1' }, { 'services.nodeports': '0' })
    const service = {
      metadata: { name: 's' },
      spec: {
        ports: [
          { port: 1, name: 'a' },
          { port: 2, name: 'b' },
        ],
      },
    }
    expect((await call(server, 'POST', core(namespace, 'services'), service)).status).toBe(201)
    const patch = JSON.stringify({ spec: { type: 'NodePort' } })
    const headers = { 'content-type': 'application/merge-patch+json' }
    const answer = await call(server, 'PATCH', `${core(namespace, 'services')}/s`, patch, headers)
    expect(answer.json.message).toBe(
      'services "s" is forbidden: exceeded quota: q, requested: services.nodeports=2, used: services.nodeports=0, limited: services.nodeports=1',
    )
  })

  it('counts the pods of its scopes only', async () => {
    const namespace = await aQuota({ pods: '0' }, { pods: '0' }, { scopes: ['BestEffort'] })
    const answer = await call(server, 'POST', core(namespace, 'pods'), pod('a'))
    expect(answer.json.message).toContain('exceeded quota: q')
    const burstable = pod('b', { requests: { cpu: '1' } })
    expect((await call(server, 'POST', core(namespace, 'pods'), burstable)).status).toBe(201)
  })

  it('is not charged by a dry run, and refuses that too', async () => {
    const namespace = await aQuota({ pods: '1' }, { pods: '0' })
    expect((await call(server, 'POST', `${core(namespace, 'pods')}?dryRun=All`, pod('a'))).status).toBe(201)
    expect(await used(namespace)).toEqual({ pods: '0' })
  })

  it('is shared by writers at the same time', async () => {
    const namespace = await aQuota({ pods: '3' }, { pods: '0' })
    const names = Array.from({ length: 10 }, (_, i) => `p${i}`)
    const answers = await Promise.all(names.map((name) => call(server, 'POST', core(namespace, 'pods'), pod(name))))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3)
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(7)
    expect(await used(namespace)).toEqual({ pods: '3' })
  })

  it('of which nobody knows the use refuses all that it counts', async () => {
    const namespace = await aQuota({ pods: '1' }, {})
    const { json } = await call(server, 'POST', core(namespace, 'pods'), pod('a'))
    expect(json.message).toBe('pods "a" is forbidden: status unknown for quota: q, resources: pods')
  })
})

describe('a namespace with a Pod Security Standard', () => {
  const prefix = 'pod-security.kubernetes.io/'
  const standard = async (labels: Record<string, string>) => {
    const name = `n${count++}`
    const answer = await call(server, 'POST', '/api/v1/namespaces', { metadata: { name, labels } })
    await call(server, 'POST', core(name, 'serviceaccounts'), { metadata: { name: 'default' } })
    return { name, answer }
  }

  it('refuses pods, and warns of workloads', async () => {
    const { name } = await standard({ [`${prefix}enforce`]: 'baseline' })
    const bad = pod('a', {}, { hostNetwork: true })
    const refused = await call(server, 'POST', core(name, 'pods'), bad)
    expect(refused.status).toBe(403)
    expect(refused.json.message).toBe(
      'pods "a" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
    )
    const template = { metadata: { labels: { a: 'b' } }, spec: bad.spec }
    const job = {
      metadata: { name: 'j' },
      spec: { template: { ...template, spec: { ...bad.spec, restartPolicy: 'Never' } } },
    }
    const answer = await call(server, 'POST', `/apis/batch/v1/namespaces/${name}/jobs`, job)
    expect(answer.status).toBe(201)
    expect(answer.headers.warning).toContain(
      'would violate PodSecurity \\"baseline:latest\\": host namespaces (hostNetwork=true)',
    )
  })

  it('tells which pods do not keep a new standard, and refuses labels that are none', async () => {
    const { name } = await standard({})
    await call(server, 'POST', core(name, 'pods'), pod('b', {}, { hostPID: true }))
    await call(server, 'POST', core(name, 'pods'), pod('a', {}, { hostPID: true }))
    const label = (level: string) =>
      call(
        server,
        'PATCH',
        `/api/v1/namespaces/${name}`,
        JSON.stringify({ metadata: { labels: { [`${prefix}enforce`]: level } } }),
        {
          'content-type': 'application/merge-patch+json',
        },
      )
    const { headers } = await label('baseline')
    expect(headers.warning).toBe(
      `299 - "existing pods in namespace \\"${name}\\" violate the new PodSecurity enforce level \\"baseline:latest\\"", 299 - "a (and 1 other pod): host namespaces"`,
    )
    const refused = await label('none')
    expect(refused.status).toBe(422)
    expect(refused.json.message).toContain(
      `metadata.labels[${prefix}enforce]: Invalid value: "none": must be one of privileged, baseline, restricted`,
    )
  })
})
