import { IPAddress, Service, type ServiceCIDR } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { fakeBehaviours } from '../../../../testing/fake-behaviours.ts'
import { repairAddresses } from './repair.ts'

const namespace = 'default'
const labels = {
  'ipaddress.kubernetes.io/ip-family': 'IPv4',
  'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
}
const old = '2025-01-01T00:00:00Z'
const range: ServiceCIDR = { kind: 'ServiceCIDR', metadata: { name: 'kubernetes' }, spec: { cidrs: ['10.0.0.0/24'] } }
const aService = (name: string, ip: string): Service => ({
  kind: 'Service',
  metadata: { namespace, name },
  spec: { type: 'ClusterIP', clusterIP: ip, clusterIPs: [ip] },
})
const anAddress = (ip: string, service: string, metadata: IPAddress['metadata'] = {}): IPAddress => ({
  kind: 'IPAddress',
  metadata: { name: ip, labels, creationTimestamp: old, ...metadata },
  spec: { parentRef: { group: '', resource: 'services', namespace, name: service } },
})

describe('the repair of addresses', () => {
  it.each<{ name: string; objects: (Service | IPAddress)[]; want: Record<string, string> }>([
    {
      name: 'leaves what agrees',
      objects: [aService('a', '10.0.0.5'), anAddress('10.0.0.5', 'a')],
      want: { '10.0.0.5': 'a' },
    },
    { name: 'makes what is missing', objects: [aService('a', '10.0.0.5')], want: { '10.0.0.5': 'a' } },
    { name: 'leaves addresses out of range', objects: [aService('a', '10.1.0.5')], want: {} },
    { name: 'needs none for headless Services', objects: [aService('a', 'None')], want: {} },
    {
      name: 'gives an address to its Service',
      objects: [aService('a', '10.0.0.5'), anAddress('10.0.0.5', 'gone')],
      want: { '10.0.0.5': 'a' },
    },
    {
      name: 'takes an address from what is no Service',
      objects: [
        aService('a', '10.0.0.5'),
        {
          ...anAddress('10.0.0.5', 'a'),
          spec: { parentRef: { group: 'g', resource: 'gateways', namespace, name: 'w' } },
        },
      ],
      want: { '10.0.0.5': 'a' },
    },
    {
      name: 'lets the first of two Services keep what both have',
      objects: [aService('a', '10.0.0.5'), aService('b', '10.0.0.5'), anAddress('10.0.0.5', 'b')],
      want: { '10.0.0.5': 'b' },
    },
    {
      name: 'labels addresses anew',
      objects: [aService('a', '10.0.0.5'), anAddress('10.0.0.5', 'a', { labels: {} })],
      want: { '10.0.0.5': 'a' },
    },
    { name: 'removes what is held for nobody', objects: [anAddress('10.0.0.5', 'gone')], want: {} },
    {
      name: 'removes what its Service has not',
      objects: [aService('a', '10.0.0.5'), anAddress('10.0.0.5', 'a'), anAddress('10.0.0.6', 'a')],
      want: { '10.0.0.5': 'a' },
    },
    {
      name: 'leaves what a write may still be under way for',
      objects: [anAddress('10.0.0.5', 'soon', { creationTimestamp: '2025-12-31T23:59:30Z' })],
      want: { '10.0.0.5': 'soon' },
    },
    {
      name: 'leaves what others have made',
      objects: [anAddress('10.0.0.5', 'gone', { labels: {} })],
      want: { '10.0.0.5': 'gone' },
    },
  ])('$name', async ({ objects, want }) => {
    const behaviours = fakeBehaviours([range, ...objects])
    await repairAddresses(behaviours)
    const found = behaviours.store(IPAddress).list()
    expect(Object.fromEntries(found.map(({ metadata, spec }) => [metadata.name, spec?.parentRef?.name]))).toEqual(want)
    const served = new Set(
      behaviours
        .store(Service)
        .list()
        .map(({ spec }) => spec?.clusterIP),
    )
    for (const { metadata } of found) if (served.has(metadata.name)) expect(metadata.labels).toEqual(labels)
    const { writes } = behaviours
    await repairAddresses(behaviours)
    expect(behaviours.writes).toBe(writes)
  })
})
