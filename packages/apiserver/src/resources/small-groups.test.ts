import type { Endpoint, EndpointSlice, Lease, RuntimeClass } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { createErrors, updateErrors } from '../../testing/field-errors.ts'
import { leases } from './coordination/lease.ts'
import { endpointSlices } from './discovery/endpoint-slice.ts'
import { runtimeClasses } from './node/runtime-class.ts'

describe('an endpoint slice', () => {
  const slice = (endpoint: Partial<Endpoint>, addressType = 'IPv4'): EndpointSlice => ({
    metadata: { name: 's', namespace: 'n' },
    addressType,
    endpoints: [{ addresses: ['10.0.0.1'], ...endpoint }],
  })
  const nine = Array.from({ length: 9 }, (_, i) => ({ name: `z${i}` }))

  it.each<[slice: EndpointSlice, ...errors: string[]]>([
    [slice({ hints: { forZones: [{ name: 'a' }], forNodes: [{ name: 'n' }] } })],
    [slice({ addresses: ['a.b'] }, 'FQDN')],
    [
      slice({ addresses: ['a'] }, 'FQDN'),
      'endpoints[0].addresses[0]: Invalid value: "a": should be a domain with at least two segments separated by dots',
    ],
    [slice({ addresses: [] }), 'endpoints[0].addresses: Required value: must contain at least 1 address'],
    [slice({ addresses: ['::1'] }), 'endpoints[0].addresses[0]: Invalid value: "::1": must be an IPv4 address'],
    [slice({ hints: { forZones: nine } }), 'endpoints[0].hints.forZones: Too many: 9: must have at most 8 items'],
    [
      slice({ hints: { forZones: [{ name: 'a' }, { name: 'a' }] } }),
      'endpoints[0].hints.forZones[1].name: Duplicate value: "a"',
    ],
    [slice({}, 'x'), 'addressType: Unsupported value: "x": supported values: "FQDN", "IPv4", "IPv6"'],
  ])('%j', (object, ...errors) => {
    expect(createErrors(endpointSlices, object)).toEqual(errors)
  })

  it('keeps its type of addresses', () => {
    expect(updateErrors(endpointSlices, slice({ addresses: ['a.b'] }, 'FQDN'), slice({}))).toEqual([
      'addressType: Invalid value: "FQDN": field is immutable',
    ])
  })
})

describe('a lease', () => {
  it.each<[spec: NonNullable<Lease['spec']>, ...errors: string[]]>([
    [{ leaseDurationSeconds: 15, leaseTransitions: 0 }],
    [{ leaseDurationSeconds: 0 }, 'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'],
    [{ leaseTransitions: -1 }, 'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0'],
  ])('%j', (spec, ...errors) => {
    expect(createErrors(leases, { metadata: { name: 'l', namespace: 'n' }, spec })).toEqual(errors)
  })

  it('has no part in an election that is off', () => {
    const lease: Lease = { metadata: { name: 'l' }, spec: { holderIdentity: 'a', strategy: 's', preferredHolder: 'b' } }
    leases.prepareForCreate?.(lease, { user: { name: 'u', groups: [] }, now: 0, dryRun: false })
    expect(lease.spec).toEqual({ holderIdentity: 'a' })
  })
})

describe('a runtime class', () => {
  const aClass = (rest: Partial<RuntimeClass>): RuntimeClass => ({ metadata: { name: 'c' }, handler: 'h', ...rest })
  it.each<[object: RuntimeClass, ...errors: string[]]>([
    [aClass({ overhead: { podFixed: { cpu: '1' } }, scheduling: { nodeSelector: { a: 'b' } } })],
    [aClass({ handler: 'A' }), expect.stringContaining('handler: Invalid value: "A": a lowercase RFC 1123 label')],
    [
      aClass({ overhead: { podFixed: { cpu: '-1' } } }),
      expect.stringContaining('overhead.limits[cpu]: Invalid value: "-1"'),
    ],
    [
      aClass({ scheduling: { nodeSelector: { a: '-' } } }),
      expect.stringContaining('scheduling.nodeSelector: Invalid value: "-"'),
    ],
    [
      aClass({ scheduling: { tolerations: [{ key: 'a', operator: 'x' }] } }),
      expect.stringContaining('scheduling.tolerations[0].operator: Unsupported value: "x"'),
    ],
  ])('%j', (object, ...errors) => {
    expect(createErrors(runtimeClasses, object)).toEqual(errors)
  })

  it('keeps its handler', () => {
    expect(updateErrors(runtimeClasses, aClass({ handler: 'i' }), aClass({}))).toEqual([
      'handler: Invalid value: "i": field is immutable',
    ])
  })
})
