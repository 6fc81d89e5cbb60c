import type { EndpointAddress, Endpoints, EndpointSubset } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  type GroupKind,
  invalid,
  isDNS1123Label,
  isDNS1123Subdomain,
  isPortNum,
  isQualifiedName,
  isValidIPForLegacyField,
  parseIP,
} from '@wherry/apimachinery'
import type { Behaviours } from '../../registry/behaviours.ts'
import { refusals } from '../fields.ts'

const protocols = ['SCTP', 'TCP', 'UDP']

/** As `ValidateEndpoints`; see `refuseLoopback` for loopback addresses. */
export function validateEndpoints({ subsets = [] }: DeepReadonly<Endpoints>): FieldError[] {
  return subsets.flatMap((subset, i) => validateSubset(subset, `subsets[${i}]`))
}

function validateSubset(subset: DeepReadonly<EndpointSubset>, field: string): FieldError[] {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset
  const errors: FieldError[] = []
  if (addresses.length === 0 && notReadyAddresses.length === 0) {
    errors.push(fieldRequired(field, 'must specify `addresses` or `notReadyAddresses`'))
  }
  for (const [i, address] of addresses.entries()) errors.push(...validateAddress(address, `${field}.addresses[${i}]`))
  for (const [i, address] of notReadyAddresses.entries()) {
    errors.push(...validateAddress(address, `${field}.notReadyAddresses[${i}]`))
  }
  for (const [i, port] of ports.entries()) {
    const at = `${field}.ports[${i}]`
    if (ports.length > 1 && !port.name) errors.push(fieldRequired(`${at}.name`))
    else if (port.name) errors.push(...refusals(`${at}.name`, port.name, isDNS1123Label(port.name)))
    errors.push(...refusals(`${at}.port`, port.port ?? 0, isPortNum(port.port ?? 0)))
    if (!port.protocol) errors.push(fieldRequired(`${at}.protocol`))
    else if (!protocols.includes(port.protocol)) {
      errors.push(fieldNotSupported(`${at}.protocol`, port.protocol, protocols))
    }
    if (port.appProtocol !== undefined) {
      errors.push(...refusals(`${at}.appProtocol`, port.appProtocol, isQualifiedName(port.appProtocol)))
    }
  }
  return errors
}

function validateAddress(address: DeepReadonly<EndpointAddress>, field: string): FieldError[] {
  const ip = address.ip ?? ''
  const refused = refusals(`${field}.ip`, ip, isValidIPForLegacyField(ip))
  const errors = refused.length > 0 ? refused : validateNonSpecialIP(ip, `${field}.ip`)
  if (address.hostname)
    errors.push(...refusals(`${field}.hostname`, address.hostname, isDNS1123Label(address.hostname)))
  if (address.nodeName !== undefined) {
    errors.push(...refusals(`${field}.nodeName`, address.nodeName, isDNS1123Subdomain(address.nodeName)))
  }
  return errors
}

/**
 * Addresses that can be no endpoint. As `ValidateNonSpecialIP`, but for loopback addresses: pods of the host runtime
 * have those.
 */
export function validateNonSpecialIP(text: string, field: string): FieldError[] {
  const ip = parseIP(text)
  if (!ip) return []
  const refuse = (detail: string) => [fieldInvalid(field, text, detail)]
  const [a = 0, b = 0] = ip.bytes
  const v4 = ip.bytes.length === 4
  if (ip.bytes.every((byte) => byte === 0)) return refuse(`may not be unspecified (${text})`)
  if (v4 ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80) {
    return refuse('may not be in the link-local range (169.254.0.0/16, fe80::/10)')
  }
  if (v4 ? a === 224 && b === 0 && ip.bytes[2] === 0 : a === 0xff && (b & 0x0f) === 2) {
    return refuse('may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)')
  }
  return []
}

/** Throws where an address is a loopback address and the server does not allow those. */
export function refuseLoopback(
  kind: GroupKind,
  name: string,
  addresses: readonly (readonly [field: string, ip: string])[],
  { options }: Behaviours,
): void {
  if (options.allowLoopbackEndpoints) return
  const errors = addresses.flatMap(([field, text]) => {
    const ip = parseIP(text)
    const loopback = ip?.bytes.length === 4 ? ip.bytes[0] === 127 : text === '::1'
    return loopback ? [fieldInvalid(field, text, 'may not be in the loopback range (127.0.0.0/8, ::1/128)')] : []
  })
  if (errors.length > 0) throw invalid(kind, name, errors)
}
