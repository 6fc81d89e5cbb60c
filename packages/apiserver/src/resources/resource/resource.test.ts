import type {
  DeviceClass,
  DeviceRequest,
  ResourceClaimTemplate,
  ResourceSlice,
  ResourceV1ResourceClaim as Claim,
} from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { createErrors, updateErrors } from '../../../testing/field-errors.ts'
import { deviceClasses } from './device-class.ts'
import { resourceClaims } from './resource-claim.ts'
import { resourceClaimTemplates } from './resource-claim-template.ts'
import { resourceSlices } from './resource-slice.ts'

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const refWords = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"

const claim = (devices: Claim['spec']['devices'], rest: Partial<Claim> = {}): Claim => ({
  metadata: { name: 'c', namespace: 'n' },
  spec: devices ? { devices } : {},
  ...rest,
})
const request = (exactly: Partial<DeviceRequest['exactly']> = {}): DeviceRequest => ({
  name: 'r',
  exactly: { deviceClassName: 'gpu', ...exactly },
})
const opaque = (parameters: unknown) => ({ driver: 'd.io', parameters })

describe('a resource claim', () => {
  it.each<[devices: Claim['spec']['devices'], ...errors: string[]]>([
    [{ requests: [request()] }],
    [undefined],
    [
      { requests: [{ name: 'r' }] },
      'spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required',
    ],
    [
      { requests: [{ ...request(), firstAvailable: [{ name: 's', deviceClassName: 'gpu' }] }] },
      'spec.devices.requests[0]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set',
    ],
    [{ requests: [{ ...request(), name: '_' }] }, `spec.devices.requests[0].name: Invalid value: "_": ${label}`],
    [{ requests: [request(), request()] }, 'spec.devices.requests[1]: Duplicate value: "r"'],
    [
      { requests: [request({ deviceClassName: '' })] },
      'spec.devices.requests[0].exactly.deviceClassName: Required value',
    ],
    [
      { requests: [request({ allocationMode: 'All', count: 2 })] },
      "spec.devices.requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'",
    ],
    [
      { requests: [request({ count: -1 })] },
      'spec.devices.requests[0].exactly.count: Invalid value: -1: must be greater than zero',
    ],
    [
      { requests: [request({ allocationMode: 'Some' })] },
      'spec.devices.requests[0].exactly.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"',
    ],
    [{ requests: [request({ selectors: [{}] })] }, 'spec.devices.requests[0].exactly.selectors[0].cel: Required value'],
    [
      { requests: [request({ selectors: [{ cel: { expression: 'x'.repeat(10_241) } }] })] },
      'spec.devices.requests[0].exactly.selectors[0].cel.expression: Too long: may not be more than 10240 bytes',
    ],
    [
      { requests: Array.from({ length: 33 }, (_, i) => ({ ...request(), name: `r${i}` })) },
      'spec.devices.requests: Too many: 33: must have at most 32 items',
    ],
    [
      { requests: [request({ tolerations: [{ key: 'a b', operator: 'Exists', value: 'v', effect: 'Some' }] })] },
      "spec.devices.requests[0].exactly.tolerations[0].key: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      'spec.devices.requests[0].exactly.tolerations[0].value: Invalid value: "v": must be empty for operator `Exists`',
      'spec.devices.requests[0].exactly.tolerations[0].effect: Unsupported value: "Some": supported values: "NoExecute", "NoSchedule", "None"',
    ],
    [{ requests: [request()], constraints: [{ requests: ['r'], matchAttribute: 'd.io/a' }] }],
    [
      { requests: [request()], constraints: [{ requests: ['x', 'r/s/t'], matchAttribute: 'a' }] },
      `spec.devices.constraints[0].requests[0]: Invalid value: "x": ${refWords}`,
      `spec.devices.constraints[0].requests[1]: Invalid value: "r/s/t": ${refWords}`,
      'spec.devices.constraints[0].matchAttribute: Invalid value: "a": a fully qualified name must be a domain and a name separated by a slash',
    ],
    [
      { requests: [request()], constraints: [{}] },
      'spec.devices.constraints[0]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
    ],
    [{ requests: [request()], config: [{ requests: ['r'], opaque: opaque({ a: 1 }) }] }],
    [{ config: [{}] }, 'spec.devices.config[0].opaque: Required value'],
    [
      { config: [{ opaque: { driver: '', parameters: 1 } }] },
      'spec.devices.config[0].opaque.driver: Required value',
      "spec.devices.config[0].opaque.driver: Invalid value: \"\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'spec.devices.config[0].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
    ],
    [
      { config: [{ opaque: opaque({ a: 'x'.repeat(10_240) }) }] },
      'spec.devices.config[0].opaque.parameters: Too long: may not be more than 10240 bytes',
    ],
  ])('%j', (devices, ...errors) => {
    expect(createErrors(resourceClaims, claim(devices))).toEqual(errors)
  })

  it('keeps its spec', () => {
    const errors = updateErrors(resourceClaims, claim({ requests: [] }), claim({ requests: [request()] }))
    expect(errors.join()).toMatch(/^spec: Invalid value: .*: field is immutable$/)
  })

  const result = { request: 'r', driver: 'd.io', pool: 'p', device: 'dev-1' }
  const consumer = { resource: 'pods', name: 'p', uid: 'u' }
  const status = (value: Claim['status']) => claim({ requests: [request()] }, value ? { status: value } : {})

  it.each<[status: Claim['status'], ...errors: string[]]>([
    [{ allocation: { devices: { results: [result] } }, reservedFor: [consumer] }],
    [{ reservedFor: [consumer] }, 'status.reservedFor: Forbidden: may not be specified when `allocated` is not set'],
    [
      { allocation: {}, reservedFor: [consumer, { ...consumer, name: '' }] },
      'status.reservedFor[1].name: Required value',
      'status.reservedFor[1]: Duplicate value: "u"',
    ],
    [
      { allocation: { devices: { results: [{ ...result, request: 'x', pool: '', device: 'A' }] } } },
      `status.allocation.devices.results[0].request: Invalid value: "x": ${refWords}`,
      'status.allocation.devices.results[0].pool: Required value',
      `status.allocation.devices.results[0].device: Invalid value: "A": ${label}`,
    ],
    [
      { allocation: { devices: { results: [{ ...result, bindingConditions: ['a'] }] } } },
      'status.allocation.devices.results[0].bindingFailureConditions: Invalid value: null: bindingFailureConditions are required to use bindingConditions',
    ],
    [
      { allocation: { devices: { results: [{ ...result, shareID: 'x' }] } } },
      'status.allocation.devices.results[0].shareID: Invalid value: "x": error validating uid: invalid UUID length: 1',
    ],
    [
      { allocation: { devices: { config: [{ source: '', opaque: opaque({}) }] } } },
      'status.allocation.devices.config[0].source: Required value',
    ],
    [
      { allocation: {}, devices: [{ driver: 'd.io', pool: 'p', device: 'dev-1' }] },
      'status.devices[0]: Invalid value: "d.io/p/dev-1": must be an allocated device in the claim',
    ],
    [
      {
        allocation: { devices: { results: [result] } },
        devices: [
          { driver: 'd.io', pool: 'p', device: 'dev-1', data: 1, networkData: { ips: ['10.0.0.1', '10.0.0.1/24'] } },
        ],
      },
      'status.devices[0].data: Invalid value: "<value omitted>": must be a valid JSON object',
      'status.devices[0].networkData.ips[0]: Invalid value: "10.0.0.1": must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)',
    ],
  ])('status %j', (value, ...errors) => {
    expect(updateErrors(resourceClaims, status(value), status(undefined), 'status')).toEqual(errors)
  })

  it('keeps its allocation, and takes no consumers while it goes', () => {
    const allocation = { devices: { results: [result] } }
    const changed = updateErrors(resourceClaims, status({ allocation: {} }), status({ allocation }), 'status')
    expect(changed.join()).toMatch(/^status.allocation: Invalid value: .*: field is immutable$/)
    const going = status({ allocation, reservedFor: [consumer] })
    going.metadata.deletionTimestamp = '2026-01-01T00:00:00Z'
    const old = status({ allocation })
    old.metadata.deletionTimestamp = '2026-01-01T00:00:00Z'
    expect(updateErrors(resourceClaims, going, old, 'status')).toEqual([
      'status.reservedFor: Forbidden: new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set',
    ])
  })
})

describe('a resource claim template', () => {
  it('is checked as the claims that it makes, and takes labels and annotations only', () => {
    const template: ResourceClaimTemplate = {
      metadata: { name: 't', namespace: 'n' },
      spec: { metadata: { name: 'x', labels: { a: 'b' } }, spec: { devices: { requests: [{ name: 'r' }] } } },
    }
    expect(createErrors(resourceClaimTemplates, template)).toEqual([
      'spec.metadata.name: Forbidden: cannot be set',
      'spec.spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required',
    ])
  })
})

describe('a device class', () => {
  it.each<[spec: DeviceClass['spec'], ...errors: string[]]>([
    [{}],
    [
      {
        selectors: [{ cel: { expression: 'true' } }],
        config: [{ opaque: opaque({}) }],
        extendedResourceName: 'a.com/b',
      },
    ],
    [
      { selectors: [{}], config: [{}] },
      'spec.selectors[0].cel: Required value',
      'spec.config[0].opaque: Required value',
    ],
    [
      { extendedResourceName: 'cpu' },
      'spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name',
    ],
  ])('%j', (spec, ...errors) => {
    expect(createErrors(deviceClasses, { metadata: { name: 'c' }, spec })).toEqual(errors)
  })
})

type SliceSpec = ResourceSlice['spec']
const slice = (spec: Partial<SliceSpec>): ResourceSlice => ({
  metadata: { name: 's' },
  spec: { driver: 'd.io', pool: { name: 'p', generation: 1, resourceSliceCount: 1 }, nodeName: 'n', ...spec },
})
const capacity = (requestPolicy: object) => ({
  devices: [{ name: 'd', allowMultipleAllocations: true, capacity: { m: { value: '10', requestPolicy } } }],
})
const policy = 'spec.devices[0].capacity[m].requestPolicy'
const perDevice =
  'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec'

describe('a resource slice', () => {
  it.each<[spec: Partial<SliceSpec>, ...errors: string[]]>([
    [{}],
    [
      {
        devices: [
          {
            name: 'd',
            attributes: { a: { int: 1 }, 'x.io/b': { version: '1.2.3-a+b' } },
            capacity: { m: { value: '1Gi' } },
          },
        ],
      },
    ],
    [
      { pool: { name: 'p', generation: -1, resourceSliceCount: 0 } },
      'spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero',
      'spec.pool.generation: Invalid value: -1: must be greater than or equal to zero',
    ],
    [
      { nodeName: '' },
      'spec.nodeName: Invalid value: "": must be either unset or set to a non-empty string',
      'spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required',
    ],
    [
      { allNodes: true },
      'spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set',
    ],
    [{ allNodes: false }, 'spec.allNodes: Invalid value: false: must be either unset or set to true'],
    [
      { devices: [], sharedCounters: [{ name: 'c', counters: { m: { value: '1' } } }] },
      'spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed',
    ],
    [
      { sharedCounters: [{ name: '', counters: {} }] },
      'spec.sharedCounters[0].name: Required value',
      'spec.sharedCounters[0].counters: Required value',
    ],
    [
      { devices: Array.from({ length: 129 }, (_, i) => ({ name: `d${i}` })) },
      'spec.devices: Too many: 129: must have at most 128 items',
    ],
    [
      {
        devices: Array.from({ length: 65 }, (_, i) => ({
          name: `d${i}`,
          taints: [{ key: 'a', effect: 'NoSchedule' }],
        })),
      },
      'spec.devices: Too many: 65: must have at most 64 items',
    ],
    [{ devices: [{ name: 'd' }, { name: 'd' }] }, 'spec.devices[1]: Duplicate value: "d"'],
    [
      { devices: [{ name: 'd', attributes: { a: {}, b: { int: 1, string: 'x' } } }] },
      'spec.devices[0].attributes[a]: Invalid value: "": exactly one value must be specified',
      'spec.devices[0].attributes[b]: Invalid value: {"int":1,"string":"x"}: exactly one value must be specified',
    ],
    [
      { devices: [{ name: 'd', attributes: { a: { version: '1.2' }, b: { string: 'x'.repeat(65) } } }] },
      'spec.devices[0].attributes[a].version: Invalid value: "1.2": must be a string compatible with semver.org spec 2.0.0',
      'spec.devices[0].attributes[b].string: Too long: may not be more than 64 bytes',
    ],
    [
      { devices: [{ name: 'd', attributes: { '/a': { int: 1 }, 'x.io/': { int: 1 }, 'a/b/c': { int: 1 } } }] },
      'spec.devices[0].attributes: Invalid value: "": the domain must not be empty',
      'spec.devices[0].attributes: Invalid value: "": the name must not be empty',
      'spec.devices[0].attributes: Invalid value: "a/b/c": must not contain more than one slash',
    ],
    [
      {
        devices: [
          {
            name: 'd',
            taints: [
              { key: 'a', effect: '' },
              { key: 'b', effect: 'x' },
            ],
          },
        ],
      },
      'spec.devices[0].taints[0].effect: Required value',
      'spec.devices[0].taints[1].effect: Unsupported value: "x": supported values: "NoExecute", "NoSchedule", "None"',
    ],
    [
      { devices: [{ name: 'd', nodeName: 'n' }] },
      'spec.devices[0]: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
    ],
    [
      { devices: [{ name: 'd', capacity: { m: { value: '1', requestPolicy: {} } } }] },
      `${policy}: Forbidden: allowMultipleAllocations must be true`,
    ],
    [capacity({ default: '2', validValues: ['1', '2'] })],
    [capacity({ default: '2', validRange: { min: '1', max: '4', step: '1' } })],
    [capacity({ validValues: ['1'] }), `${policy}.default: Required value: required when validValues is defined`],
    [
      capacity({ default: '3', validValues: ['2', '1', '11'] }),
      `${policy}.validValues[1]: Invalid value: "1": values must be sorted in ascending order`,
      `${policy}.validValues[2]: Invalid value: "11": option is larger than capacity value: 10`,
      `${policy}.validValues: Invalid value: "3": default value is not valid according to the requestPolicy`,
    ],
    [
      capacity({ default: '20', validRange: { min: '11', max: '10', step: '3' } }),
      `${policy}.validRange.min: Invalid value: "11": min is larger than capacity value: 10`,
      `${policy}.validRange.max: Invalid value: "11": min is larger than max: 10`,
      `${policy}.validRange.default: Invalid value: "20": default is more than max: 10`,
      `${policy}.validRange.step: Invalid value: "3": one step 14 is larger than capacity value: 10`,
      `${policy}.validRange.step: Invalid value: "10": value is not a multiple of a given step (3) from (11)`,
    ],
  ])('%j', (spec, ...errors) => {
    expect(createErrors(resourceSlices, slice(spec))).toEqual(errors)
  })

  it('may leave the nodes to its devices', () => {
    const { nodeName: _, ...spec } = slice({
      perDeviceNodeSelection: true,
      devices: [{ name: 'a' }, { name: 'b', nodeName: 'n', allNodes: true }],
    }).spec
    expect(createErrors(resourceSlices, { metadata: { name: 's' }, spec })).toEqual([
      `spec.devices[0]: Required value: ${perDevice}`,
      `spec.devices[1]: Invalid value: "{\`nodeName\`, \`allNodes\`}": ${perDevice}`,
    ])
  })

  it('keeps its driver, pool and node', () => {
    const next = slice({ driver: 'e.io', nodeName: 'm', pool: { name: 'q', generation: 1, resourceSliceCount: 1 } })
    expect(updateErrors(resourceSlices, next, slice({}))).toEqual([
      'spec.pool.name: Invalid value: "q": field is immutable',
      'spec.driver: Invalid value: "e.io": field is immutable',
      'spec.nodeName: Invalid value: "m": field is immutable',
    ])
  })
})
