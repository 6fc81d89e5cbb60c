import { Namespace, Pod, PodDisruptionBudget, type PodSpec, ServiceAccount, type Status } from '@wherry/api'
import { isStatusError } from '@wherry/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'

const namespace = 'default'
let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await server.client.create(ServiceAccount, { metadata: { name: 'default', namespace } })
})
afterAll(() => server.close())

const key = (name: string) => ({ namespace, name })
const create = (name: string, spec: Partial<PodSpec> = {}, labels = {}) =>
  server.client.create(Pod, {
    metadata: { name, namespace, labels },
    spec: { containers: [{ name: 'c', image: 'app:1' }], ...spec },
  })
const bind = (name: string, node: string, metadata = {}) =>
  server.client.createSubresource<Status>(Pod, key(name), 'binding', {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, ...metadata },
    target: { kind: 'Node', name: node },
  })
const evict = (name: string) =>
  server.client.createSubresource<Status>(Pod, key(name), 'eviction', {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
  })
const setStatus = async (name: string, status: Pod['status']) => {
  const pod = await server.client.get(Pod, key(name))
  return server.client.update(Pod, { ...pod, status: { ...pod.status, ...status } }, { subresource: 'status' })
}
async function refusal(write: Promise<unknown>): Promise<Status> {
  try {
    await write
  } catch (error) {
    if (isStatusError(error)) return error.status
    throw error
  }
  throw new Error('the write was not refused')
}

describe('a pod', () => {
  it('begins pending, with its class and generation', async () => {
    const resources = { limits: { cpu: '1', memory: '1Gi' } }
    const pod = await create('new', { containers: [{ name: 'c', image: 'app:1', resources }] })
    expect(pod.metadata.generation).toBe(1)
    expect(pod.status).toEqual({ phase: 'Pending', qosClass: 'Guaranteed' })
  })

  it('that is gated says that it is not scheduled', async () => {
    const pod = await create('gated', { schedulingGates: [{ name: 'example.com/wait' }] })
    expect(pod.status?.conditions).toEqual([
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ])
    expect((await refusal(bind('gated', 'n1'))).message).toBe(
      'Operation cannot be fulfilled on pods/binding "gated": pod gated has non-empty .spec.schedulingGates',
    )
  })

  it('is bound to a node once', async () => {
    await create('bound')
    expect(await bind('bound', 'n1', { annotations: { by: 'test' } })).toMatchObject({ status: 'Success', code: 201 })
    const pod = await server.client.get(Pod, key('bound'))
    expect(pod.spec?.nodeName).toBe('n1')
    expect(pod.metadata).toMatchObject({ annotations: { by: 'test' }, generation: 1 })
    expect(pod.status?.conditions).toMatchObject([{ type: 'PodScheduled', status: 'True' }])
    const refused = await refusal(bind('bound', 'n2'))
    expect(refused).toMatchObject({ code: 409, reason: 'Conflict' })
    expect(refused.message).toBe(
      'Operation cannot be fulfilled on pods/binding "bound": pod bound is already assigned to node "n1"',
    )
  })

  it('goes at once while no node has it, and after its grace period when one has', async () => {
    await create('unscheduled')
    await server.client.delete(Pod, key('unscheduled'))
    expect((await refusal(server.client.get(Pod, key('unscheduled')))).code).toBe(404)
    await create('graceful', { terminationGracePeriodSeconds: 7 })
    await bind('graceful', 'n1')
    await server.client.delete(Pod, key('graceful'))
    const { metadata } = await server.client.get(Pod, key('graceful'))
    expect(metadata.deletionGracePeriodSeconds).toBe(7)
    await server.client.delete(Pod, { ...key('graceful') }, { gracePeriodSeconds: 0 })
    expect((await refusal(server.client.get(Pod, key('graceful')))).code).toBe(404)
  })

  it('keeps its class and the owners of the status’s writer apart', async () => {
    await create('status')
    const pod = await setStatus('status', { phase: 'Running', podIP: '10.0.0.8', qosClass: '' })
    expect(pod.status).toMatchObject({ qosClass: 'BestEffort', podIP: '10.0.0.8', podIPs: [{ ip: '10.0.0.8' }] })
  })

  it('takes ephemeral containers on their own path only, and keeps them', async () => {
    const pod = await create('debugged')
    const debug = { name: 'debug', image: 'tools:1' }
    const direct = { ...pod, spec: { containers: [], ...pod.spec, ephemeralContainers: [debug] } }
    expect((await refusal(server.client.update(Pod, direct))).code).toBe(422)
    const subresource = 'ephemeralcontainers'
    const updated = await server.client.update(Pod, direct, { subresource })
    expect(updated.spec?.ephemeralContainers).toMatchObject([{ ...debug, terminationMessagePolicy: 'File' }])
    expect(updated.metadata.generation).toBe(2)
    const without = { ...updated, spec: { containers: [], ...updated.spec, ephemeralContainers: [] } }
    expect((await refusal(server.client.update(Pod, without, { subresource }))).message).toContain(
      'existing ephemeral containers "debug" may not be removed',
    )
  })

  it('is resized on its own path, within its class', async () => {
    const resources = { requests: { cpu: '100m' }, limits: { cpu: '200m' } }
    await create('resized', { containers: [{ name: 'c', image: 'app:1', resources }] })
    const resize = (changed: object) =>
      server.client.patch(
        Pod,
        key('resized'),
        { spec: { containers: [{ name: 'c', resources: changed }] } },
        { type: 'strategic', subresource: 'resize' },
      )
    const pod = await resize({ requests: { cpu: '150m' } })
    expect(pod.spec?.containers[0]?.resources?.requests).toEqual({ cpu: '150m' })
    const refused = await refusal(resize({ requests: { 'ephemeral-storage': '1Gi' } }))
    expect(refused.message).toContain('only cpu and memory resources are mutable')
  })
})

describe('an eviction', () => {
  const budget = async (name: string, status: PodDisruptionBudget['status'], spec = {}) => {
    const selector = { matchLabels: { budget: name } }
    const created = await server.client.create(PodDisruptionBudget, {
      metadata: { name, namespace },
      spec: { minAvailable: 1, selector, ...spec },
    })
    await server.client.update(
      PodDisruptionBudget,
      { ...created, status: { observedGeneration: 1, ...status } },
      { subresource: 'status' },
    )
  }
  const running = async (name: string, ready = true) => {
    await create(name, { terminationGracePeriodSeconds: 30 }, { budget: name })
    await bind(name, 'n1')
    const condition = { type: 'Ready', status: ready ? 'True' : 'False' }
    await setStatus(name, { phase: 'Running', conditions: [condition] })
  }

  it('deletes a pod that no budget covers, and says why it goes', async () => {
    await running('free')
    expect(await evict('free')).toMatchObject({ status: 'Success', code: 201 })
    const pod = await server.client.get(Pod, key('free'))
    expect(pod.metadata.deletionGracePeriodSeconds).toBe(30)
    expect(pod.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'DisruptionTarget', reason: 'EvictionByEvictionAPI' }),
    )
  })

  it('uses up what a budget allows', async () => {
    await running('allowed')
    await budget('allowed', { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 })
    await evict('allowed')
    const { status } = await server.client.get(PodDisruptionBudget, key('allowed'))
    expect(status).toMatchObject({ disruptionsAllowed: 0, disruptedPods: { allowed: expect.any(String) } })
    expect(status?.conditions).toMatchObject([
      { type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods' },
    ])
  })

  it('is refused when a budget does not allow it', async () => {
    await running('needed')
    await budget('needed', { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 })
    const status = await refusal(evict('needed'))
    expect(status).toMatchObject({ code: 429, reason: 'TooManyRequests' })
    expect(status.message).toBe("Cannot evict pod as it would violate the pod's disruption budget.")
    expect(status.details?.causes).toEqual([
      { reason: 'DisruptionBudget', message: 'The disruption budget needed needs 1 healthy pods and has 1 currently' },
    ])
  })

  it('is put off while the budget’s controller has not caught up', async () => {
    await running('early')
    await budget('early', { observedGeneration: 0, disruptionsAllowed: 1 })
    // Not through the client's own call, which would wait and ask again, as it is told.
    const path = `/api/v1/namespaces/${namespace}/pods/early/eviction`
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'early', namespace } }
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify(eviction)
    const response = await fetch(`${server.url}${path}`, { method: 'POST', headers, body })
    expect(response.headers.get('retry-after')).toBe('10')
    const status: unknown = await response.json()
    expect(status).toMatchObject({
      details: {
        retryAfterSeconds: 10,
        causes: [{ message: 'The disruption budget early is still being processed by the server.' }],
      },
    })
  })

  it('takes pods that are not ready where the policy allows', async () => {
    await running('unready', false)
    const spec = { unhealthyPodEvictionPolicy: 'AlwaysAllow' }
    await budget('unready', { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 1, expectedPods: 1 }, spec)
    await evict('unready')
    expect((await server.client.get(Pod, key('unready'))).metadata.deletionTimestamp).toBeDefined()
  })
})

describe('a namespace', () => {
  it('stays until its own finalizer is taken away', async () => {
    const created = await server.client.create(Namespace, { metadata: { generateName: 'ns-' } })
    const name = created.metadata.name ?? ''
    expect(created.metadata.labels).toEqual({ 'kubernetes.io/metadata.name': name })
    expect(created).toMatchObject({ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } })
    await server.client.delete(Namespace, { name })
    const terminating = await server.client.get(Namespace, { name })
    expect(terminating.status?.phase).toBe('Terminating')
    const emptied = { ...terminating, spec: { finalizers: [] } }
    await server.client.update(Namespace, emptied)
    expect((await server.client.get(Namespace, { name })).spec?.finalizers).toEqual(['kubernetes'])
    const current = await server.client.get(Namespace, { name })
    await server.client.update(Namespace, { ...current, spec: { finalizers: [] } }, { subresource: 'finalize' })
    expect((await refusal(server.client.get(Namespace, { name }))).code).toBe(404)
  })
})
