import { Event, Pod, ReplicaSet, ReplicationController } from '@wherry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startCluster, type TestCluster } from './cluster.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startCluster({ controllers: ['replicaset', 'replicationcontroller'] })
})
afterAll(() => cluster.close())

const namespace = 'default'
const template = (app: string) => ({ metadata: { labels: { app } }, spec: { containers: [{ name: 'c', image: 'i' }] } })

function set(name: string, replicas: number): ReplicaSet {
  return {
    metadata: { name, namespace },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: template(name) },
  }
}

function settled(name: string, replicas: number) {
  return eventually(async () => {
    const got = await cluster.client.get(ReplicaSet, { namespace, name })
    return got.status?.replicas === replicas && (got.status.availableReplicas ?? 0) === replicas && got
  })
}

async function podsOf(app: string) {
  return (await cluster.client.list(Pod, { namespace, labelSelector: `app=${app}` })).items
}

describe('a ReplicaSet', () => {
  it('keeps as many pods as it is asked for, and replaces one that is deleted', async () => {
    await cluster.client.create(ReplicaSet, set('a', 3))
    const got = await settled('a', 3)
    expect(got.status).toMatchObject({ replicas: 3, fullyLabeledReplicas: 3, readyReplicas: 3, observedGeneration: 1 })
    const [pod] = await podsOf('a')
    const name = pod?.metadata.name ?? ''
    await cluster.client.delete(Pod, { namespace, name })
    await eventually(async () => {
      const names = (await podsOf('a')).map(({ metadata }) => metadata.name)
      return names.length === 3 && !names.includes(name)
    })
    await cluster.client.patch(ReplicaSet, { namespace, name: 'a' }, { spec: { replicas: 1 } }, { type: 'merge' })
    await settled('a', 1)
    expect(await podsOf('a')).toHaveLength(1)
    const messages = await eventually(async () => {
      const { items } = await cluster.client.list(Event, { namespace, fieldSelector: 'involvedObject.name=a' })
      const deleted = items.filter(({ reason }) => reason === 'SuccessfulDelete')
      return deleted.length >= 2 && items.map(({ reason, message }) => `${reason} ${message}`)
    })
    expect(messages.some((text) => /^SuccessfulCreate Created pod: a-[a-z0-9]{5}$/.test(text))).toBe(true)
    expect(messages.some((text) => /^SuccessfulDelete Deleted pod: a-[a-z0-9]{5}$/.test(text))).toBe(true)
  })

  it('deletes the pod that costs least first', async () => {
    await cluster.client.create(ReplicaSet, set('cheap', 3))
    await settled('cheap', 3)
    const [, cheapest] = await podsOf('cheap')
    const name = cheapest?.metadata.name ?? ''
    const annotations = { 'controller.kubernetes.io/pod-deletion-cost': '-10' }
    await cluster.client.patch(Pod, { namespace, name }, { metadata: { annotations } }, { type: 'merge' })
    await cluster.client.patch(ReplicaSet, { namespace, name: 'cheap' }, { spec: { replicas: 2 } }, { type: 'merge' })
    await settled('cheap', 2)
    expect((await podsOf('cheap')).map(({ metadata }) => metadata.name)).not.toContain(name)
  })

  it('adopts pods that it selects, and lets go of those that it no longer does', async () => {
    const orphan: Pod = { metadata: { name: 'orphan', namespace, labels: { app: 'b' } }, spec: template('b').spec }
    await cluster.client.create(Pod, orphan)
    await cluster.client.create(ReplicaSet, set('b', 2))
    await settled('b', 2)
    const pods = await podsOf('b')
    expect(pods.map(({ metadata }) => metadata.name)).toContain('orphan')
    expect(pods.every(({ metadata }) => metadata.ownerReferences?.[0]?.name === 'b')).toBe(true)
    await cluster.client.patch(
      Pod,
      { namespace, name: 'orphan' },
      { metadata: { labels: { app: 'free' } } },
      { type: 'merge' },
    )
    await eventually(async () => (await podsOf('b')).length === 2)
    await eventually(async () => (await podsOf('free')).every(({ metadata }) => !metadata.ownerReferences?.length))
  })

  it('makes no pod twice, however often it is looked at', async () => {
    await cluster.client.create(ReplicaSet, set('c', 20))
    for (let i = 0; i < 10; i++) {
      const patch = { metadata: { annotations: { touch: String(i) } } }
      await cluster.client.patch(ReplicaSet, { namespace, name: 'c' }, patch, { type: 'merge' })
    }
    await settled('c', 20)
    const { items } = await cluster.client.list(Event, { namespace, fieldSelector: 'involvedObject.name=c' })
    expect(items.some(({ reason }) => reason === 'SuccessfulDelete')).toBe(false)
    expect(await podsOf('c')).toHaveLength(20)
  })

  it('says why it cannot make pods, until it can', async () => {
    const spec = { ...template('d').spec, serviceAccountName: 'missing' }
    const bad = set('d', 1)
    await cluster.client.create(ReplicaSet, {
      ...bad,
      spec: { ...bad.spec, selector: { matchLabels: { app: 'd' } }, template: { ...template('d'), spec } },
    })
    const condition = await eventually(async () => {
      const { status } = await cluster.client.get(ReplicaSet, { namespace, name: 'd' })
      return status?.conditions?.find(({ type }) => type === 'ReplicaFailure')
    })
    expect(condition).toMatchObject({ status: 'True', reason: 'FailedCreate' })
    expect(condition.message).toContain('serviceaccount "missing" not found')
    const event = await eventually(async () => {
      const { items } = await cluster.client.list(Event, { namespace, fieldSelector: 'involvedObject.name=d' })
      return items.find(({ reason }) => reason === 'FailedCreate')
    })
    expect(event).toMatchObject({ type: 'Warning', source: { component: 'replicaset-controller' } })
    expect(event.message).toMatch(/^Error creating: pods "d-" is forbidden: /)
  })
})

describe('a ReplicationController', () => {
  it('keeps its pods in the same way', async () => {
    const controller: ReplicationController = {
      metadata: { name: 'rc', namespace },
      spec: { replicas: 2, selector: { app: 'rc' }, template: template('rc') },
    }
    await cluster.client.create(ReplicationController, controller)
    const got = await eventually(async () => {
      const rc = await cluster.client.get(ReplicationController, { namespace, name: 'rc' })
      return rc.status?.availableReplicas === 2 && rc
    })
    expect(got.status).toEqual({
      replicas: 2,
      fullyLabeledReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      observedGeneration: 1,
    })
  })
})
