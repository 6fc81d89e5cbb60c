import type { Endpoints, EndpointSlice } from '@wherry/api'
import { type DeepReadonly, deepFreeze } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { isMirrored, planMirror } from './plan.ts'

const endpoints = (subsets: Endpoints['subsets'], meta: Endpoints['metadata'] = {}) =>
  deepFreeze<Endpoints>({ metadata: { name: 'ext', namespace: 'default', uid: 'u', ...meta }, subsets })

let stored = 0
function store(slices: readonly EndpointSlice[]): DeepReadonly<EndpointSlice>[] {
  return slices.map((slice) => deepFreeze({ ...slice, metadata: { ...slice.metadata, name: `ext-${stored++}` } }))
}

describe('the mirror of Endpoints', () => {
  it('is one slice for every subset and family', () => {
    const source = endpoints(
      [
        {
          addresses: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }],
          notReadyAddresses: [{ ip: '10.0.0.2' }],
          ports: [{ port: 80 }],
        },
        { addresses: [{ ip: '10.0.0.3' }], ports: [{ name: 'x', port: 81, protocol: 'TCP' }] },
      ],
      { labels: { team: 'a' }, annotations: { note: 'n', 'kubectl.kubernetes.io/last-applied-configuration': '{}' } },
    )
    const { create } = planMirror(source, [])
    const members = create.map(({ addressType, ports, endpoints: members }) => [
      addressType,
      ports?.map(({ name, port }) => `${name}:${port}`).join(),
      members?.map(({ addresses, conditions }) => `${addresses[0]} ${conditions?.ready}`).join(),
    ])
    expect(members).toEqual([
      ['IPv4', ':80', '10.0.0.1 true,10.0.0.2 false'],
      ['IPv6', ':80', 'fd00::1 true'],
      ['IPv4', 'x:81', '10.0.0.3 true'],
    ])
    expect(create[0]?.metadata).toEqual({
      namespace: 'default',
      generateName: 'ext-',
      labels: {
        team: 'a',
        'kubernetes.io/service-name': 'ext',
        'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
      },
      annotations: { note: 'n' },
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Endpoints', name: 'ext', uid: 'u', controller: true, blockOwnerDeletion: true },
      ],
    })
  })

  it('follows changes in place, and has nothing to do without one', () => {
    const before = endpoints([{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }])
    const slices = store(planMirror(before, []).create)
    expect(planMirror(before, slices)).toEqual({ create: [], update: [], remove: [] })
    const after = endpoints([{ addresses: [{ ip: '10.0.0.9' }], ports: [{ port: 90 }] }])
    const { create, update, remove } = planMirror(after, slices)
    expect([create.length, update.length, remove.length]).toEqual([0, 1, 0])
    expect(update[0]).toMatchObject({ metadata: { name: slices[0]?.metadata.name }, ports: [{ port: 90 }] })
    expect(planMirror(endpoints([]), slices).remove).toEqual(slices)
  })

  it.each([
    { name: 'ordinary Endpoints', meta: {}, want: true },
    {
      name: 'Endpoints that say no',
      meta: { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
      want: false,
    },
    { name: 'a leader lock', meta: { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } }, want: false },
  ])('of $name: $want', ({ meta, want }) => {
    expect(isMirrored(endpoints([], meta))).toBe(want)
  })
})
