import { goQuote } from '../values/go-quote.ts'

/** An address: 4 bytes, or 16. An IPv4 address within IPv6 counts as IPv4 where it is printed, as in Go. */
export interface ParsedIP {
  readonly bytes: readonly number[]
  /** Written as `::ffff:1.2.3.4`. */
  readonly mapped: boolean
  /** Some part is written with zeros in front, which some programs read as octal. */
  readonly leadingZeros: boolean
}

/** An address in text, or undefined where it is none. As upstream: k8s.io/utils/net, `ParseIPSloppy`. */
export function parseIP(text: string): ParsedIP | undefined {
  return text.includes(':') ? parseIPv6(text) : parseIPv4(text)
}

function parseIPv4(text: string): ParsedIP | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,32}$/.test(part) && Number(part) < 256)) return undefined
  return {
    bytes: parts.map(Number),
    mapped: false,
    leadingZeros: parts.some((part) => part.length > 1 && part.startsWith('0')),
  }
}

function parseIPv6(text: string): ParsedIP | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  let leadingZeros = false
  const groups: number[][] = []
  for (const [i, half] of halves.entries()) {
    const found: number[] = []
    const parts = half === '' ? [] : half.split(':')
    for (const [j, part] of parts.entries()) {
      const last = i === halves.length - 1 && j === parts.length - 1
      if (last && part.includes('.')) {
        const v4 = parseIPv4(part)
        if (!v4) return undefined
        leadingZeros ||= v4.leadingZeros
        const [a = 0, b = 0, c = 0, d = 0] = v4.bytes
        found.push(a * 256 + b, c * 256 + d)
      } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) found.push(Number.parseInt(part, 16))
      else return undefined
    }
    groups.push(found)
  }
  const [head = [], tail] = groups
  const missing = 8 - head.length - (tail?.length ?? 0)
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const all = [...head, ...Array.from({ length: tail === undefined ? 0 : missing }, () => 0), ...(tail ?? [])]
  const mapped = all.slice(0, 5).every((group) => group === 0) && all[5] === 0xffff
  return { bytes: all.flatMap((group) => [group >> 8, group & 255]), mapped, leadingZeros }
}

/** The canonical text of an address (RFC 5952). */
export function formatIP(ip: ParsedIP): string {
  if (ip.bytes.length === 4) return ip.bytes.join('.')
  if (ip.mapped) return ip.bytes.slice(12).join('.')
  const groups = Array.from({ length: 8 }, (_, i) => (ip.bytes[2 * i] ?? 0) * 256 + (ip.bytes[2 * i + 1] ?? 0))
  let [bestStart, bestLength] = [-1, 1]
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (start + length < 8 && groups[start + length] === 0) length++
    if (length > bestLength) [bestStart, bestLength] = [start, length]
  }
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(':')
  if (bestStart < 0) return text(groups)
  return `${text(groups.slice(0, bestStart))}::${text(groups.slice(bestStart + bestLength))}`
}

export const isIPv4 = (ip: ParsedIP): boolean => ip.bytes.length === 4 || ip.mapped

/** Refusals of an address in the API's words; the canonical form is the only valid one. */
export function isValidIP(value: string): string[] {
  const [ip, errors] = strictIP(value)
  if (!ip || errors.length > 0) return errors
  return value === formatIP(ip) ? [] : [`must be in canonical form (${goQuote(formatIP(ip))})`]
}

/** The same for fields that are older than the strict rules: other spellings of IPv6 are valid too. */
export function isValidIPForLegacyField(value: string): string[] {
  return strictIP(value)[1]
}

function strictIP(value: string): [ip: ParsedIP | undefined, errors: string[]] {
  const ip = parseIP(value)
  if (!ip) return [undefined, ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']]
  const errors: string[] = []
  if (ip.leadingZeros) errors.push('must not have leading 0s')
  else if (ip.mapped) errors.push('must not be an IPv4-mapped IPv6 address')
  return [ip, errors]
}

export interface ParsedCIDR {
  readonly ip: ParsedIP
  readonly prefix: number
}

export function parseCIDR(text: string): ParsedCIDR | undefined {
  const slash = text.indexOf('/')
  const ip = slash < 0 ? undefined : parseIP(text.slice(0, slash))
  const length = text.slice(slash + 1)
  if (!ip || !/^\d{1,4}$/.test(length) || Number(length) > ip.bytes.length * 8) return undefined
  return { ip, prefix: Number(length) }
}

/** The range's first address with its prefix, canonical. */
export function formatCIDR({ ip, prefix }: ParsedCIDR): string {
  const bytes = ip.bytes.map((byte, i) => byte & (0xff00 >> Math.max(0, Math.min(8, prefix - i * 8))) & 0xff)
  return `${formatIP({ ...ip, bytes })}/${prefix}`
}

/** Refusals of a range of addresses in the API's words; the canonical form is the only valid one. */
export function isValidCIDR(value: string): string[] {
  const errors = isValidCIDRForLegacyField(value)
  const cidr = parseCIDR(value)
  if (!cidr || errors.length > 0) return errors
  const canonical = formatCIDR(cidr)
  return value === canonical ? [] : [`must be in canonical form (${goQuote(canonical)})`]
}

export function isValidCIDRForLegacyField(value: string): string[] {
  const cidr = parseCIDR(value)
  if (!cidr) return ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']
  const prefix = value.slice(value.indexOf('/') + 1)
  if (cidr.ip.leadingZeros || /^0./.test(prefix)) return ['must not have leading 0s in IP or prefix length']
  if (cidr.ip.mapped) return ['must not have an IPv4-mapped IPv6 address']
  const first = parseCIDR(formatCIDR(cidr))
  const same = first?.ip.bytes.every((byte, i) => byte === cidr.ip.bytes[i])
  return same ? [] : ['must not have bits set beyond the prefix length']
}

/** Refusals of an address with the length of its network's prefix, such as `10.9.8.7/24`. */
export function isValidInterfaceAddress(value: string): string[] {
  const cidr = parseCIDR(value)
  if (!cidr) return ['must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)']
  const mapped = cidr.ip.mapped && cidr.prefix >= 96
  const canonical = `${formatIP(cidr.ip)}/${mapped ? cidr.prefix - 96 : cidr.prefix}`
  return value === canonical ? [] : [`must be in canonical form (${goQuote(canonical)})`]
}
