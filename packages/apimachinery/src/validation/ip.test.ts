import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatCIDR, formatIP, isValidCIDR, isValidIP, isValidIPForLegacyField, parseCIDR, parseIP } from './ip.ts'

describe('addresses', () => {
  it.each([
    ['10.0.0.1', []],
    ['::', []],
    ['2001:db8::1', []],
    ['1.2.3', ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
    ['1.2.3.256', ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
    ['1:2', ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
    ['1::2::3', ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
    ['fe80::1%eth0', ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
    ['010.0.0.1', ['must not have leading 0s']],
    ['::ffff:1.2.3.4', ['must not be an IPv4-mapped IPv6 address']],
    ['2001:DB8:0:0::1', ['must be in canonical form ("2001:db8::1")']],
  ])('%s: %j', (text, want) => {
    expect(isValidIP(text)).toEqual(want)
  })

  it('may be spelled otherwise where the field is old', () => {
    expect(isValidIPForLegacyField('2001:DB8:0:0::1')).toEqual([])
    expect(isValidIPForLegacyField('01.2.3.4')).toEqual(['must not have leading 0s'])
  })

  it('have one canonical text, which reads as the same address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const ip = parseIP(text)
        expect(ip, text).toBeDefined()
        if (!ip || ip.mapped) return
        expect(parseIP(formatIP(ip))?.bytes).toEqual(ip.bytes)
        expect(formatIP(parseIP(formatIP(ip)) ?? ip)).toBe(formatIP(ip))
      }),
    )
  })

  it.each([
    ['10.0.0.0/8', []],
    ['2001:db8::/32', []],
    ['10.0.0.1/8', ['must not have bits set beyond the prefix length']],
    ['10.0.0.0/08', ['must not have leading 0s in IP or prefix length']],
    ['10.0.0.0/33', ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']],
    ['10.0.0.0', ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']],
    ['2001:DB8::/32', ['must be in canonical form ("2001:db8::/32")']],
  ])('range %s: %j', (text, want) => {
    expect(isValidCIDR(text)).toEqual(want)
  })

  it('of a range start at its first one', () => {
    const range = parseCIDR('10.1.2.3/20')
    expect(range && formatCIDR(range)).toBe('10.1.0.0/20')
  })
})
