import { ConfigMap, Deployment, Namespace, Pod, ServiceAccount } from '@wherry/api'
import { isNotFound } from '@wherry/apimachinery'
import { realClock } from '@wherry/component-base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startCluster, type TestCluster } from './cluster.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startCluster({ options: { rootCA: 'the CA' } })
})
afterAll(() => cluster.close())

const isGone = (name: string) =>
  cluster.client.get(Namespace, { name }).then(
    () => false,
    (error: unknown) => isNotFound(error),
  )

describe('a new namespace', () => {
  it('has a default service account and the CA soon', async () => {
    const began = realClock.now()
    await cluster.client.create(Namespace, { metadata: { name: 'fresh' } })
    await eventually(() => cluster.client.get(ServiceAccount, { namespace: 'fresh', name: 'default' }))
    expect(realClock.now() - began).toBeLessThan(1000)
    const map = await eventually(() => cluster.client.get(ConfigMap, { namespace: 'fresh', name: 'kube-root-ca.crt' }))
    expect(map.data).toEqual({ 'ca.crt': 'the CA' })
    expect(map.metadata.annotations?.['kubernetes.io/description']).toMatch(/^Contains a CA bundle/)
  })

  it('gets both again when somebody deletes or changes them', async () => {
    await cluster.client.create(Namespace, { metadata: { name: 'restored' } })
    const key = { namespace: 'restored', name: 'default' }
    const before = await eventually(() => cluster.client.get(ServiceAccount, key))
    await cluster.client.delete(ServiceAccount, key)
    await eventually(async () => (await cluster.client.get(ServiceAccount, key)).metadata.uid !== before.metadata.uid)
    const map = { namespace: 'restored', name: 'kube-root-ca.crt' }
    await eventually(() => cluster.client.get(ConfigMap, map))
    await cluster.client.patch(ConfigMap, map, { data: { 'ca.crt': 'forged' } }, { type: 'merge' })
    await eventually(async () => (await cluster.client.get(ConfigMap, map)).data?.['ca.crt'] === 'the CA')
  })
})

describe('a deleted namespace', () => {
  it('is emptied and goes', async () => {
    await cluster.client.create(Namespace, { metadata: { name: 'full' } })
    await cluster.client.create(ConfigMap, { metadata: { name: 'c', namespace: 'full' } })
    const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    const spec = { replicas: 2, selector: { matchLabels: { app: 'x' } }, template }
    await eventually(() => cluster.client.get(ServiceAccount, { namespace: 'full', name: 'default' }))
    await cluster.client.create(Deployment, { metadata: { name: 'd', namespace: 'full' }, spec })
    await eventually(async () => (await cluster.client.list(Pod, { namespace: 'full' })).items.length === 2)
    await cluster.client.delete(Namespace, { name: 'full' })
    await eventually(() => isGone('full'))
    expect((await cluster.client.list(Pod, { namespace: 'full' })).items).toEqual([])
  })

  it('waits for finalizers, and says for which', async () => {
    await cluster.client.create(Namespace, { metadata: { name: 'held' } })
    const metadata = { name: 'c', namespace: 'held', finalizers: ['example.com/wait'] }
    await cluster.client.create(ConfigMap, { metadata })
    await cluster.client.delete(Namespace, { name: 'held' })
    const conditions = await eventually(async () => {
      const { status } = await cluster.client.get(Namespace, { name: 'held' })
      return status?.conditions?.some(({ reason }) => reason === 'SomeFinalizersRemain') && status.conditions
    })
    const messages = Object.fromEntries(conditions.map(({ type, message }) => [type, message]))
    expect(messages).toMatchObject({
      NamespaceContentRemaining: 'Some resources are remaining: configmaps. has 1 resource instances',
      NamespaceFinalizersRemaining:
        'Some content in the namespace has finalizers remaining: example.com/wait in 1 resource instances',
    })
    await cluster.client.patch(ConfigMap, metadata, { metadata: { finalizers: null } }, { type: 'merge' })
    await eventually(() => isGone('held'))
  })
})
