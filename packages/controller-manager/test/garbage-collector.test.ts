import {
  ConfigMap,
  Deployment,
  Event,
  type Kind,
  type KubeObject,
  type ObjectMeta,
  Pod,
  ReplicaSet,
  Secret,
} from '@wherry/api'
import { isNotFound } from '@wherry/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startCluster, type TestCluster } from './cluster.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startCluster({ controllers: ['deployment', 'replicaset', 'garbage-collector'] })
})
afterAll(() => cluster.close())

const namespace = 'default'

function isGone<T extends KubeObject>(kind: Kind<T>, name: string) {
  return cluster.client.get(kind, { namespace, name }).then(
    () => false,
    (error: unknown) => isNotFound(error),
  )
}

function owned(by: KubeObject, kind: string, block = true): ObjectMeta['ownerReferences'] {
  const { name = '', uid = '' } = by.metadata
  return [{ apiVersion: 'v1', kind, name, uid, blockOwnerDeletion: block }]
}

const configMap = (name: string, ownerReferences?: ObjectMeta['ownerReferences']) =>
  cluster.client.create(ConfigMap, { metadata: { name, namespace, ...(ownerReferences ? { ownerReferences } : {}) } })

async function deploy(name: string) {
  const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  const spec = { replicas: 2, selector: { matchLabels: { app: name } }, template }
  await cluster.client.create(Deployment, { metadata: { name, namespace }, spec })
  await eventually(
    async () => (await cluster.client.get(Deployment, { namespace, name })).status?.availableReplicas === 2,
  )
}

const count = async <T extends KubeObject>(kind: Kind<T>, app: string) =>
  (await cluster.client.list(kind, { namespace, labelSelector: `app=${app}` })).items.length

describe('garbage collection', () => {
  it('deletes what an object owned, all the way down, after the object has gone', async () => {
    await deploy('back')
    await cluster.client.delete(Deployment, { namespace, name: 'back' }, { propagationPolicy: 'Background' })
    expect(await isGone(Deployment, 'back')).toBe(true)
    await eventually(async () => (await count(ReplicaSet, 'back')) === 0 && (await count(Pod, 'back')) === 0)
  })

  it('deletes dependents first where the deletion is in the foreground', async () => {
    await deploy('front')
    await cluster.client.delete(Deployment, { namespace, name: 'front' }, { propagationPolicy: 'Foreground' })
    await eventually(() => isGone(Deployment, 'front'))
    expect(await count(ReplicaSet, 'front')).toBe(0)
    expect(await count(Pod, 'front')).toBe(0)
  })

  it('leaves dependents without their owner where they are orphaned', async () => {
    await deploy('orphans')
    await cluster.client.delete(Deployment, { namespace, name: 'orphans' }, { propagationPolicy: 'Orphan' })
    await eventually(() => isGone(Deployment, 'orphans'))
    const { items } = await cluster.client.list(ReplicaSet, { namespace, labelSelector: 'app=orphans' })
    expect(items.map(({ metadata }) => metadata.ownerReferences ?? [])).toEqual([[]])
    expect(await count(Pod, 'orphans')).toBe(2)
  })

  it('works on kinds that no controller knows', async () => {
    const owner = await configMap('owner')
    await cluster.client.create(Secret, {
      metadata: { name: 'owned', namespace, ownerReferences: owned(owner, 'ConfigMap') },
    })
    await cluster.client.delete(ConfigMap, { namespace, name: 'owner' })
    await eventually(() => isGone(Secret, 'owned'))
  })

  it('deletes what names an owner that never was, or another one of that name', async () => {
    const other = await configMap('namesake')
    await configMap('never', [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'nobody', uid: 'no-such-uid' }])
    const stale = { ...other, metadata: { ...other.metadata, uid: 'former-uid' } }
    await configMap('stale', owned(stale, 'ConfigMap'))
    await eventually(async () => (await isGone(ConfigMap, 'never')) && (await isGone(ConfigMap, 'stale')))
    expect(await isGone(ConfigMap, 'namesake')).toBe(false)
  })

  it('keeps what another owner still needs, without the owner that is gone', async () => {
    const [first, second] = [await configMap('first'), await configMap('second')]
    await configMap('shared', [...(owned(first, 'ConfigMap') ?? []), ...(owned(second, 'ConfigMap') ?? [])])
    await cluster.client.delete(ConfigMap, { namespace, name: 'first' })
    const left = await eventually(async () => {
      const { metadata } = await cluster.client.get(ConfigMap, { namespace, name: 'shared' })
      return metadata.ownerReferences?.length === 1 && metadata.ownerReferences
    })
    expect(left[0]?.name).toBe('second')
  })

  it('does not let a dependent hold up the foreground deletion of its owner unless it says so', async () => {
    const owner = await configMap('patient')
    const finalizers = ['example.com/wait']
    const metadata = { name: 'free', namespace, finalizers, ownerReferences: owned(owner, 'ConfigMap', false) }
    await cluster.client.create(ConfigMap, { metadata })
    await cluster.client.delete(ConfigMap, { namespace, name: 'patient' }, { propagationPolicy: 'Foreground' })
    await eventually(() => isGone(ConfigMap, 'patient'))
    await cluster.client.patch(
      ConfigMap,
      { namespace, name: 'free' },
      { metadata: { finalizers: null } },
      { type: 'merge' },
    )
    await eventually(() => isGone(ConfigMap, 'free'))
  })

  it('ends a circle of objects that own each other', async () => {
    const a = await configMap('circle-a')
    const b = await configMap('circle-b', owned(a, 'ConfigMap'))
    const patch = { metadata: { ownerReferences: owned(b, 'ConfigMap') } }
    await cluster.client.patch(ConfigMap, { namespace, name: 'circle-a' }, patch, { type: 'merge' })
    await cluster.client.delete(ConfigMap, { namespace, name: 'circle-a' }, { propagationPolicy: 'Foreground' })
    await eventually(async () => (await isGone(ConfigMap, 'circle-a')) && (await isGone(ConfigMap, 'circle-b')))
  })

  it('leaves events alone', async () => {
    const event: Event = {
      metadata: {
        name: 'e',
        namespace,
        ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'y' }],
      },
      involvedObject: { kind: 'Pod', namespace, name: 'p' },
      source: {},
    }
    await cluster.client.create(Event, event)
    const marker = await configMap('marker')
    await configMap('after', owned(marker, 'ConfigMap'))
    await cluster.client.delete(ConfigMap, { namespace, name: 'marker' })
    await eventually(() => isGone(ConfigMap, 'after'))
    expect(await isGone(Event, 'e')).toBe(false)
  })
})
