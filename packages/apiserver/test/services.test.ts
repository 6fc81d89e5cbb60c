import { IPAddress, Service, ServiceCIDR, type ServiceSpec } from '@wherry/api'
import { FakeClock } from '@wherry/component-base'
import { openMemoryStorage } from '@wherry/storage'
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

  it.each(['10.0.0.1', '127.64.0.0', '127.64.0.31'])('outside all ranges are refused: %s', async (ip) => {
    expect(await refusal(create('outside', { clusterIP: ip }))).toContain(
      `failed to allocate IP ${ip}: the provided network does not match the current range`,
    )
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

describe('the families of a Service', () => {
  it.each<{ name: string; spec: ServiceSpec; want: ServiceSpec }>([
    {
      name: 'a headless one',
      spec: { clusterIP: 'None', selector: { a: 'b' } },
      want: { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' },
    },
    {
      name: 'a headless one whose endpoints somebody else writes',
      spec: { clusterIP: 'None' },
      want: { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' },
    },
    {
      name: 'one that would like two',
      spec: { ipFamilyPolicy: 'PreferDualStack' },
      want: { ipFamilies: ['IPv4'], ipFamilyPolicy: 'PreferDualStack' },
    },
  ])('follow from what it is: $name', async ({ spec, want }) => {
    expect((await create('families', spec, { dryRun: 'All' })).spec).toMatchObject(want)
  })

  it.each<{ name: string; spec: ServiceSpec; want: string }>([
    {
      name: 'two in a cluster with one',
      spec: { ipFamilyPolicy: 'RequireDualStack' },
      want: 'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    },
    {
      name: 'the other one',
      spec: { ipFamilies: ['IPv6'] },
      want: 'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
    },
    {
      name: 'an address of the other one',
      spec: { clusterIP: 'fd00::1' },
      want: 'spec.clusterIPs[0]: Invalid value: ["fd00::1"]: IPv6 is not configured on this cluster',
    },
    {
      name: 'two with a policy of one',
      spec: { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4', 'IPv6'] },
      want: `spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified`,
    },
  ])('are refused: $name', async ({ spec, want }) => {
    expect(await refusal(create('families', spec))).toBe(`Service "families" is invalid: ${want}`)
  })
})

describe('the ranges of addresses', () => {
  const ready = async (name: string, status: string) => {
    const condition = { type: 'Ready', status, reason: 'r', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }
    const range = await server.client.get(ServiceCIDR, { name })
    const options = { subresource: 'status' }
    await server.client.update(ServiceCIDR, { ...range, status: { conditions: [condition] } }, options)
  }

  it('begin with the one of the flag', async () => {
    const range = await server.client.get(ServiceCIDR, { name: 'kubernetes' })
    expect(range.spec?.cidrs).toEqual(['127.64.0.0/27'])
    expect(range.status?.conditions).toMatchObject([
      { type: 'Ready', status: 'True', reason: '', message: 'Kubernetes default Service CIDR is ready' },
    ])
  })

  it('are extended by others, as long as they are ready', async () => {
    const [metadata, wanted] = [{ name: 'more', finalizers: ['example.com/keep'] }, { clusterIP: '127.65.0.5' }]
    await server.client.create(ServiceCIDR, { metadata, spec: { cidrs: ['127.65.0.0/29'] } })
    expect((await create('extended', wanted)).spec?.clusterIP).toBe('127.65.0.5')
    await remove('extended')
    await ready('more', 'False')
    const refused = 'failed to allocate IP 127.65.0.5: the provided network does not match the current range'
    expect(await refusal(create('extended', wanted))).toContain(refused)
    await ready('more', 'True')
    await create('extended', wanted)
    await server.client.delete(ServiceCIDR, { name: 'more' })
    expect(await refusal(create('second', { clusterIP: '127.65.0.6' }))).toContain('does not match the current range')
    await remove('extended')
    expect(await addresses()).not.toContain('127.65.0.5')
    await server.client.patch(ServiceCIDR, { name: 'more' }, { metadata: { finalizers: null } }, { type: 'merge' })
  })

  it('are used one after the other', async () => {
    await server.client.create(ServiceCIDR, { metadata: { name: 'last' }, spec: { cidrs: ['127.66.0.0/30'] } })
    const found: (string | undefined)[] = []
    for (let i = 0; i < 31; i++) found.push((await create(`next-${i}`, {})).spec?.clusterIP)
    expect(new Set(found).size).toBe(31)
    expect(found.slice(-2).sort()).toEqual(['127.66.0.1', '127.66.0.2'])
    expect(await refusal(create('none', {}))).toContain('failed to allocate a serviceIP: range is full')
    for (let i = 0; i < 31; i++) await remove(`next-${i}`)
    await server.client.delete(ServiceCIDR, { name: 'last' })
  })

  it('have that of the flag again when somebody deletes it', async () => {
    const clock = new FakeClock(Date.parse('2026-01-01T00:00:00Z'))
    const own = await startTestServer({ clock })
    await own.client.delete(ServiceCIDR, { name: 'kubernetes' })
    await clock.advance(10_000)
    const [range] = (await own.client.list(ServiceCIDR)).items
    expect(range?.status?.conditions).toMatchObject([{ type: 'Ready', status: 'True' }])
    await own.close()
  })
})

describe('an IPAddress', () => {
  it('comes back when somebody deletes it while its Service is there', async () => {
    const { spec } = await create('held', {})
    const key = { name: spec?.clusterIP ?? '' }
    const before = await server.client.get(IPAddress, key)
    await server.client.delete(IPAddress, key)
    const after = await server.client.get(IPAddress, key)
    expect(after.metadata.uid).not.toBe(before.metadata.uid)
    expect(after.spec).toEqual(before.spec)
    expect(after.metadata.labels).toEqual({
      'ipaddress.kubernetes.io/ip-family': 'IPv4',
      'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
    })
    await remove('held')
  })

  it('keeps two servers on one store from giving an address out twice', async () => {
    const storage = await openMemoryStorage()
    const options = { serviceClusterIPRange: '127.64.0.0/27' }
    const servers = [await startTestServer({ storage, options }), await startTestServer({ storage, options })]
    const made = await Promise.allSettled(
      Array.from({ length: 40 }, (_, i) =>
        servers[i % 2]?.client.create(Service, {
          metadata: { name: `s-${i}`, namespace },
          spec: { ports: [{ port: 80 }] },
        }),
      ),
    )
    const ips = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value?.spec?.clusterIP] : []))
    expect(ips).toHaveLength(29)
    expect(new Set(ips).size).toBe(29)
    for (const one of servers) await one.close()
    await storage.close()
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
