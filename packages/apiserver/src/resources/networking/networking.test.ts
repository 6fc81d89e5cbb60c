import type { Ingress, IngressBackend, IngressClass, IPAddress, NetworkPolicy, ServiceCIDR } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { createErrors, updateErrors } from '../../../testing/field-errors.ts'
import { ingresses } from './ingress.ts'
import { ingressClasses } from './ingress-class.ts'
import { ipAddresses } from './ip-address.ts'
import { networkPolicies } from './network-policy.ts'
import { serviceCIDRs } from './service-cidr.ts'

const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const meta = { name: 'x', namespace: 'n' }
const port = 'must be between 1 and 65535, inclusive'

describe('a network policy', () => {
  type Spec = NonNullable<NetworkPolicy['spec']>
  const policy = (spec: Spec): NetworkPolicy => ({ metadata: meta, spec })
  const from = (...peers: NonNullable<NonNullable<Spec['ingress']>[0]['from']>) => ({ ingress: [{ from: peers }] })

  it.each<[spec: Spec, ...errors: string[]]>([
    [{}],
    [
      from(
        { podSelector: {} },
        { namespaceSelector: {}, podSelector: {} },
        { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
      ),
    ],
    [{ egress: [{ ports: [{ port: 1, endPort: 2 }, { port: 'http' }, {}] }], policyTypes: ['Egress'] }],
    [from({}), 'spec.ingress[0].from[0]: Required value: must specify a peer'],
    [
      from({ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }),
      'spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer',
    ],
    [from({ ipBlock: { cidr: '' } }), 'spec.ingress[0].from[0].ipBlock.cidr: Required value'],
    [
      from({ ipBlock: { cidr: '10.0.0.0' } }),
      'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
    [
      from({ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16', '10.0.0.0/8', 'x'] } }),
      'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
      'spec.ingress[0].from[0].ipBlock.except[1]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
      'spec.ingress[0].from[0].ipBlock.except[2]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
    [
      {
        ingress: [
          {
            ports: [
              { protocol: 'ICMP', port: 0 },
              { port: 80, endPort: 79 },
              { port: 'a', endPort: 1 },
              { endPort: 1 },
            ],
          },
        ],
      },
      'spec.ingress[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"',
      `spec.ingress[0].ports[0].port: Invalid value: 0: ${port}`,
      'spec.ingress[0].ports[1].endPort: Invalid value: 79: must be greater than or equal to `port`',
      'spec.ingress[0].ports[2].endPort: Invalid value: 1: may not be specified when `port` is non-numeric',
      'spec.ingress[0].ports[3].endPort: Invalid value: 1: may not be specified when `port` is not specified',
    ],
    [{ policyTypes: ['x'] }, 'spec.policyTypes[0]: Unsupported value: "x": supported values: "Ingress", "Egress"'],
    [
      { policyTypes: ['Ingress', 'Egress', 'x'] },
      'spec.policyTypes: Invalid value: ["Ingress","Egress","x"]: may not specify more than two policyTypes',
    ],
  ])('%j', (spec, ...errors) => {
    expect(createErrors(networkPolicies, policy(spec))).toEqual(errors)
  })

  it('keeps the ranges that it had', () => {
    const old = policy(from({ ipBlock: { cidr: '010.0.0.0/8' } }))
    expect(updateErrors(networkPolicies, old, old)).toEqual([])
    expect(updateErrors(networkPolicies, old, policy({}))).toHaveLength(1)
  })
})

describe('an ingress', () => {
  type Spec = NonNullable<Ingress['spec']>
  const service: IngressBackend = { service: { name: 's', port: { number: 80 } } }
  const path = (rest: object): Spec => ({
    rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend: service, ...rest }] } }],
  })
  const at = 'spec.rules[0].http.paths[0]'

  it.each<[spec: Spec, ...errors: string[]]>([
    [{ defaultBackend: service }],
    [path({})],
    [{}, 'spec: Invalid value: null: either `defaultBackend` or `rules` must be specified'],
    [
      { rules: [{ host: '10.0.0.1' }] },
      'spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
    ],
    [{ rules: [{ host: 'A' }] }, `spec.rules[0].host: Invalid value: "A": ${subdomain}`],
    [{ rules: [{ http: { paths: [] } }] }, 'spec.rules[0].http.paths: Required value'],
    [path({ pathType: '' }), `${at}.pathType: Required value: pathType must be specified`],
    [
      path({ pathType: 'x' }),
      `${at}.pathType: Unsupported value: "x": supported values: "Exact", "ImplementationSpecific", "Prefix"`,
    ],
    [path({ path: 'a' }), `${at}.path: Invalid value: "a": must be an absolute path`],
    [path({ path: '/a//b' }), `${at}.path: Invalid value: "/a//b": must not contain '//'`],
    [path({ path: '/a/..' }), `${at}.path: Invalid value: "/a/..": cannot end with '/..'`],
    [path({ backend: {} }), `${at}.backend: Invalid value: "": resource or service backend is required`],
    [
      path({ backend: { ...service, resource: { kind: 'a', name: 'b' } } }),
      `${at}.backend: Invalid value: "": cannot set both resource and service backends`,
    ],
    [
      path({ backend: { resource: { apiGroup: 'A', kind: '', name: 'a/b' } } }),
      `${at}.backend.resource.apiGroup: Invalid value: "A": ${subdomain}`,
      `${at}.backend.resource.kind: Required value`,
      `${at}.backend.resource.name: Invalid value: "a/b": may not contain '/'`,
    ],
    [
      path({ backend: { service: { name: '', port: {} } } }),
      `${at}.backend.service.name: Required value`,
      `${at}.backend: Required value: port name or number is required`,
    ],
    [
      path({ backend: { service: { name: 's', port: { name: 'a', number: 1 } } } }),
      `${at}.backend: Invalid value: "": cannot set both port name & port number`,
    ],
    [
      { ...path({}), tls: [{ hosts: ['*'], secretName: 'A' }] },
      expect.stringContaining('spec.tls[0].hosts[0]'),
      `spec.tls[0].secretName: Invalid value: "A": ${subdomain}`,
    ],
    [{ ...path({}), ingressClassName: 'A' }, `spec.ingressClassName: Invalid value: "A": ${subdomain}`],
  ])('%j', (spec, ...errors) => {
    expect(createErrors(ingresses, { metadata: meta, spec })).toEqual(errors)
  })

  it('has one class, and is warned of the annotation', () => {
    const annotations = { 'kubernetes.io/ingress.class': 'a' }
    const ingress: Ingress = { metadata: { ...meta, annotations }, spec: { ...path({}), ingressClassName: 'b' } }
    expect(createErrors(ingresses, ingress)).toEqual([
      'annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are specified',
    ])
    expect(updateErrors(ingresses, ingress, ingress)).toEqual([])
    expect(ingresses.warnings?.({ metadata: { annotations }, spec: path({}) }, undefined)).toEqual([
      'annotation "kubernetes.io/ingress.class" is deprecated, please use \'spec.ingressClassName\' instead',
    ])
  })

  it('says in its status where it is reached', () => {
    const status = (...ingress: { ip?: string; hostname?: string }[]): Ingress => ({
      metadata: meta,
      spec: path({}),
      status: { loadBalancer: { ingress } },
    })
    expect(updateErrors(ingresses, status({ ip: '1.2.3.4', hostname: 'a.b' }), status(), 'status')).toEqual([])
    expect(updateErrors(ingresses, status({ ip: 'x' }, { hostname: '1.2.3.4' }), status(), 'status')).toEqual([
      'status.loadBalancer.ingress[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'status.loadBalancer.ingress[1].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
    ])
    expect(updateErrors(ingresses, status({ ip: 'x' }), status({ ip: 'x' }), 'status')).toEqual([])
  })
})

describe('an ingress class', () => {
  type Spec = NonNullable<IngressClass['spec']>
  const parameters = (rest: object): Spec => ({ controller: 'a.io/b', parameters: { kind: 'k', name: 'n', ...rest } })
  it.each<[spec: Spec, ...errors: string[]]>([
    [{ controller: 'a.io/b' }],
    [parameters({})],
    [parameters({ scope: 'Namespace', namespace: 'n' })],
    [{}, 'spec.controller: Required value'],
    [
      { controller: 'a' },
      'spec.controller: Invalid value: "a": must be a domain-prefixed path (such as "acme.io/foo")',
    ],
    [{ controller: `a.io/${'b'.repeat(250)}` }, 'spec.controller: Too long: may not be more than 250 bytes'],
    [
      parameters({ kind: '', name: '%' }),
      'spec.parameters.kind: Required value',
      'spec.parameters.name: Invalid value: "%": may not contain \'%\'',
    ],
    [
      parameters({ scope: 'x' }),
      'spec.parameters.scope: Unsupported value: "x": supported values: "Cluster", "Namespace"',
    ],
    [
      parameters({ scope: 'Namespace' }),
      "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
    ],
    [parameters({ namespace: 'n' }), "spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"],
  ])('%j', (spec, ...errors) => {
    expect(createErrors(ingressClasses, { metadata: { name: 'c' }, spec })).toEqual(errors)
  })
})

describe('an address of a Service', () => {
  it.each<[name: string, spec: IPAddress['spec'], ...errors: string[]]>([
    ['10.0.0.1', { parentRef: { resource: 'services', name: 's', namespace: 'n' } }],
    ['2001:db8::1', { parentRef: { group: 'a.io', resource: 'r', name: 's' } }],
    [
      '010.0.0.1',
      { parentRef: { resource: 'r', name: 's' } },
      'metadata.name: Invalid value: "010.0.0.1": must not have leading 0s',
    ],
    [
      '10.0.0.1',
      { parentRef: { resource: '', name: 'a/b' } },
      'spec.parentRef.resource: Required value',
      'spec.parentRef.name: Invalid value: "a/b": may not contain \'/\'',
    ],
  ])('%s %j', (name, spec, ...errors) => {
    expect(createErrors(ipAddresses, { metadata: { name }, spec })).toEqual(errors)
  })
})

describe('a range of addresses', () => {
  const range = (...cidrs: string[]): ServiceCIDR => ({ metadata: { name: 'r' }, spec: { cidrs } })
  const dual = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'

  it.each<[cidrs: string[], ...errors: string[]]>([
    [['10.0.0.0/8']],
    [['10.0.0.0/8', '2001:db8::/64']],
    [[], 'spec.cidrs: Required value: at least one CIDR required'],
    [['10.0.0.0/8', '11.0.0.0/8'], `spec.cidrs: Invalid value: ["10.0.0.0/8","11.0.0.0/8"]: ${dual}`],
    [['10.0.0.1/8'], 'spec.cidrs[0]: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length'],
    [
      ['1.0.0.0/8', '2.0.0.0/8', '3.0.0.0/8'],
      'spec.cidrs: Invalid value: {"CIDRs":["1.0.0.0/8","2.0.0.0/8","3.0.0.0/8"]}: may only hold up to 2 values',
    ],
  ])('%j', (cidrs, ...errors) => {
    expect(createErrors(serviceCIDRs, range(...cidrs))).toEqual(errors)
  })

  it.each<[from: string[], to: string[], ...errors: string[]]>([
    [['10.0.0.0/8'], ['10.0.0.0/8', '2001:db8::/64']],
    [['10.0.0.0/8'], ['11.0.0.0/8'], 'spec.cidrs[0]: Invalid value: "11.0.0.0/8": field is immutable'],
    [['10.0.0.0/8', '2001:db8::/64'], ['10.0.0.0/8'], 'spec.cidrs: Invalid value: ["10.0.0.0/8"]: field is immutable'],
  ])('goes from %j to %j', (from, to, ...errors) => {
    expect(updateErrors(serviceCIDRs, range(...to), range(...from))).toEqual(errors)
  })
})
