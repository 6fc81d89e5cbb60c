import { formatIP, isIPv4, type ParsedIP, parseCIDR, parseIP } from '@wherry/apimachinery'

/** The addresses that Services get. */
export interface AddressRange {
  readonly text: string
  readonly family: 'IPv4' | 'IPv6'
  contains(ip: string): boolean
  /** Neither the network's own address nor, in IPv4, the broadcast address. */
  allows(ip: string): boolean
  /**
   * Addresses to try, each once. The lower part of the range is kept for Services that ask for an address (KEP-3070),
   * and the first address for the `kubernetes` Service; `seed` spreads where the search begins, so that a freed
   * address is not given out again at once.
   */
  candidates(seed: string): Iterable<string>
}

const minStatic = 16
const maxStatic = 256
/** More are never in use, and a search must end. */
const maxSize = 1n << 20n

/** Throws where the text is no CIDR: the server's flags are checked when it starts. */
export function addressRange(text: string): AddressRange {
  const cidr = parseCIDR(text)
  if (!cidr) throw new Error(`invalid service range ${text}`)
  const v4 = isIPv4(cidr.ip)
  const bits = v4 ? 32 : 128
  const whole = 1n << BigInt(bits - cidr.prefix)
  const base = toNumber(cidr.ip, v4) & ~(whole - 1n)
  const first = 1n
  const last = v4 ? whole - 2n : whole - 1n
  const offset = (ip: string): bigint | undefined => {
    const parsed = parseIP(ip)
    if (!parsed || isIPv4(parsed) !== v4) return undefined
    const at = toNumber(parsed, v4) - base
    return at >= 0n && at < whole ? at : undefined
  }
  const textOf = (at: bigint) => format(base + at, v4)
  return {
    text,
    family: v4 ? 'IPv4' : 'IPv6',
    contains: (ip) => offset(ip) !== undefined,
    allows(ip) {
      const at = offset(ip)
      return at !== undefined && at >= first && at <= last
    },
    *candidates(seed) {
      const size = last + 1n < maxSize ? last + 1n : maxSize
      const lower = staticPart(Number(size))
      const upper = Number(size) - lower
      const start = upper > 0 ? spread(seed) % upper : 0
      for (let i = 0; i < upper; i++) yield textOf(BigInt(lower + ((start + i) % upper)))
      for (let i = 2; i < lower; i++) yield textOf(BigInt(i))
    },
  }
}

/** As `calculateRangeOffset`: a sixteenth of the range, 16 at least and 256 at most; small ranges have no such part. */
function staticPart(size: number): number {
  if (size <= minStatic) return 2
  return Math.min(Math.max(Math.floor(size / 16), minStatic), maxStatic)
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
