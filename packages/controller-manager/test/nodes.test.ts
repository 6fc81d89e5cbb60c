import { Lease, Node, Pod } from '@wherry/api'
import { formatMicroTime, formatTime, isNotFound } from '@wherry/apimachinery'
import { FakeClock } from '@wherry/component-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually, startCluster, type TestCluster } from './cluster.ts'

let cluster: TestCluster
let clock: FakeClock
beforeEach(async () => {
  clock = new FakeClock()
  const controllers = ['node-lifecycle', 'taint-eviction', 'pod-garbage-collector']
  cluster = await startCluster({ controllers, clock, runPods: false })
})
afterEach(() => cluster.close())

const namespace = 'default'

async function addNode(name: string, ready = true): Promise<void> {
  const { client } = cluster
  await client.create(Node, { metadata: { name } })
  await client.create(Lease, {
    metadata: { name, namespace: 'kube-node-lease' },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: formatMicroTime(clock.now()) },
  })
  await report(name, ready)
}

async function report(name: string, ready: boolean): Promise<void> {
  const time = formatTime(clock.now())
  const node = await cluster.client.get(Node, { name })
  const status = ready ? 'True' : 'False'
  node.status = {
    ...node.status,
    conditions: [{ type: 'Ready', status, lastHeartbeatTime: time, lastTransitionTime: time, reason: 'Test' }],
  }
  await cluster.client.update(Node, node, { subresource: 'status' })
}

async function renew(name: string): Promise<void> {
  const patch = { spec: { renewTime: formatMicroTime(clock.now()) } }
  await cluster.client.patch(Lease, { namespace: 'kube-node-lease', name }, patch, { type: 'merge' })
}

async function runPod(
  name: string,
  node: string,
  tolerations?: Pod['spec'] & {} extends { tolerations?: infer T } ? T : never,
): Promise<void> {
  const pod: Pod = {
    metadata: { name, namespace },
    spec: { nodeName: node, containers: [{ name: 'c', image: 'i' }], ...(tolerations ? { tolerations } : {}) },
  }
  const created = await cluster.client.create(Pod, pod)
  const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: formatTime(clock.now()) }]
  await cluster.client.update(Pod, { ...created, status: { phase: 'Running', conditions } }, { subresource: 'status' })
}

const readyOf = async (name: string) =>
  (await cluster.client.get(Node, { name })).status?.conditions?.find(({ type }) => type === 'Ready')
const taintsOf = async (name: string) =>
  ((await cluster.client.get(Node, { name })).spec?.taints ?? [])
    .map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`)
    .sort()
const isTainted = (name: string, ...want: string[]) =>
  eventually(async () => (await taintsOf(name)).join() === want.join())

/** Moves time until it comes true: what the clock wakes may have to be seen by the caches before more time passes. */
function afterTime<T>(stepMs: number, fn: () => Promise<T | undefined | false>): Promise<T> {
  return eventually(async () => {
    await clock.advance(stepMs)
    return fn()
  })
}

describe('a node', () => {
  it('that falls silent becomes Unknown, with its pods, and is closed', async () => {
    await addNode('n1')
    await addNode('n2')
    await runPod('p', 'n1')
    await isTainted('n1')
    // The other node stays alive meanwhile, by its lease alone.
    const unknown = await afterTime(5_000, async () => {
      await renew('n2')
      const ready = await readyOf('n1')
      return ready?.status === 'Unknown' && ready
    })
    expect(unknown).toMatchObject({ reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' })
    expect((await readyOf('n2'))?.status).toBe('True')
    await isTainted('n1', 'unreachable:NoExecute', 'unreachable:NoSchedule')
    await eventually(async () => {
      const { status } = await cluster.client.get(Pod, { namespace, name: 'p' })
      return status?.conditions?.some(({ type, status: s }) => type === 'Ready' && s === 'False')
    })
    await report('n1', true)
    await isTainted('n1')
  })

  it('is opened when it is ready for the first time', async () => {
    await addNode('n1', false)
    await addNode('n2')
    await isTainted('n1', 'not-ready:NoExecute', 'not-ready:NoSchedule')
    await report('n1', true)
    await isTainted('n1')
  })

  it('that is cordoned is marked', async () => {
    await addNode('n1')
    await cluster.client.patch(Node, { name: 'n1' }, { spec: { unschedulable: true } }, { type: 'merge' })
    await isTainted('n1', 'unschedulable:NoSchedule')
    await cluster.client.patch(Node, { name: 'n1' }, { spec: { unschedulable: null } }, { type: 'merge' })
    await isTainted('n1')
  })
})

describe('the pods of an unreachable node', () => {
  const isDeleted = async (name: string) => {
    try {
      return (await cluster.client.get(Pod, { namespace, name })).metadata.deletionTimestamp !== undefined
    } catch (error) {
      if (isNotFound(error)) return true
      throw error
    }
  }

  it('are evicted after the time that they tolerate it', async () => {
    await addNode('n1')
    await addNode('n2')
    const tolerate = { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' }
    const notReady = { ...tolerate, key: 'node.kubernetes.io/not-ready' }
    await runPod('patient', 'n1', [
      { ...tolerate, tolerationSeconds: 300 },
      { ...notReady, tolerationSeconds: 300 },
    ])
    await runPod('eternal', 'n1', [tolerate, notReady])
    await runPod('hasty', 'n1', [
      { ...tolerate, tolerationSeconds: 0 },
      { ...notReady, tolerationSeconds: 0 },
    ])
    const began = clock.now()
    await afterTime(5_000, async () => {
      await renew('n2')
      return isDeleted('hasty')
    })
    expect(await isDeleted('patient')).toBe(false)
    const { status } = await cluster.client.get(Pod, { namespace, name: 'hasty' }).catch(() => ({ status: undefined }))
    if (status)
      expect(status.conditions).toContainEqual(
        expect.objectContaining({ type: 'DisruptionTarget', reason: 'DeletionByTaintManager' }),
      )
    await afterTime(10_000, async () => {
      await renew('n2')
      return isDeleted('patient')
    })
    expect(clock.now() - began).toBeGreaterThanOrEqual(350_000)
    expect(await isDeleted('eternal')).toBe(false)
  })

  it('stay when no node at all is ready', async () => {
    await addNode('n1')
    await runPod('p', 'n1', [
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 0 },
    ])
    await afterTime(5_000, async () => (await readyOf('n1'))?.status === 'Unknown')
    await isTainted('n1', 'unreachable:NoSchedule')
    expect(await isDeleted('p')).toBe(false)
  })
})

describe('the pods of a node that is gone', () => {
  it('are removed after a while', async () => {
    await addNode('n1')
    await runPod('lost', 'n1')
    await cluster.client.delete(Node, { name: 'n1' })
    await afterTime(10_000, () =>
      cluster.client.get(Pod, { namespace, name: 'lost' }).then(
        () => false,
        (error: unknown) => isNotFound(error),
      ),
    )
  })
})
