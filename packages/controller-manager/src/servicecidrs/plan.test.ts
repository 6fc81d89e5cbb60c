import type { IPAddress, ServiceCIDR } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { canDelete, containing, overlapping } from './plan.ts'

const aRange = (name: string, ...cidrs: string[]): ServiceCIDR => ({ metadata: { name }, spec: { cidrs } })
const managed = { 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' }
const anAddress = (name: string, labels: Record<string, string> = managed): IPAddress => ({
  metadata: { name, labels },
  spec: { parentRef: { resource: 'services', name: 's' } },
})

describe('whether a ServiceCIDR can go', () => {
  const range = aRange('r', '10.0.0.0/24')
  it.each<{ name: string; others?: ServiceCIDR[]; addresses: IPAddress[]; range?: ServiceCIDR; want: boolean }>([
    { name: 'nothing is in use', addresses: [], want: true },
    { name: 'an address is in use', addresses: [anAddress('10.0.0.5')], want: false },
    { name: 'an address elsewhere is in use', addresses: [anAddress('10.0.1.5')], want: true },
    { name: 'somebody else made the address', addresses: [anAddress('10.0.0.5', {})], want: true },
    {
      name: 'the address is none of a Service',
      addresses: [anAddress('10.0.0.0'), anAddress('10.0.0.255')],
      want: true,
    },
    {
      name: 'another has all of it',
      others: [aRange('o', '10.0.0.0/16')],
      addresses: [anAddress('10.0.0.5')],
      want: true,
    },
    {
      name: 'another is the same',
      others: [aRange('o', '10.0.0.0/24')],
      addresses: [anAddress('10.0.0.5')],
      want: true,
    },
    {
      name: 'another has the address',
      others: [aRange('o', '10.0.0.0/28')],
      addresses: [anAddress('10.0.0.5')],
      want: true,
    },
    {
      name: 'another has another address',
      others: [aRange('o', '10.0.0.0/28')],
      addresses: [anAddress('10.0.0.5'), anAddress('10.0.0.15')],
      want: false,
    },
    {
      name: 'another has all of one of its two',
      range: aRange('r', '10.0.0.0/24', 'fd00::/64'),
      others: [aRange('o', '10.0.0.0/16')],
      addresses: [anAddress('fd00::5')],
      want: false,
    },
  ])('$want when $name', ({ others = [], addresses, range: own = range, want }) => {
    expect(canDelete(own, [own, ...others], addresses)).toBe(want)
  })
})

describe('ServiceCIDRs that a change concerns', () => {
  const all = [aRange('a', '10.0.0.0/24'), aRange('b', '10.0.0.0/16', 'fd00::/64'), aRange('c', '10.1.0.0/16')]
  const names = (ranges: readonly { readonly metadata: { readonly name?: string } }[]) =>
    ranges.map(({ metadata }) => metadata.name)

  it('are those that share addresses with another', () => {
    expect(names(overlapping(aRange('n', '10.0.0.0/20'), all))).toEqual(['a', 'b'])
    expect(names(overlapping(aRange('n', 'fd00::/80'), all))).toEqual(['b'])
  })

  it('are those that contain an address', () => {
    expect(names(containing('10.0.0.5', all))).toEqual(['a', 'b'])
    expect(names(containing('10.0.0.255', all))).toEqual(['b'])
    expect(names(containing('::ffff:10.1.0.1', all))).toEqual(['c'])
  })
})
