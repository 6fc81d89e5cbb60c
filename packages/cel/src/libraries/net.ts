import { formatIP, goQuote, type ParsedIP, parseCIDR, parseIP } from '@wherry/apimachinery'
import { declare, type FunctionDecl, global, member } from '../declarations.ts'
import { boolType, type CelType, intType, opaqueType, stringType } from '../types/types.ts'
import { CelFailure, noSuchOverload, Opaque, type Value } from '../values/value.ts'
import { ipParseError, prefixParseError } from './net-errors.ts'

export const ipType = opaqueType('net.IP')
export const cidrType = opaqueType('net.CIDR')

class IP extends Opaque {
  readonly ip: ParsedIP

  constructor(ip: ParsedIP) {
    super()
    this.ip = ip
  }

  get type(): CelType {
    return ipType
  }

  override get size(): number {
    return this.ip.bytes.length
  }

  equals(other: Opaque): boolean {
    return other instanceof IP && this.toString() === other.toString()
  }

  toString(): string {
    return formatIP(this.ip)
  }
}

class CIDR extends Opaque {
  readonly ip: ParsedIP
  readonly prefix: number

  constructor(ip: ParsedIP, prefix: number) {
    super()
    this.ip = ip
    this.prefix = prefix
  }

  get type(): CelType {
    return cidrType
  }

  override get size(): number {
    return Math.ceil(this.prefix / 8)
  }

  equals(other: Opaque): boolean {
    return other instanceof CIDR && this.toString() === other.toString()
  }

  toString(): string {
    return `${formatIP(this.ip)}/${this.prefix}`
  }

  /** Whether an address is in the range. */
  holds(ip: ParsedIP): boolean {
    if (ip.bytes.length !== this.ip.bytes.length) return false
    return ip.bytes.every(
      (byte, index) =>
        (byte & maskAt(this.prefix, index)) === ((this.ip.bytes[index] ?? 0) & maskAt(this.prefix, index)),
    )
  }

  masked(): CIDR {
    const bytes = this.ip.bytes.map((byte, index) => byte & maskAt(this.prefix, index))
    return new CIDR({ ...this.ip, bytes }, this.prefix)
  }
}

const maskAt = (prefix: number, index: number): number =>
  (0xff00 >> Math.max(0, Math.min(8, prefix - index * 8))) & 0xff

function toIP(text: Value = null): IP | CelFailure {
  if (typeof text !== 'string') return noSuchOverload()
  const [plain = '', zone] = text.split('%')
  const ip = parseIP(plain)
  if (ip === undefined || ip.leadingZeros || zone === '') {
    const why = ipParseError(text)
    return new CelFailure(`IP Address ${goQuote(text)} parse error during conversion from string: ${why}`)
  }
  if (zone !== undefined) return new CelFailure(`IP address ${goQuote(text)} with zone value is not allowed`)
  if (ip.mapped) return new CelFailure(`IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`)
  return new IP(ip)
}

function toCIDR(text: Value = null): CIDR | CelFailure {
  if (typeof text !== 'string') return noSuchOverload()
  const prefix = 'network address parse error during conversion from string: '
  const cidr = parseCIDR(text)
  if (cidr === undefined || cidr.ip.leadingZeros || /\/0./.test(text)) {
    return new CelFailure(`${prefix}${prefix}${prefixParseError(text)}`)
  }
  if (cidr.ip.mapped) return new CelFailure(`${prefix}IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`)
  return new CIDR(cidr.ip, cidr.prefix)
}

const isAll = (ip: ParsedIP, value: number): boolean => ip.bytes.every((byte) => byte === value)
const isV4 = (ip: ParsedIP): boolean => ip.bytes.length === 4
const at = (ip: ParsedIP, index: number): number => ip.bytes[index] ?? 0
const isLoopback = (ip: ParsedIP): boolean =>
  isV4(ip) ? at(ip, 0) === 127 : ip.bytes.every((byte, index) => byte === (index === 15 ? 1 : 0))
const isMulticast = (ip: ParsedIP): boolean => (isV4(ip) ? at(ip, 0) >> 4 === 0xe : at(ip, 0) === 0xff)
const isLinkLocalMulticast = (ip: ParsedIP): boolean =>
  isV4(ip) ? at(ip, 0) === 224 && at(ip, 1) === 0 && at(ip, 2) === 0 : at(ip, 0) === 0xff && (at(ip, 1) & 0x0f) === 0x02
const isLinkLocalUnicast = (ip: ParsedIP): boolean =>
  isV4(ip) ? at(ip, 0) === 169 && at(ip, 1) === 254 : at(ip, 0) === 0xfe && (at(ip, 1) & 0xc0) === 0x80
const isGlobalUnicast = (ip: ParsedIP): boolean =>
  !(isAll(ip, 0) || (isV4(ip) && isAll(ip, 255)) || isLoopback(ip) || isMulticast(ip) || isLinkLocalUnicast(ip))

const predicate = (name: string, id: string, holds: (ip: ParsedIP) => boolean): FunctionDecl =>
  declare(name, [member(id, [ipType], boolType, (value) => (value instanceof IP ? holds(value.ip) : noSuchOverload()))])

const ofCIDR =
  (call: (cidr: CIDR) => Value) =>
  (value: Value = null): Value =>
    value instanceof CIDR ? call(value) : noSuchOverload()

function containsIP(cidr: Value = null, other: Value = null): Value {
  const ip = typeof other === 'string' ? toIP(other) : other
  if (ip instanceof CelFailure) return ip
  return cidr instanceof CIDR && ip instanceof IP ? cidr.holds(ip.ip) : noSuchOverload()
}

function containsCIDR(cidr: Value = null, other: Value = null): Value {
  const inner = typeof other === 'string' ? toCIDR(other) : other
  if (inner instanceof CelFailure) return inner
  if (!(cidr instanceof CIDR && inner instanceof CIDR)) return noSuchOverload()
  return cidr.prefix <= inner.prefix && cidr.holds(inner.ip)
}

const toText = (value: Value = null): Value => (value instanceof Opaque ? value.toString() : noSuchOverload())

/** Addresses and ranges (k8s `library/ip.go` and `cidr.go`). */
export const netLibrary: readonly FunctionDecl[] = [
  declare('ip', [global('string_to_ip', [stringType], ipType, toIP)]),
  declare('family', [
    member('ip_family', [ipType], intType, (value) =>
      value instanceof IP ? (isV4(value.ip) ? 4n : 6n) : noSuchOverload(),
    ),
  ]),
  declare('ip.isCanonical', [
    global('ip_is_canonical', [stringType], boolType, (text) => {
      const ip = toIP(text)
      return ip instanceof CelFailure ? ip : ip.toString() === text
    }),
  ]),
  predicate('isUnspecified', 'ip_is_unspecified', (ip) => isAll(ip, 0)),
  predicate('isLoopback', 'ip_is_loopback', isLoopback),
  predicate('isLinkLocalMulticast', 'ip_is_link_local_multicast', isLinkLocalMulticast),
  predicate('isLinkLocalUnicast', 'ip_is_link_local_unicast', isLinkLocalUnicast),
  predicate('isGlobalUnicast', 'ip_is_global_unicast', isGlobalUnicast),
  declare('isIP', [global('is_ip', [stringType], boolType, (text) => toIP(text) instanceof IP)]),
  declare('string', [global('ip_to_string', [ipType], stringType, toText)]),
  declare('cidr', [global('string_to_cidr', [stringType], cidrType, toCIDR)]),
  declare('containsIP', [
    member('cidr_contains_ip_string', [cidrType, stringType], boolType, containsIP),
    member('cidr_contains_ip_ip', [cidrType, ipType], boolType, containsIP),
  ]),
  declare('containsCIDR', [
    member('cidr_contains_cidr_string', [cidrType, stringType], boolType, containsCIDR),
    member('cidr_contains_cidr', [cidrType, cidrType], boolType, containsCIDR),
  ]),
  declare('ip', [
    member(
      'cidr_ip',
      [cidrType],
      ipType,
      ofCIDR((cidr) => new IP(cidr.ip)),
    ),
  ]),
  declare('prefixLength', [
    member(
      'cidr_prefix_length',
      [cidrType],
      intType,
      ofCIDR((cidr) => BigInt(cidr.prefix)),
    ),
  ]),
  declare('masked', [
    member(
      'cidr_masked',
      [cidrType],
      cidrType,
      ofCIDR((cidr) => cidr.masked()),
    ),
  ]),
  declare('isCIDR', [global('is_cidr', [stringType], boolType, (text) => toCIDR(text) instanceof CIDR)]),
  declare('string', [global('cidr_to_string', [cidrType], stringType, toText)]),
]
