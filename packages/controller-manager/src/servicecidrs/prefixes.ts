import { isIPv4, type ParsedIP, parseCIDR, parseIP } from '@wherry/apimachinery'

/** A range of addresses as two numbers, both included. */
export interface Prefix {
  readonly v4: boolean
  readonly first: bigint
  readonly last: bigint
}

/** The range of a text such as `10.0.0.0/24`; undefined where it is none. */
export function parsePrefix(text: string): Prefix | undefined {
  const cidr = parseCIDR(text)
  if (!cidr) return undefined
  const v4 = isIPv4(cidr.ip)
  const size = 1n << BigInt((v4 ? 32 : 128) - cidr.prefix)
  const first = toNumber(cidr.ip, v4) & ~(size - 1n)
  return { v4, first, last: first + size - 1n }
}

export function overlaps(a: Prefix, b: Prefix): boolean {
  return a.v4 === b.v4 && a.first <= b.last && b.first <= a.last
}

/** Whether all of `inner` is in `outer`; two equal ones contain each other. */
export function containsPrefix(outer: Prefix, inner: Prefix): boolean {
  return outer.v4 === inner.v4 && outer.first <= inner.first && inner.last <= outer.last
}

/**
 * Whether Services can have the address out of this range: not the network's own and, in IPv4, not the broadcast
 * address. As `PrefixContainsIP` of pkg/api/servicecidr.
 */
export function containsAddress(prefix: Prefix, text: string): boolean {
  const ip = parseIP(text)
  if (!ip || isIPv4(ip) !== prefix.v4) return false
  const at = toNumber(ip, prefix.v4)
  return at > prefix.first && (prefix.v4 ? at < prefix.last : at <= prefix.last)
}

function toNumber(ip: ParsedIP, v4: boolean): bigint {
  const bytes = v4 ? ip.bytes.slice(-4) : ip.bytes
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
}
