import type { Service, ServiceSpec } from '@wherry/api'
import { deepFreeze, formatFieldError } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { addressRange } from './address-range.ts'
import { carryOver, dropForeignFields, normalizeClusterIPs } from './carry-over.ts'
import { serviceColumns } from './columns.ts'
import { setServiceDefaults } from './defaults.ts'
import { validateService, validateServiceUpdate } from './validation.ts'

const aService = (spec: ServiceSpec): Service => {
  const service: Service = { metadata: { name: 's' }, spec: structuredClone(spec) }
  setServiceDefaults(service)
  return service
}
const allocated = { clusterIP: '10.0.0.5', clusterIPs: ['10.0.0.5'] }
const errorsOf = (spec: ServiceSpec) => validateService(deepFreeze(aService(spec))).map(formatFieldError)

describe('the defaults of a Service', () => {
  it.each<{ name: string; spec: ServiceSpec; want: ServiceSpec }>([
    {
      name: 'a plain one',
      spec: { ports: [{ port: 80 }] },
      want: {
        type: 'ClusterIP',
        sessionAffinity: 'None',
        internalTrafficPolicy: 'Cluster',
        ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      },
    },
    {
      name: 'one with affinity',
      spec: { sessionAffinity: 'ClientIP' },
      want: {
        type: 'ClusterIP',
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } },
        internalTrafficPolicy: 'Cluster',
      },
    },
    {
      name: 'one for the outside',
      spec: { type: 'LoadBalancer' },
      want: {
        type: 'LoadBalancer',
        sessionAffinity: 'None',
        externalTrafficPolicy: 'Cluster',
        internalTrafficPolicy: 'Cluster',
        allocateLoadBalancerNodePorts: true,
      },
    },
    {
      name: 'a mere name',
      spec: { type: 'ExternalName', externalName: 'example.com' },
      want: { type: 'ExternalName', externalName: 'example.com', sessionAffinity: 'None' },
    },
  ])('fill $name', ({ spec, want }) => {
    expect(aService(spec).spec).toEqual(want)
  })
})

describe('validation of Services', () => {
  it.each<{ name: string; spec: ServiceSpec; want: string[] }>([
    { name: 'a Service has ports', spec: allocated, want: ['spec.ports: Required value'] },
    { name: 'a headless one need not', spec: { clusterIP: 'None', clusterIPs: ['None'] }, want: [] },
    {
      name: 'several ports have names',
      spec: { ...allocated, ports: [{ port: 80 }, { name: 'b', port: 81 }] },
      want: ['spec.ports[0].name: Required value'],
    },
    {
      name: 'names are unique',
      spec: {
        ...allocated,
        ports: [
          { name: 'a', port: 80 },
          { name: 'a', port: 81 },
        ],
      },
      want: ['spec.ports[1].name: Duplicate value: "a"'],
    },
    {
      name: 'ports are unique for each protocol',
      spec: {
        ...allocated,
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 80 },
          { name: 'c', port: 80, protocol: 'UDP' },
        ],
      },
      want: [
        'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
      ],
    },
    {
      name: 'a port has a range',
      spec: { ...allocated, ports: [{ port: 0, targetPort: 'web' }] },
      want: ['spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
    },
    {
      name: 'node ports need a type that has them',
      spec: { ...allocated, ports: [{ port: 80, nodePort: 30000 }] },
      want: ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    },
    {
      name: 'types are four',
      spec: { ...allocated, type: 'Magic', ports: [{ port: 80 }] },
      want: [
        'spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      ],
    },
    { name: 'an external name is one', spec: { type: 'ExternalName' }, want: ['spec.externalName: Required value'] },
    {
      name: 'an external name has no address',
      spec: { type: 'ExternalName', externalName: 'example.com', ...allocated },
      want: ['spec.clusterIPs: Forbidden: may not be set for ExternalName services'],
    },
    {
      name: 'node ports need an address',
      spec: { type: 'NodePort', clusterIP: 'None', clusterIPs: ['None'], ports: [{ port: 80 }] },
      want: [`spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for NodePort services`],
    },
    {
      name: 'an address is one',
      spec: { clusterIP: 'x', clusterIPs: ['x'], ports: [{ port: 80 }] },
      want: ['spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
    },
    {
      name: 'affinity is of two kinds',
      spec: { ...allocated, sessionAffinity: 'Cookie', ports: [{ port: 80 }] },
      want: ['spec.sessionAffinity: Unsupported value: "Cookie": supported values: "ClientIP", "None"'],
    },
    {
      name: 'affinity ends within a day',
      spec: {
        ...allocated,
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } },
        ports: [{ port: 80 }],
      },
      want: [
        'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
      ],
    },
    {
      name: 'traffic policies for the outside need an outside',
      spec: { ...allocated, externalTrafficPolicy: 'Local', ports: [{ port: 80 }] },
      want: ['spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services'],
    },
  ])('$name', ({ spec, want }) => {
    expect(errorsOf(spec)).toEqual(want)
  })

  it('keeps the address', () => {
    const other = { clusterIP: '10.0.0.6', clusterIPs: ['10.0.0.6'] }
    const errors = validateServiceUpdate(aService({ ...other, ports: [{ port: 80 }] }), aService(allocated))
    expect(errors.map(formatFieldError)).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["10.0.0.6"]: may not change once set',
    ])
  })
})

describe('an update of a Service', () => {
  const nodePort = aService({ type: 'NodePort', ...allocated, ports: [{ name: 'a', port: 80, nodePort: 30080 }] })
  const updated = (spec: ServiceSpec) => {
    const service = aService(spec)
    normalizeClusterIPs(service, nodePort)
    dropForeignFields(service, nodePort)
    carryOver(service, nodePort)
    return service.spec
  }

  it('keeps address and node ports that it leaves out', () => {
    const spec = updated({
      type: 'NodePort',
      ports: [
        { name: 'a', port: 8080 },
        { name: 'b', port: 81 },
      ],
    })
    expect(spec).toMatchObject({ ...allocated, ports: [{ nodePort: 30080 }, { name: 'b' }] })
    expect(spec?.ports?.[1]?.nodePort).toBeUndefined()
  })

  it('drops node ports with the type that had them', () => {
    const spec = updated({
      type: 'ClusterIP',
      ...allocated,
      externalTrafficPolicy: 'Cluster',
      ports: [{ name: 'a', port: 80, nodePort: 30080 }],
    })
    expect(spec?.ports?.[0]?.nodePort).toBeUndefined()
    expect(spec?.externalTrafficPolicy).toBeUndefined()
  })

  it('drops the address when it becomes a mere name', () => {
    const spec = updated({ type: 'ExternalName', externalName: 'example.com', ...allocated })
    expect(spec).not.toHaveProperty('clusterIP')
    expect(spec).not.toHaveProperty('clusterIPs')
  })
})

describe('the range of cluster addresses', () => {
  const firstOf = (texts: Iterable<string>) => texts[Symbol.iterator]().next().value

  it('leaves its ends alone', () => {
    const range = addressRange('10.0.0.0/28')
    const all = Array.from({ length: 14 }, (_, i) => `10.0.0.${i + 1}`)
    expect([...range.candidates('seed')].toSorted(byLastPart)).toEqual(all)
    expect(all.every(range.contains)).toBe(true)
    expect(['10.0.0.0', '10.0.0.15', '10.0.1.1', 'fd00::1'].some(range.contains)).toBe(false)
  })

  it.each([
    { cidr: '10.0.0.0/28', kept: 0, all: 14 },
    { cidr: '10.0.0.0/27', kept: 16, all: 30 },
    { cidr: '10.0.0.0/24', kept: 16, all: 254 },
    { cidr: '10.0.0.0/22', kept: 64, all: 1022 },
    { cidr: '10.0.0.0/16', kept: 256, all: 65_534 },
  ])('gives $kept addresses of $cidr out last, and every address once', ({ cidr, kept, all }) => {
    const found = [...addressRange(cidr).candidates('seed')]
    expect(found).toHaveLength(all)
    expect(new Set(found).size).toBe(all)
    const numbers = found.slice(all - kept).map(numberOf)
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: kept }, (_, i) => i + 1))
  })

  it('begins its search where the seed says', () => {
    const first = (seed: string) => firstOf(addressRange('10.0.0.0/16').candidates(seed))
    expect(first('a')).toBe(first('a'))
    expect(first('a')).not.toBe(first('b'))
  })

  it('knows IPv6', () => {
    const range = addressRange('fd00::/112')
    expect(range.family).toBe('IPv6')
    expect(range.contains('fd00::ffff')).toBe(true)
    expect(range.contains('fd00::')).toBe(false)
    expect(firstOf(range.candidates(''))).toBe('fd00::101')
  })
})

const byLastPart = (a: string, b: string) => numberOf(a) - numberOf(b)

/** Within 10.0.0.0/16. */
function numberOf(ip: string): number {
  const [, , high = 0, low = 0] = ip.split('.').map(Number)
  return high * 256 + low
}

describe('the table of Services', () => {
  it.each<{ name: string; spec: ServiceSpec; status?: Service['status']; want: unknown[] }>([
    {
      name: 'cluster address and ports',
      spec: { ...allocated, ports: [{ port: 80 }, { name: 'dns', port: 53, protocol: 'UDP' }] },
      want: ['ClusterIP', '10.0.0.5', '<none>', '80/TCP,53/UDP'],
    },
    {
      name: 'node ports',
      spec: { ...allocated, type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] },
      want: ['NodePort', '10.0.0.5', '<none>', '80:30080/TCP'],
    },
    {
      name: 'a load balancer that is not there yet',
      spec: { ...allocated, type: 'LoadBalancer', ports: [{ port: 80 }] },
      want: ['LoadBalancer', '10.0.0.5', '<pending>', '80/TCP'],
    },
    {
      name: 'a load balancer’s address',
      spec: { ...allocated, type: 'LoadBalancer', ports: [{ port: 80 }] },
      status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }, { hostname: 'lb.example.com' }] } },
      want: ['LoadBalancer', '10.0.0.5', '1.2.3.4,lb.example.com', '80/TCP'],
    },
    {
      name: 'an external name',
      spec: { type: 'ExternalName', externalName: 'example.com' },
      want: ['ExternalName', '<none>', 'example.com', '<none>'],
    },
  ])('shows $name', ({ spec, status, want }) => {
    const service = { ...aService(spec), ...(status ? { status } : {}) }
    expect(serviceColumns.slice(1, 5).map((column) => column.value(service, 0))).toEqual(want)
  })
})
