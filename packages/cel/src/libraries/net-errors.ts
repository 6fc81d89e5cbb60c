import { goQuote } from '@wherry/apimachinery'

/** Why Go's netip cannot parse an address, in its words. */
export function ipParseError(text: string): string {
  const failed = (why: string): string => `ParseAddr(${goQuote(text)}): ${why}`
  const first = /[.:%]/.exec(text)?.[0]
  if (first === '.') return failed(ipv4Problem(text))
  if (first === ':') return failed(ipv6Problem(text))
  return failed(first === '%' ? 'missing IPv6 address' : 'unable to parse IP')
}

function ipv4Problem(text: string): string {
  const parts = text.split('.')
  for (const [index, part] of parts.entries()) {
    if (part === '') return 'IPv4 field must have at least one digit'
    if (!/^\d+$/.test(part)) return `unexpected character (at ${goQuote(text.slice(text.search(/[^0-9.]/)))})`
    if (part.length > 1 && part.startsWith('0')) return 'IPv4 field has octet with leading zero'
    if (Number(part) > 255) return 'IPv4 field has value >255'
    if (index > 3) return 'IPv4 address too long'
  }
  return parts.length < 4 ? 'IPv4 address too short' : 'unable to parse IP'
}

function ipv6Problem(text: string): string {
  const [plain = '', zone] = text.split('%')
  if (zone === '') return 'zone must be a non-empty string'
  const bad = /[^0-9a-fA-F:.]/.exec(plain)
  if (bad !== null) return `unexpected character, want colon (at ${goQuote(plain.slice(bad.index))})`
  if (plain.split('::').length > 2)
    return `multiple :: in address (at ${goQuote(plain.slice(plain.lastIndexOf('::')))})`
  const long = plain.split(':').find((group) => !group.includes('.') && group.length > 4)
  if (long !== undefined)
    return `each group must have 4 or fewer digits (at ${goQuote(plain.slice(plain.indexOf(long)))})`
  if (!plain.includes('::') && plain.split(':').length < 8) return 'address string too short'
  return `trailing garbage after address (at ${goQuote(plain.split(':').slice(8).join(':'))})`
}

/** Why Go's netip cannot parse a prefix, in its words. */
export function prefixParseError(text: string): string {
  const failed = (why: string): string => `netip.ParsePrefix(${goQuote(text)}): ${why}`
  const slash = text.lastIndexOf('/')
  if (slash < 0) return failed("no '/'")
  const bits = text.slice(slash + 1)
  const address = ipParseError(text.slice(0, slash))
  const validAddress = /unable to parse IP$|at ""\)$/.test(address) && /[.:]/.test(text.slice(0, slash))
  if (!validAddress) return failed(address)
  if (bits.length > 1 && !/^[1-9]/.test(bits)) return failed(`bad bits after slash: ${goQuote(bits)}`)
  if (!/^\d+$/.test(bits)) return failed(`bad bits after slash: ${goQuote(bits)}`)
  return failed('prefix length out of range')
}
