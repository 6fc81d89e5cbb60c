import { Node, Pod, PriorityClass, ServiceAccount } from '@wherry/api'
import { startTestServer, type TestServer } from '@wherry/apiserver/testing'
import { realClock, silentLogger } from '@wherry/component-base'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { newScheduler } from '../src/index.ts'

let server: TestServer
let stop: () => Promise<void>
beforeEach(async () => {
  server = await startTestServer()
  // The service account controller does this in a whole cluster.
  await server.client.create(ServiceAccount, { metadata: { namespace: 'default', name: 'default' } })
  const controller = new AbortController()
  const deps = { client: server.client, clock: realClock, logger: silentLogger, random: () => 0 }
  const running = newScheduler(deps).run(controller.signal)
  stop = async () => {
    controller.abort()
    await running
    await server.close()
  }
})
afterEach(() => stop())

async function addNode(name: string, cpu = '2'): Promise<void> {
  await server.client.create(Node, {
    metadata: { name },
    status: { allocatable: { cpu, memory: '1Gi', pods: '10' }, capacity: { cpu, memory: '1Gi', pods: '10' } },
  })
  // Admission taints new nodes until they are Ready; here they are at once.
  const node = await server.client.get(Node, { name })
  await server.client.update(Node, { ...node, spec: {} })
}

async function addPod(name: string, cpu: string, spec: Partial<Pod['spec'] & object> = {}): Promise<void> {
  const containers = [{ name: 'c', image: 'x', resources: { requests: { cpu } } }]
  await server.client.create(Pod, { metadata: { name, namespace: 'default' }, spec: { containers, ...spec } })
}

const getPod = (name: string) => server.client.get(Pod, { namespace: 'default', name })
const nodeOf = async (name: string) => (await getPod(name)).spec?.nodeName
const eventually = <T>(probe: () => Promise<T>) => vi.waitFor(probe, { timeout: 10_000, interval: 10 })

describe('the scheduler', () => {
  it('binds a pod to a node that takes it', async () => {
    await addNode('a')
    await addPod('x', '1')
    await eventually(async () => expect(await nodeOf('x')).toBe('a'))
    const { status } = await getPod('x')
    expect(status?.conditions).toMatchObject([{ type: 'PodScheduled', status: 'True' }])
  })

  it('says why a pod waits, and tries again when the cluster changes', async () => {
    await addNode('a', '1')
    await addPod('x', '2')
    await eventually(async () => {
      const condition = (await getPod('x')).status?.conditions?.find(({ type }) => type === 'PodScheduled')
      expect(condition).toMatchObject({
        status: 'False',
        reason: 'Unschedulable',
        message:
          '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
      })
    })
    await addNode('b', '4')
    await eventually(async () => expect(await nodeOf('x')).toBe('b'))
  })

  it('never gives more than a node has, however many pods come at once', async () => {
    await addNode('a', '4')
    await addNode('b', '4')
    await Promise.all(Array.from({ length: 10 }, (_, i) => addPod(`p${i}`, '1')))
    await eventually(async () => {
      const { items } = await server.client.list(Pod)
      const placed = items.map(({ spec }) => spec?.nodeName ?? 'none').sort()
      expect(placed).toEqual(['a', 'a', 'a', 'a', 'b', 'b', 'b', 'b', 'none', 'none'])
    })
  })

  it('lets a less important pod go for a more important one', async () => {
    await server.client.create(PriorityClass, { metadata: { name: 'high' }, value: 1000 })
    await addNode('a')
    await addPod('low', '2', { terminationGracePeriodSeconds: 0 })
    await eventually(async () => expect(await nodeOf('low')).toBe('a'))
    await addPod('high', '2', { priorityClassName: 'high' })
    // What a node agent does with a pod that is being deleted.
    await eventually(async () => {
      const low = await getPod('low').catch(() => undefined)
      if (low?.metadata.deletionTimestamp) {
        await server.client.delete(Pod, { namespace: 'default', name: 'low' }, { gracePeriodSeconds: 0 })
      }
      expect(await nodeOf('high')).toBe('a')
    })
  })

  it('leaves pods of other schedulers alone', async () => {
    await addNode('a')
    await addPod('other', '1', { schedulerName: 'mine' })
    await addPod('x', '1')
    await eventually(async () => expect(await nodeOf('x')).toBe('a'))
    expect(await nodeOf('other')).toBeUndefined()
  })
})
