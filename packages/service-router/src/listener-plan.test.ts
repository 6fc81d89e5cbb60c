import type { Endpoint, EndpointSlice, Service, ServicePort, ServiceSpec } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { planListeners } from './listener-plan.ts'

const http: ServicePort = { name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }

function aService(spec: Partial<ServiceSpec> = {}): Service {
  const whole = { type: 'ClusterIP', clusterIP: '127.64.0.7', clusterIPs: ['127.64.0.7'], ports: [http], ...spec }
  return { metadata: { name: 'web', namespace: 'default' }, spec: whole }
}

function anEndpoint(address: string, conditions: Endpoint['conditions'] = { ready: true }, nodeName = 'a'): Endpoint {
  return { addresses: [address], conditions, nodeName }
}

function aSlice(endpoints: Endpoint[], rest: Partial<EndpointSlice> = {}): EndpointSlice {
  const ports = [{ name: 'http', port: 8080, protocol: 'TCP' }]
  return { metadata: { name: 'web-1' }, addressType: 'IPv4', ports, endpoints, ...rest }
}

const nodes = [
  { address: '127.32.0.1', node: 'a' },
  { address: '127.32.0.2', node: 'b' },
  { address: '127.0.0.1', node: undefined },
]
const ready = { ready: true, serving: true, terminating: false }
const starting = { ready: false, serving: false, terminating: false }
const ending = { ready: false, serving: true, terminating: true }
const gone = { ready: false, serving: false, terminating: true }

describe('where a Service is listened for', () => {
  const cases: { name: string; spec?: Partial<ServiceSpec>; slices: EndpointSlice[]; want: string[] }[] = [
    {
      name: 'its address, for ready endpoints only',
      slices: [
        aSlice([anEndpoint('10.0.0.1', ready), anEndpoint('10.0.0.2', starting), anEndpoint('10.0.0.3', ending)]),
      ],
      want: ['TCP 127.64.0.7:80 → 10.0.0.1:8080'],
    },
    {
      name: 'endpoints that end but still serve, while none is ready',
      slices: [
        aSlice([anEndpoint('10.0.0.2', starting), anEndpoint('10.0.0.3', ending), anEndpoint('10.0.0.4', gone)]),
      ],
      want: ['TCP 127.64.0.7:80 → 10.0.0.3:8080'],
    },
    { name: 'nowhere, without endpoints', slices: [aSlice([anEndpoint('10.0.0.2', starting)])], want: [] },
    {
      name: 'all endpoints where publishNotReadyAddresses is set',
      spec: { publishNotReadyAddresses: true },
      slices: [aSlice([anEndpoint('10.0.0.2', starting)])],
      want: ['TCP 127.64.0.7:80 → 10.0.0.2:8080'],
    },
    {
      name: 'nowhere, when it is headless',
      spec: { clusterIP: 'None', clusterIPs: ['None'] },
      slices: [aSlice([anEndpoint('10.0.0.1')])],
      want: [],
    },
    {
      name: 'nowhere, when it is an external name',
      spec: { type: 'ExternalName', externalName: 'example.com' },
      slices: [aSlice([anEndpoint('10.0.0.1')])],
      want: [],
    },
    {
      name: 'its node port on every address, too',
      spec: { type: 'NodePort', ports: [{ ...http, nodePort: 30080 }] },
      slices: [aSlice([anEndpoint('10.0.0.1')]), aSlice([anEndpoint('10.0.0.2', ready, 'b'), anEndpoint('10.0.0.1')])],
      want: [
        'TCP 127.64.0.7:80 → 10.0.0.1:8080 10.0.0.2:8080',
        'TCP 127.32.0.1:30080 → 10.0.0.1:8080 10.0.0.2:8080',
        'TCP 127.32.0.2:30080 → 10.0.0.1:8080 10.0.0.2:8080',
        'TCP 127.0.0.1:30080 → 10.0.0.1:8080 10.0.0.2:8080',
      ],
    },
    {
      name: 'its node port only where the node has endpoints, with externalTrafficPolicy Local',
      spec: { type: 'NodePort', externalTrafficPolicy: 'Local', ports: [{ ...http, nodePort: 30080 }] },
      slices: [aSlice([anEndpoint('10.0.0.2', ready, 'b')])],
      want: [
        'TCP 127.64.0.7:80 → 10.0.0.2:8080',
        'TCP 127.32.0.2:30080 → 10.0.0.2:8080',
        'TCP 127.0.0.1:30080 → 10.0.0.2:8080',
      ],
    },
    {
      name: 'each port by its name and protocol',
      spec: { ports: [http, { name: 'dns', port: 53, protocol: 'UDP' }, { name: 'x', port: 9, protocol: 'SCTP' }] },
      slices: [aSlice([anEndpoint('10.0.0.1')], { ports: [{ name: 'dns', port: 5353, protocol: 'UDP' }] })],
      want: ['UDP 127.64.0.7:53 → 10.0.0.1:5353'],
    },
  ]
  it.each(cases)('$name', ({ spec, slices, want }) => {
    const plans = planListeners(aService(spec), slices, nodes)
    const shown = plans.map(
      ({ protocol, address, port, backends }) =>
        `${protocol} ${address}:${port} → ${backends.map((b) => `${b.address}:${b.port}`).join(' ')}`,
    )
    expect(shown).toEqual(want)
  })
})
