import { describe, expect, it } from 'vitest'
import { nodePortAddressesOf } from './node-port-addresses.ts'

const own = ['127.0.0.1', '10.1.2.3', '10.2.0.1', 'fd00::1']

describe('--nodeport-addresses', () => {
  it.each([
    { items: ['127.32.0.1', '127.0.0.1'], want: ['127.32.0.1', '127.0.0.1'] },
    { items: ['127.32.0.1/32'], want: ['127.32.0.1'] },
    { items: ['10.1.0.0/16'], want: ['10.1.2.3'] },
    { items: ['10.0.0.0/8', '10.1.2.3'], want: ['10.1.2.3', '10.2.0.1'] },
    { items: ['fd00::/8'], want: ['fd00::1'] },
    { items: ['192.168.0.0/16'], want: [] },
  ])('means for $items: $want', ({ items, want }) => {
    expect(nodePortAddressesOf(items, own)).toEqual(want)
  })

  it.each(['primary', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0'])('refuses %s', (item) => {
    expect(() => nodePortAddressesOf([item], own)).toThrow(
      `nodePortAddresses: Invalid value: "${item}": must be a valid CIDR block`,
    )
  })
})
