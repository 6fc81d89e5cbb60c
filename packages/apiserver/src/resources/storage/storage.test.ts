import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { createErrors, updateErrors } from '../../../testing/field-errors.ts'
import { csiDrivers } from './csi-driver.ts'
import { csiNodes } from './csi-node.ts'
import { csiStorageCapacities } from './csi-storage-capacity.ts'
import { storageClasses } from './storage-class.ts'
import { volumeAttachments } from './volume-attachment.ts'
import { volumeAttributesClasses } from './volume-attributes-class.ts'

const long = 'x'.repeat(256 * 1024)
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

describe('a storage class', () => {
  const aClass = (rest: Partial<StorageClass>): StorageClass => ({
    metadata: { name: 'c' },
    provisioner: 'k.io/p',
    ...rest,
  })
  const topologies = (...terms: [string, string[]][][]) => ({
    allowedTopologies: terms.map((term) => ({ matchLabelExpressions: term.map(([key, values]) => ({ key, values })) })),
  })
  it.each<[given: Partial<StorageClass>, ...errors: string[]]>([
    [{}],
    [{ parameters: { a: '1' }, ...topologies([['z', ['a']]], [['z', ['b']]]) }],
    [{ provisioner: '' }, 'provisioner: Required value'],
    [{ reclaimPolicy: 'Recycle' }, 'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"'],
    [
      { volumeBindingMode: 'x' },
      'volumeBindingMode: Unsupported value: "x": supported values: "Immediate", "WaitForFirstConsumer"',
    ],
    [{ parameters: { '': 'a' } }, 'parameters: Invalid value: "": field can not be empty.'],
    [{ parameters: { a: long } }, 'parameters: Too long: may not be more than 262144 bytes'],
    [
      { parameters: Object.fromEntries(Array.from({ length: 513 }, (_, i) => [`k${i}`, ''])) },
      'parameters: Too long: may not be more than 512 bytes',
    ],
    [topologies([['z', []]]), 'allowedTopologies.matchLabelExpressions[0].values: Required value'],
    [topologies([['z', ['a', 'a']]]), 'allowedTopologies.matchLabelExpressions[0].values[1]: Duplicate value: "a"'],
    [
      topologies([
        ['z', ['a']],
        ['z', ['b']],
      ]),
      'allowedTopologies.matchLabelExpressions[1].key: Duplicate value: "z"',
    ],
    [
      topologies([['z', ['a', 'b']]], [['z', ['b', 'a']]]),
      'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""',
    ],
  ])('%j', (given, ...errors) => {
    expect(createErrors(storageClasses, aClass(given))).toEqual(errors)
  })

  it('keeps what volumes are made of', () => {
    const next = aClass({
      provisioner: 'x',
      parameters: { a: '1' },
      reclaimPolicy: 'Retain',
      volumeBindingMode: 'WaitForFirstConsumer',
    })
    expect(updateErrors(storageClasses, next, aClass({}))).toEqual([
      'parameters: Forbidden: updates to parameters are forbidden.',
      'provisioner: Forbidden: updates to provisioner are forbidden.',
      'reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.',
      'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
    ])
  })
})

describe('a CSI driver', () => {
  const driver = (spec: CSIDriver['spec']): CSIDriver => ({ metadata: { name: 'd.io' }, spec })
  it.each<[spec: CSIDriver['spec'], ...errors: string[]]>([
    [{}],
    [
      {
        tokenRequests: [{ audience: 'a' }, { audience: 'b', expirationSeconds: 600 }],
        volumeLifecycleModes: ['Ephemeral'],
      },
    ],
    [
      { fsGroupPolicy: 'x' },
      'spec.fsGroupPolicy: Unsupported value: "x": supported values: "File", "None", "ReadWriteOnceWithFSType"',
    ],
    [
      { volumeLifecycleModes: ['x'] },
      'spec.volumeLifecycleModes: Unsupported value: "x": supported values: "Ephemeral", "Persistent"',
    ],
    [
      {
        tokenRequests: [
          { audience: 'a', expirationSeconds: 1 },
          { audience: 'a' },
          { audience: 'b', expirationSeconds: 2 ** 33 },
        ],
      },
      'spec.tokenRequests[0].expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes',
      'spec.tokenRequests[1].audience: Duplicate value: "a"',
      'spec.tokenRequests[2].expirationSeconds: Invalid value: 8589934592: may not specify a duration larger than 2^32 seconds',
    ],
    [
      { nodeAllocatableUpdatePeriodSeconds: 9 },
      'spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds',
    ],
  ])('%j', (spec, ...errors) => {
    expect(createErrors(csiDrivers, driver(spec))).toEqual(errors)
  })
})

describe('what drivers say of a node', () => {
  type Drivers = NonNullable<CSINode['spec']>['drivers']
  const node = (...drivers: Drivers): CSINode => ({ metadata: { name: 'n' }, spec: { drivers } })
  const driver = { name: 'd.io', nodeID: 'n' }
  it.each<[drivers: Drivers, ...errors: string[]]>([
    [[]],
    [[{ ...driver, topologyKeys: ['a.io/b'], allocatable: { count: 0 } }]],
    [[driver, driver], 'spec.drivers[1].name: Duplicate value: "d.io"'],
    [[{ ...driver, nodeID: '' }], 'spec.drivers[0].nodeID: Required value'],
    [[{ ...driver, nodeID: 'x'.repeat(193) }], expect.stringContaining('must be 192 characters or less')],
    [
      [{ ...driver, allocatable: { count: -1 } }],
      'spec.drivers[0].allocatable.count: Invalid value: -1: must be greater than or equal to 0',
    ],
    [[{ ...driver, topologyKeys: ['a', 'a'] }], 'spec.drivers[0].topologyKeys: Duplicate value: "a"'],
  ])('%j', (drivers, ...errors) => {
    expect(createErrors(csiNodes, node(...drivers))).toEqual(errors)
  })

  it('stays, but for how many volumes fit', () => {
    expect(updateErrors(csiNodes, node({ ...driver, allocatable: { count: 2 } }), node(driver))).toEqual([])
    expect(updateErrors(csiNodes, node({ ...driver, nodeID: 'm' }), node(driver))).toEqual([
      'CSINodeDriver: Invalid value: {"name":"d.io","nodeID":"m"}: field is immutable',
    ])
  })
})

describe('a volume attachment', () => {
  const attachment = (spec: Partial<VolumeAttachment['spec']>): VolumeAttachment => ({
    metadata: { name: 'a' },
    spec: { attacher: 'd.io', nodeName: 'n', source: { persistentVolumeName: 'v' }, ...spec },
  })
  const rule = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'
  it.each<[spec: Partial<VolumeAttachment['spec']>, ...errors: string[]]>([
    [{}],
    [{ source: {} }, `spec.source: Required value: ${rule}`],
    [{ source: { persistentVolumeName: 'v', inlineVolumeSpec: {} } }, `spec.source: Forbidden: ${rule}`],
    [{ nodeName: 'A' }, `spec.nodeName: Invalid value: "A": ${subdomain}`],
    [{ attacher: '-' }, `spec.attacher: Invalid value: "-": ${subdomain}`],
  ])('%j', (spec, ...errors) => {
    expect(createErrors(volumeAttachments, attachment(spec))).toEqual(errors)
  })

  it('keeps its spec, and its status short', () => {
    expect(updateErrors(volumeAttachments, attachment({ nodeName: 'm' }), attachment({})).join()).toMatch(
      /^spec: Invalid value: .*: field is immutable$/,
    )
    const status = { attached: false, attachError: { message: 'x'.repeat(1025) }, attachmentMetadata: { '': 'a' } }
    expect(updateErrors(volumeAttachments, { ...attachment({}), status }, attachment({}), 'status')).toEqual([
      'status.attachmentMetadata: Invalid value: "": field can not be empty.',
      'status.attachError.message: Too long: may not be more than 1024 bytes',
    ])
  })
})

describe('the capacity of a class', () => {
  it.each<[given: Partial<CSIStorageCapacity>, ...errors: string[]]>([
    [{ capacity: '1Gi', maximumVolumeSize: '1Mi', nodeTopology: {} }],
    [{ storageClassName: 'A' }, `storageClassName: Invalid value: "A": ${subdomain}`],
    [{ capacity: '-1' }, 'capacity: Invalid value: "-1": must be greater than or equal to 0'],
    [
      { nodeTopology: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      "nodeTopology.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
  ])('%j', (given, ...errors) => {
    const metadata = { name: 'c', namespace: 'n' }
    expect(createErrors(csiStorageCapacities, { metadata, storageClassName: 'c', ...given })).toEqual(errors)
  })
})

describe('a class of volume attributes', () => {
  it.each<[given: Partial<VolumeAttributesClass>, ...errors: string[]]>([
    [{ parameters: { a: 'b' } }],
    [{}, 'parameters: Required value: must contain at least one key/value pair'],
    [
      { driverName: '', parameters: { a: long } },
      'driverName: Required value',
      `driverName: Invalid value: "": ${subdomain}`,
      'parameters: Too long: may not be more than 262144 bytes',
    ],
  ])('%j', (given, ...errors) => {
    expect(createErrors(volumeAttributesClasses, { metadata: { name: 'c' }, driverName: 'd.io', ...given })).toEqual(
      errors,
    )
  })
})
