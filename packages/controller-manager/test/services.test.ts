import { Endpoints, EndpointSlice, Pod, Service } from '@wherry/api'
import { isNotFound } from '@wherry/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startCluster, type TestCluster } from './cluster.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startCluster({ controllers: ['endpointslice', 'endpointslice-mirroring', 'endpoints'] })
})
afterAll(() => cluster.close())

const namespace = 'default'

function pod(name: string, app: string, annotations: Record<string, string> = {}): Pod {
  const ports = [{ name: 'http', containerPort: 8080 }]
  return {
    metadata: { name, namespace, labels: { app }, annotations },
    spec: { containers: [{ name: 'c', image: 'i', ports }] },
  }
}

async function slicesOf(service: string) {
  const labelSelector = `kubernetes.io/service-name=${service}`
  return (await cluster.client.list(EndpointSlice, { namespace, labelSelector })).items
}

async function readiness(service: string) {
  const endpoints = (await slicesOf(service)).flatMap((slice) => slice.endpoints ?? [])
  return Object.fromEntries(endpoints.map(({ targetRef, conditions }) => [targetRef?.name, conditions?.ready]))
}

describe('the endpoints of a Service', () => {
  it('follow its pods', async () => {
    const spec = { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] }
    await cluster.client.create(Service, { metadata: { name: 'web', namespace }, spec })
    const [empty] = await eventually(async () => {
      const slices = await slicesOf('web')
      return slices.length === 1 && slices
    })
    expect(empty?.endpoints ?? []).toEqual([])
    await cluster.client.create(Pod, pod('web-1', 'web'))
    await cluster.client.create(Pod, pod('web-2', 'web', { 'test/unready': '' }))
    await eventually(async () => {
      const got = await readiness('web')
      return got['web-1'] === true && got['web-2'] === false
    })
    const [slice] = await slicesOf('web')
    expect(slice?.ports).toEqual([{ name: '', port: 8080, protocol: 'TCP' }])
    expect(slice?.metadata.name).toBe(empty?.metadata.name)
    const subsets = await eventually(async () => {
      const got = await cluster.client.get(Endpoints, { namespace, name: 'web' })
      return got.subsets?.[0]?.addresses?.length === 1 && got.subsets
    })
    expect(subsets[0]?.notReadyAddresses).toHaveLength(1)
    await cluster.client.delete(Pod, { namespace, name: 'web-1' })
    await eventually(async () => !('web-1' in (await readiness('web'))))
  })

  it('follow a change of the selector', async () => {
    await cluster.client.create(Pod, pod('blue', 'blue'))
    await cluster.client.create(Pod, pod('green', 'green'))
    const spec = { selector: { app: 'blue' }, ports: [{ port: 80 }] }
    await cluster.client.create(Service, { metadata: { name: 'switch', namespace }, spec })
    await eventually(async () => (await readiness('switch')).blue)
    const patch = { spec: { selector: { app: 'green' } } }
    await cluster.client.patch(Service, { namespace, name: 'switch' }, patch, { type: 'merge' })
    await eventually(async () => {
      const got = await readiness('switch')
      return got.green && !('blue' in got)
    })
  })

  it('are left to others where there is no selector, and are restored where there is one', async () => {
    await cluster.client.create(Service, { metadata: { name: 'manual', namespace }, spec: { ports: [{ port: 80 }] } })
    const spec = { selector: { app: 'none' }, ports: [{ port: 80 }] }
    await cluster.client.create(Service, { metadata: { name: 'kept', namespace }, spec })
    const [slice] = await eventually(async () => {
      const slices = await slicesOf('kept')
      return slices.length === 1 && slices
    })
    expect(await slicesOf('manual')).toEqual([])
    await cluster.client.delete(EndpointSlice, { namespace, name: slice?.metadata.name ?? '' })
    await eventually(async () => (await slicesOf('kept')).length === 1)
  })

  it('that somebody keeps by hand are mirrored where there is no selector', async () => {
    await cluster.client.create(Service, { metadata: { name: 'external', namespace }, spec: { ports: [{ port: 80 }] } })
    const metadata = { name: 'external', namespace }
    const subsets = [{ addresses: [{ ip: '10.9.9.9' }], ports: [{ port: 8080 }] }]
    await cluster.client.create(Endpoints, { metadata, subsets })
    const [slice] = await eventually(async () => {
      const slices = await slicesOf('external')
      return slices.length === 1 && slices
    })
    expect(slice).toMatchObject({
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.9.9.9'], conditions: { ready: true } }],
      ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    })
    await cluster.client.delete(Endpoints, metadata)
    await eventually(async () => (await slicesOf('external')).length === 0)
  })

  it('go with the Service', async () => {
    const spec = { selector: { app: 'none' }, ports: [{ port: 80 }] }
    await cluster.client.create(Service, { metadata: { name: 'brief', namespace }, spec })
    await eventually(() => cluster.client.get(Endpoints, { namespace, name: 'brief' }))
    await cluster.client.delete(Service, { namespace, name: 'brief' })
    await eventually(() =>
      cluster.client.get(Endpoints, { namespace, name: 'brief' }).then(
        () => false,
        (error: unknown) => isNotFound(error),
      ),
    )
  })
})
