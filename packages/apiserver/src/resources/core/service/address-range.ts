import { formatIP, isIPv4, type ParsedIP, parseCIDR, parseIP } from '@wherry/apimachinery'

/** The addresses that Services get. */
export interface AddressRange {
  readonly text: string
  readonly family: Family
  /**
   * Whether Services can have the address: neither the network's own nor, in IPv4, the broadcast address. As
   * `PrefixContainsIP` of pkg/api/servicecidr.
   */
  contains(ip: string): boolean
  /**
   * Addresses to try, each once. The lower part of the range comes last: it is kept for Services that ask for an
   * address (KEP-3070). `seed` spreads where the search begins, so that a freed address is not given out again at once.
   */
  candidates(seed: string): Iterable<string>
}

export type Family = 'IPv4' | 'IPv6'

const minStatic = 16n
const maxStatic = 256n
/** More are never in use, and a search must end. */
const maxSize = 1n << 20n

/** Throws where the text is no CIDR: flags and ServiceCIDRs are checked before. */
export function addressRange(text: string): AddressRange {
  const cidr = parseCIDR(text)
  if (!cidr) throw new Error(`invalid service range ${text}`)
  const v4 = isIPv4(cidr.ip)
  const whole = 1n << BigInt((v4 ? 32 : 128) - cidr.prefix)
  const base = toNumber(cidr.ip, v4) & ~(whole - 1n)
  const last = v4 ? whole - 2n : whole - 1n
  return {
    text,
    family: v4 ? 'IPv4' : 'IPv6',
    contains(ip) {
      const parsed = parseIP(ip)
      if (!parsed || isIPv4(parsed) !== v4) return false
      const at = toNumber(parsed, v4) - base
      return at >= 1n && at <= last
    },
    *candidates(seed) {
      const size = Number(last < maxSize ? last : maxSize)
      const lower = Math.min(Number(staticPart(whole)), size)
      const upper = size - lower
      const start = spread(seed)
      for (let i = 0; i < upper; i++) yield format(base + BigInt(1 + lower + ((start + i) % upper)), v4)
      for (let i = 0; i < lower; i++) yield format(base + BigInt(1 + ((start + i) % lower)), v4)
    },
  }
}

/** As `calculateRangeOffset`: a sixteenth of the range, 16 at least and 256 at most; small ranges have no such part. */
function staticPart(whole: bigint): bigint {
  if (whole <= minStatic) return 0n
  const part = whole / 16n
  if (part < minStatic) return minStatic
  return part > maxStatic ? maxStatic : part
}

function toNumber(ip: ParsedIP, v4: boolean): bigint {
  const bytes = v4 ? ip.bytes.slice(-4) : ip.bytes
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
}

function format(value: bigint, v4: boolean): string {
  const bytes: number[] = []
  for (let i = (v4 ? 4 : 16) - 1; i >= 0; i--) bytes.push(Number((value >> BigInt(8 * i)) & 255n))
  if (v4) return bytes.join('.')
  const groups = bytes.flatMap((byte, i) => (i % 2 === 0 ? [((byte << 8) | (bytes[i + 1] ?? 0)).toString(16)] : []))
  const parsed = parseIP(groups.join(':'))
  return parsed ? formatIP(parsed) : groups.join(':')
}

/** A number that differs with the text: where a search for something free begins. */
export function spread(text: string): number {
  let value = 0
  for (let i = 0; i < text.length; i++) value = (Math.imul(value, 31) + text.charCodeAt(i)) >>> 0
  return value
}
