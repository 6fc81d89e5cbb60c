import type { Node, NodeSpec, NodeStatus } from '@wherry/api'
import { formatFieldError } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { validateNode, validateNodeUpdate } from './node-validation.ts'

const aNode = (spec: NodeSpec = {}, status: NodeStatus = {}): Node => ({ metadata: { name: 'n' }, spec, status })

describe('a Node', () => {
  it.each<{ name: string; spec?: NodeSpec; status?: NodeStatus; want: string[] }>([
    { name: 'one range of each family', spec: { podCIDRs: ['10.0.0.0/24', 'fd00::/64'] }, want: [] },
    {
      name: 'two ranges of one family',
      spec: { podCIDRs: ['10.0.0.0/24', '10.0.1.0/24'] },
      want: [
        'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one CIDR for each IP family',
      ],
    },
    {
      name: 'an unknown effect',
      spec: { taints: [{ key: 'a', effect: 'Sometimes' }] },
      want: [
        'metadata.taints[0].effect: Unsupported value: "Sometimes": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      ],
    },
    {
      name: 'no effect',
      spec: { taints: [{ key: 'a', effect: '' }] },
      want: ['metadata.taints[0].effect: Required value'],
    },
    {
      name: 'the same taint twice',
      spec: {
        taints: [
          { key: 'a', value: '1', effect: 'NoSchedule' },
          { key: 'a', value: '2', effect: 'NoSchedule' },
        ],
      },
      want: [
        'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"2","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
      ],
    },
    {
      name: 'half a device',
      status: { capacity: { 'example.com/a': '500m' } },
      want: ['status.capacity.example.com/a: Invalid value: "500m": must be an integer'],
    },
  ])('with $name', ({ spec, status, want }) => {
    expect(validateNode(aNode(spec, status)).map(formatFieldError)).toEqual(want)
  })

  it.each<{ name: string; old?: NodeSpec; now?: NodeSpec; status?: NodeStatus; want: string[] }>([
    { name: 'its first range', now: { podCIDR: '10.0.0.0/24', podCIDRs: ['10.0.0.0/24'] }, want: [] },
    { name: 'whether it takes pods', now: { unschedulable: true }, want: [] },
    {
      name: 'its range',
      old: { podCIDRs: ['10.0.0.0/24'] },
      now: { podCIDRs: ['10.0.1.0/24'] },
      want: ['spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'],
    },
    {
      name: 'its provider',
      old: { providerID: 'a' },
      now: { providerID: 'b' },
      want: ['spec.providerID: Forbidden: node updates may not change providerID except from "" to valid'],
    },
    {
      name: 'an address twice',
      status: {
        addresses: [
          { type: 'Hostname', address: 'n' },
          { type: 'Hostname', address: 'n' },
        ],
      },
      want: ['status.addresses[1]: Duplicate value: {"Type":"Hostname","Address":"n"}'],
    },
    {
      name: 'a configuration without a source',
      now: { configSource: {} },
      want: ['spec.configSource: Invalid value: {"ConfigMap":null}: exactly one reference subfield must be non-nil'],
    },
    {
      name: 'a configuration that says too much and too little',
      now: { configSource: { configMap: { name: 'n', namespace: '', kubeletConfigKey: 'k', uid: 'u' } } },
      want: [
        'spec.configSource.configMap.uid: Forbidden: uid must not be set in spec',
        'spec.configSource.configMap.namespace: Required value: namespace must be set',
      ],
    },
  ])('may change or not: $name', ({ old, now, status, want }) => {
    expect(validateNodeUpdate(aNode(now, status), aNode(old)).map(formatFieldError)).toEqual(want)
  })
})
