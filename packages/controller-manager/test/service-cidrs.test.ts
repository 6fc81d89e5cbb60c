import { Service, ServiceCIDR } from '@wherry/api'
import { isNotFound } from '@wherry/apimachinery'
import { realClock } from '@wherry/component-base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startCluster, type TestCluster } from './cluster.ts'

/** The machine's, except that it can be set forward: what waits does so on the machine's. */
const clock = { ...realClock, ahead: 0, now: () => realClock.now() + clock.ahead }

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startCluster({ controllers: ['service-cidr'], runPods: false, clock })
})
afterAll(() => cluster.close())

const finalizer = 'networking.k8s.io/service-cidr-finalizer'
const readyOf = async (name: string) => {
  const { metadata, status } = await cluster.client.get(ServiceCIDR, { name })
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  return { finalizers: metadata.finalizers, status: ready?.status, reason: ready?.reason, message: ready?.message }
}
const isReady = { finalizers: [finalizer], status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready' }
const create = (name: string, cidr: string) =>
  cluster.client.create(ServiceCIDR, { metadata: { name }, spec: { cidrs: [cidr] } })

describe('a ServiceCIDR', () => {
  it.each(['kubernetes', 'new'])('becomes ready, and is kept: %s', async (name) => {
    if (name === 'new') await create(name, '127.65.0.0/24')
    await eventually(async () => {
      expect(await readyOf(name)).toEqual(isReady)
      return true
    })
  })

  it('stays as long as it is the only one with an address in use', async () => {
    await create('used', '127.66.0.0/24')
    await eventually(async () => (await readyOf('used')).status === 'True')
    const key = { namespace: 'default', name: 'user' }
    const spec = { clusterIP: '127.66.0.5', ports: [{ port: 80 }] }
    await cluster.client.create(Service, { metadata: key, spec })
    await cluster.client.delete(ServiceCIDR, { name: 'used' })
    await eventually(async () => {
      expect(await readyOf('used')).toEqual({
        finalizers: [finalizer],
        status: 'False',
        reason: 'Terminating',
        message:
          'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR',
      })
      return true
    })
    clock.ahead = 10_000
    await cluster.client.delete(Service, key)
    await eventually(() =>
      cluster.client.get(ServiceCIDR, { name: 'used' }).then(
        () => false,
        (error: unknown) => isNotFound(error),
      ),
    )
  })
})
