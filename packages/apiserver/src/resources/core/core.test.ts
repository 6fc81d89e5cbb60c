import type { ConfigMap, Endpoints, Event, Node, PersistentVolumeClaim, Secret } from '@wherry/api'
import { formatFieldError } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { configMaps } from './config-map.ts'
import { endpoints } from './endpoints.ts'
import { events } from './event.ts'
import { nodes } from './node.ts'
import { persistentVolumeClaims } from './persistent-volume-claim.ts'
import { secrets } from './secret.ts'

const now = Date.parse('2026-01-01T00:10:00Z')

describe('a ConfigMap', () => {
  const errorsOf = (map: Partial<ConfigMap>) =>
    (configMaps.validate?.({ metadata: {}, ...map }) ?? []).map(formatFieldError)

  it('has keys that can be file names', () => {
    expect(errorsOf({ data: { 'a.b-c_D': '' } })).toEqual([])
    expect(errorsOf({ data: { 'a/b': '' } })).toEqual([
      `data[a/b]: Invalid value: "a/b": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
    ])
  })

  it('has a key once', () => {
    expect(errorsOf({ data: { a: '' }, binaryData: { a: '' } })).toEqual([
      'data[a]: Invalid value: "a": duplicate of key present in binaryData',
    ])
  })

  it('is no larger than a mebibyte', () => {
    expect(errorsOf({ data: { a: 'x'.repeat(1024 * 1024) } })).toEqual([])
    expect(errorsOf({ data: { a: 'x'.repeat(1024 * 1024 + 1) } })).toEqual([
      '[]: Too long: may not be more than 1048576 bytes',
    ])
  })

  it('stays as it is once it is immutable', () => {
    const old = { metadata: {}, immutable: true, data: { a: '1' } }
    const detail = 'field is immutable when `immutable` is set'
    const errors = configMaps.validateUpdate?.({ metadata: {}, data: { a: '2' } }, old)
    expect(errors?.map(formatFieldError)).toEqual([`immutable: Forbidden: ${detail}`, `data: Forbidden: ${detail}`])
    expect(configMaps.validateUpdate?.(old, old)).toEqual([])
  })

  it('shows how many keys it has', () => {
    const map = { metadata: {}, data: { a: '', b: '' }, binaryData: { c: '' } }
    expect(configMaps.columns?.[1]?.value(map, 0)).toBe(3)
  })
})

describe('a Secret', () => {
  const defaulted = (secret: Partial<Secret>): Secret => {
    const full: Secret = { metadata: {}, ...secret }
    secrets.setDefaults?.(full)
    return full
  }
  const errorsOf = (secret: Partial<Secret>) => (secrets.validate?.(defaulted(secret)) ?? []).map(formatFieldError)

  it('takes plain text and keeps it encoded', () => {
    const secret = defaulted({ data: { a: 'AA==', b: 'AA==' }, stringData: { a: 'text' } })
    expect(secret).toEqual({ metadata: {}, type: 'Opaque', data: { a: 'dGV4dA==', b: 'AA==' } })
  })

  it.each<{ secret: Partial<Secret>; want: string[] }>([
    { secret: { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } }, want: ['data[tls.key]: Required value'] },
    {
      secret: { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'eA==' } },
      want: [
        `data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid character 'x' looking for beginning of value`,
      ],
    },
    {
      secret: { type: 'kubernetes.io/basic-auth' },
      want: ['data[username]: Required value', 'data[password]: Required value'],
    },
    {
      secret: { type: 'kubernetes.io/service-account-token' },
      want: ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
    },
    { secret: { type: 'example.com/own' }, want: [] },
  ])('of type $secret.type holds what its users read', ({ secret, want }) => {
    expect(errorsOf(secret)).toEqual(want)
  })

  it('keeps its type', () => {
    const errors = secrets.validateUpdate?.(defaulted({ type: 'a' }), defaulted({ type: 'b' }))
    expect(errors?.map(formatFieldError)).toEqual(['type: Invalid value: "a": field is immutable'])
  })
})

describe('a Node', () => {
  const cells = (node: Node) => nodes.columns?.map((column) => column.value(node, now))

  it('can give out what it has, unless it says less', () => {
    const node: Node = { metadata: {}, status: { capacity: { cpu: '4' } } }
    nodes.setDefaults?.(node)
    expect(node.status?.allocatable).toEqual({ cpu: '4' })
  })

  it('shows its state, roles and addresses', () => {
    const node: Node = {
      metadata: {
        name: 'n1',
        creationTimestamp: '2026-01-01T00:00:00Z',
        labels: {
          'node-role.kubernetes.io/worker': '',
          'node-role.kubernetes.io/control-plane': '',
          'kubernetes.io/role': 'db',
        },
      },
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
      },
    }
    expect(cells(node)).toEqual([
      'n1',
      'Ready,SchedulingDisabled',
      'control-plane,db,worker',
      '10m',
      '',
      '10.0.0.1',
      '<none>',
      '<unknown>',
      '<unknown>',
      '<unknown>',
    ])
    expect(cells({ metadata: {} })?.slice(1, 3)).toEqual(['Unknown', '<none>'])
  })

  it('has each taint once for an effect', () => {
    const taints = [
      { key: 'a', effect: 'NoSchedule' },
      { key: 'a', value: 'x', effect: 'NoSchedule' },
      { key: 'a', effect: 'Nothing' },
    ]
    expect((nodes.validate?.({ metadata: {}, spec: { taints } }) ?? []).map(formatFieldError)).toEqual([
      'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"x","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
      'metadata.taints[2].effect: Unsupported value: "Nothing": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ])
  })
})

describe('an Event', () => {
  const event = (given: Partial<Event>): Event => ({
    metadata: { name: 'e', namespace: 'default' },
    involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
    ...given,
  })

  it('shows when it was seen, and by whom', () => {
    const given = event({
      type: 'Warning',
      reason: 'BackOff',
      message: 'again \n',
      count: 4,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:09:00Z',
      source: { component: 'kubelet', host: 'n1' },
    })
    expect(events.columns?.map((column) => column.value(given, now))).toEqual([
      '60s',
      'Warning',
      'BackOff',
      'pod/p',
      '',
      'kubelet, n1',
      'again',
      '10m',
      4,
      'e',
    ])
  })

  it('goes by its series where it has one, and counts once where it has no count', () => {
    const series = { count: 7, lastObservedTime: '2026-01-01T00:09:30.000000Z' }
    const cells = (given: Event) => events.columns?.map((column) => column.value(given, now))
    const recent = cells(event({ eventTime: '2026-01-01T00:05:00.000000Z', series, reportingComponent: 'x' }))
    expect([recent?.[0], recent?.[5], recent?.[7], recent?.[8]]).toEqual(['30s', 'x', '5m', 7])
    expect(cells(event({}))?.[8]).toBe(1)
  })

  it('lives where its object lives', () => {
    const errors = events.validate?.(event({ involvedObject: { namespace: 'other' } }))
    expect(errors?.map(formatFieldError)).toEqual([
      'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    ])
    expect(events.validate?.(event({ involvedObject: { kind: 'Node', name: 'n' } }))).toEqual([])
  })
})

describe('Endpoints', () => {
  it('show the first three addresses', () => {
    const addresses = ['1', '2', '3', '4', '5'].map((n) => ({ ip: `10.0.0.${n}` }))
    const object: Endpoints = { metadata: {}, subsets: [{ addresses, ports: [{ port: 80 }] }] }
    expect(endpoints.columns?.[1]?.value(object, 0)).toBe('10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...')
    expect(endpoints.columns?.[1]?.value({ metadata: {} }, 0)).toBe('<none>')
  })

  it('have addresses that can be reached', () => {
    const object: Endpoints = { metadata: {}, subsets: [{ addresses: [{ ip: '169.254.1.1' }, { ip: 'x' }] }, {}] }
    expect((endpoints.validate?.(object) ?? []).map(formatFieldError)).toEqual([
      'subsets[0].addresses[0].ip: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
      'subsets[0].addresses[1].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'subsets[1]: Required value: must specify `addresses` or `notReadyAddresses`',
    ])
  })
})

describe('a PersistentVolumeClaim', () => {
  const claim = (spec: PersistentVolumeClaim['spec'], status: PersistentVolumeClaim['status'] = {}) => ({
    metadata: {},
    spec,
    status,
  })
  const asking = (storage: string) => ({ accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } })

  it('says how much it needs, and how it is used', () => {
    const errors = persistentVolumeClaims.validate?.(claim({ accessModes: ['Often'] })) ?? []
    expect(errors.map(formatFieldError)).toEqual([
      'spec.accessModes: Unsupported value: "Often": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      'spec.resources[storage]: Required value',
    ])
  })

  it('may grow once it is bound', () => {
    const old = claim({ ...asking('1Gi'), volumeName: 'v' }, { phase: 'Bound' })
    expect(persistentVolumeClaims.validateUpdate?.(claim({ ...asking('2Gi'), volumeName: 'v' }), old)).toEqual([])
    const errors = persistentVolumeClaims.validateUpdate?.(claim({ ...asking('1Gi'), volumeName: 'w' }), old)
    expect(errors?.map(formatFieldError)).toEqual([
      'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n- volumeName: "v"\n+ volumeName: "w"',
    ])
  })
})
