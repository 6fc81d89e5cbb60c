import { IPAddress, Service, type ServiceSpec } from '@wherry/api'
import { FakeClock } from '@wherry/component-base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({
    options: { serviceClusterIPRange: '127.64.0.0/27', serviceNodePortRange: [30_000, 30_003] },
  })
})
afterAll(() => server.close())

const namespace = 'default'
const create = (name: string, spec: ServiceSpec, options = {}) =>
  server.client.create(Service, { metadata: { name, namespace }, spec: { ports: [{ port: 80 }], ...spec } }, options)
const remove = (name: string) => server.client.delete(Service, { namespace, name })
const addresses = async () => (await server.client.list(IPAddress)).items.map(({ metadata }) => metadata.name)
const refusal = async (write: Promise<unknown>) => {
  try {
    await write
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  throw new Error('the write was not refused')
}

describe('cluster addresses', () => {
  it('are given out, held by an IPAddress, and given back with the Service', async () => {
    const { spec } = await create('plain', {})
    const ip = spec?.clusterIP ?? ''
    expect(spec).toMatchObject({ clusterIPs: [ip], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' })
    const holder = await server.client.get(IPAddress, { name: ip })
    expect(holder.spec?.parentRef).toEqual({ group: '', resource: 'services', namespace, name: 'plain' })
    await remove('plain')
    expect(await addresses()).not.toContain(ip)
  })

  it('can be asked for, once', async () => {
    expect((await create('chosen', { clusterIP: '127.64.0.9' })).spec?.clusterIPs).toEqual(['127.64.0.9'])
    expect(await refusal(create('second', { clusterIP: '127.64.0.9' }))).toBe(
      'Service "second" is invalid: spec.clusterIPs: Invalid value: ["127.64.0.9"]: failed to allocate IP 127.64.0.9: provided IP is already allocated',
    )
    await remove('chosen')
    expect((await create('chosen', { clusterIP: '127.64.0.9' })).spec?.clusterIP).toBe('127.64.0.9')
    await remove('chosen')
  })

  it.each([
    { ip: '10.0.0.1', want: 'the provided network does not match the current range' },
    {
      ip: '127.64.0.31',
      want: 'the provided IP (127.64.0.31) is not in the valid range. The range of valid IPs is 127.64.0.0/27',
    },
  ])('outside the range are refused: $ip', async ({ ip, want }) => {
    expect(await refusal(create('outside', { clusterIP: ip }))).toContain(`failed to allocate IP ${ip}: ${want}`)
  })

  it('are given back when the Service is refused after all', async () => {
    const before = await addresses()
    await refusal(create('invalid', { sessionAffinity: 'Cookie' }))
    expect(await addresses()).toEqual(before)
  })

  it('are not taken by a dry run', async () => {
    const before = await addresses()
    expect((await create('dry', {}, { dryRun: 'All' })).spec?.clusterIP).toMatch(/^127\.64\.0\./)
    expect(await addresses()).toEqual(before)
  })

  it('are not given to headless Services', async () => {
    expect((await create('headless', { clusterIP: 'None' })).spec).toMatchObject({
      clusterIP: 'None',
      clusterIPs: ['None'],
    })
    await remove('headless')
  })

  it('stay over an update and go when the Service becomes a mere name', async () => {
    const { spec } = await create('changing', { clusterIP: '127.64.0.10' })
    const sent = { metadata: { name: 'changing', namespace }, spec: { ports: [{ port: 81 }] } }
    const updated = await server.client.update(Service, sent)
    expect(updated.spec?.clusterIP).toBe(spec?.clusterIP)
    const patch = { spec: { type: 'ExternalName', externalName: 'example.com', clusterIP: null, clusterIPs: null } }
    await server.client.patch(Service, { namespace, name: 'changing' }, patch, { type: 'merge' })
    expect(await addresses()).not.toContain('127.64.0.10')
    await remove('changing')
  })

  it('are refused once all are in use', async () => {
    const names: string[] = []
    const text = await refusal(
      (async () => {
        for (let i = 0; i < 40; i++) {
          await create(`many-${i}`, {})
          names.push(`many-${i}`)
        }
      })(),
    )
    expect(text).toBe('Internal error occurred: failed to allocate a serviceIP: range is full')
    for (const name of names) await remove(name)
    expect(await addresses()).toEqual(['127.64.0.1'])
  })
})

describe('an address that a dead server left behind', () => {
  it('is given out again once nobody can be writing its Service', async () => {
    const clock = new FakeClock(Date.parse('2026-01-01T00:00:00Z'))
    const own = await startTestServer({ clock })
    const ip = '127.64.0.44'
    const parentRef = { group: '', resource: 'services', namespace, name: 'gone' }
    await own.client.create(IPAddress, { metadata: { name: ip }, spec: { parentRef } })
    const service = { metadata: { name: 'next', namespace }, spec: { clusterIP: ip, ports: [{ port: 80 }] } }
    expect(await refusal(own.client.create(Service, service))).toContain('provided IP is already allocated')
    await clock.advance(61_000)
    expect((await own.client.create(Service, service)).spec?.clusterIP).toBe(ip)
    expect((await own.client.get(IPAddress, { name: ip })).spec?.parentRef.name).toBe('next')
    await own.close()
  })
})

describe('node ports', () => {
  const port = (service: Service) => service.spec?.ports?.[0]?.nodePort

  it('are given out of the range, and given back', async () => {
    const ports: unknown[] = []
    for (const name of ['a', 'b', 'c', 'd']) ports.push(port(await create(name, { type: 'NodePort' })))
    expect(ports.sort()).toEqual([30_000, 30_001, 30_002, 30_003])
    expect(await refusal(create('e', { type: 'NodePort' }))).toBe(
      'Internal error occurred: failed to allocate a nodePort: range is full',
    )
    await remove('b')
    const again = port(await create('e', { type: 'NodePort' }))
    expect(ports).toContain(again)
    for (const name of ['a', 'c', 'd', 'e']) await remove(name)
  })

  it('can be asked for, within the range, once', async () => {
    const wanted = (nodePort: number): ServiceSpec => ({ type: 'NodePort', ports: [{ port: 80, nodePort }] })
    expect(port(await create('chosen', wanted(30_002)))).toBe(30_002)
    expect(await refusal(create('second', wanted(30_002)))).toBe(
      'Service "second" is invalid: spec.ports[0].nodePort: Invalid value: 30002: provided port is already allocated',
    )
    expect(await refusal(create('second', wanted(80)))).toBe(
      'Service "second" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-30003',
    )
    await remove('chosen')
  })

  it('are the same for TCP and UDP on one port', async () => {
    const ports = [
      { name: 'tcp', port: 53 },
      { name: 'udp', port: 53, protocol: 'UDP' },
    ]
    const { spec } = await create('dns', { type: 'NodePort', ports })
    expect(spec?.ports?.[0]?.nodePort).toBe(spec?.ports?.[1]?.nodePort)
    await remove('dns')
  })

  it('go with the type that had them', async () => {
    const nodePort = port(await create('changing', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_001 }] }))
    await server.client.patch(
      Service,
      { namespace, name: 'changing' },
      { spec: { type: 'ClusterIP' } },
      { type: 'merge' },
    )
    const ports = [{ port: 80, nodePort: 30_001 }]
    expect(port(await create('next', { type: 'NodePort', ports }))).toBe(nodePort)
    for (const name of ['changing', 'next']) await remove(name)
  })

  it('are given for health checks where only local endpoints get traffic', async () => {
    const { spec } = await create('local', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' })
    expect(spec?.healthCheckNodePort).toBeGreaterThanOrEqual(30_000)
    expect(spec?.healthCheckNodePort).not.toBe(spec?.ports?.[0]?.nodePort)
    await remove('local')
  })
})
