import { APIService, ConfigMap, Deployment, Namespace, Pod, ServiceAccount } from '@wherry/api'
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

  it('is emptied of what can be found, and waits for groups whose server does not answer', async () => {
    const { client } = cluster
    const service = { namespace: 'default', name: 'nobody' }
    const group = 'metrics.example.com'
    const priorities = { groupPriorityMinimum: 100, versionPriority: 100 }
    const name = `v1beta1.${group}`
    await client.create(APIService, {
      metadata: { name },
      spec: { group, version: 'v1beta1', service, insecureSkipTLSVerify: true, ...priorities },
    })
    await eventually(async () => {
      const { status } = await client.get(APIService, { name })
      return status?.conditions?.some(({ reason }) => reason === 'ServiceNotFound')
    })
    await client.create(Namespace, { metadata: { name: 'partial' } })
    await client.create(ConfigMap, { metadata: { name: 'c', namespace: 'partial' } })
    await client.delete(Namespace, { name: 'partial' })
    const condition = await eventually(async () => {
      const { status } = await client.get(Namespace, { name: 'partial' })
      return status?.conditions?.find(({ reason }) => reason === 'DiscoveryFailed')
    })
    const version = `${group}/v1beta1`
    expect(condition.message).toBe(
      'Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: ' +
        `${version}: stale GroupVersion discovery: ${version}`,
    )
    await eventually(async () => (await client.list(ConfigMap, { namespace: 'partial' })).items.length === 0)
    // What is collected elsewhere does not wait for it.
    const owner = await client.create(ConfigMap, { metadata: { name: 'owner', namespace: 'default' } })
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid ?? '' }]
    const owned = { name: 'owned', namespace: 'default' }
    await client.create(ConfigMap, { metadata: { ...owned, ownerReferences } })
    await client.delete(ConfigMap, { namespace: 'default', name: 'owner' })
    await eventually(() =>
      client.get(ConfigMap, owned).then(
        () => false,
        (error: unknown) => isNotFound(error),
      ),
    )
    await client.delete(APIService, { name })
    await eventually(() => isGone('partial'))
  })
})
