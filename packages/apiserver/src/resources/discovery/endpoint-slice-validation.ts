import type { Endpoint, EndpointHints, EndpointSlice } from '@wherry/api'
import {
  byteLength,
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooMany,
  isDNS1123Label,
  isDNS1123Subdomain,
  isIPv4,
  isPortNum,
  isQualifiedName,
  isValidIPForLegacyField,
  isValidLabelValue,
  parseIP,
  validateFullyQualifiedDomainName,
} from '@wherry/apimachinery'
import { validateNonSpecialIP } from '../core/endpoints-validation.ts'
import { immutable, refusals } from '../fields.ts'

type Value = DeepReadonly<EndpointSlice>

const addressTypes = ['FQDN', 'IPv4', 'IPv6']
const protocols = ['SCTP', 'TCP', 'UDP']
const maxEndpoints = 1000
const maxAddresses = 100
const maxPorts = 20000
const maxHints = 8

/** As pkg/apis/discovery/validation `ValidateEndpointSlice`. */
export function validateEndpointSlice(slice: Value): FieldError[] {
  const { addressType, endpoints = [], ports = [] } = slice
  const errors: FieldError[] = []
  if (!addressType) errors.push(fieldRequired('addressType'))
  else if (!addressTypes.includes(addressType)) errors.push(fieldNotSupported('addressType', addressType, addressTypes))
  if (endpoints.length > maxEndpoints) errors.push(fieldTooMany('endpoints', endpoints.length, maxEndpoints))
  else for (const [i, e] of endpoints.entries()) errors.push(...validateEndpoint(e, addressType, `endpoints[${i}]`))
  if (ports.length > maxPorts) return [...errors, fieldTooMany('ports', ports.length, maxPorts)]
  const names = new Set<string>()
  for (const [i, port] of ports.entries()) {
    const field = `ports[${i}]`
    const name = port.name ?? ''
    if (name !== '') errors.push(...refusals(`${field}.name`, name, isDNS1123Label(name)))
    if (names.has(name)) errors.push(fieldDuplicate(`${field}.name`, port.name))
    names.add(name)
    if (!port.protocol) errors.push(fieldRequired(`${field}.protocol`))
    else if (!protocols.includes(port.protocol)) {
      errors.push(fieldNotSupported(`${field}.protocol`, port.protocol, protocols))
    }
    if (port.port !== undefined) errors.push(...refusals(`${field}.port`, port.port, isPortNum(port.port)))
    if (port.appProtocol !== undefined) {
      errors.push(...refusals(`${field}.appProtocol`, port.appProtocol, isQualifiedName(port.appProtocol)))
    }
  }
  return errors
}

export function validateEndpointSliceUpdate(slice: Value, old: Value): FieldError[] {
  return immutable('addressType', slice.addressType, old.addressType)
}

function validateEndpoint(endpoint: DeepReadonly<Endpoint>, addressType: string, field: string): FieldError[] {
  const { addresses = [], hostname, nodeName, zone, deprecatedTopology, hints } = endpoint
  const errors: FieldError[] = []
  if (addresses.length === 0) errors.push(fieldRequired(`${field}.addresses`, 'must contain at least 1 address'))
  if (addresses.length > maxAddresses) errors.push(fieldTooMany(`${field}.addresses`, addresses.length, maxAddresses))
  for (const [i, address] of addresses.entries()) {
    errors.push(...validateAddress(address, addressType, `${field}.addresses[${i}]`))
  }
  if (nodeName !== undefined) errors.push(...refusals(`${field}.nodeName`, nodeName, isDNS1123Subdomain(nodeName)))
  if (hostname !== undefined) errors.push(...refusals(`${field}.hostname`, hostname, isDNS1123Label(hostname)))
  if (zone !== undefined && byteLength(zone) > 63) {
    errors.push(...refusals(`${field}.zone`, zone, isValidLabelValue(zone)))
  }
  if (Object.hasOwn(deprecatedTopology ?? {}, 'kubernetes.io/hostname')) {
    const detail = 'may not be set unless nodeName is set'
    errors.push(fieldForbidden(`${field}.deprecatedTopology[kubernetes.io/hostname]`, detail))
  }
  return hints ? [...errors, ...validateHints(hints, `${field}.hints`)] : errors
}

/** Which zones and nodes the endpoint is for: few, and each once. */
function validateHints({ forZones = [], forNodes = [] }: DeepReadonly<EndpointHints>, field: string): FieldError[] {
  const [zones, nodes] = [`${field}.forZones`, `${field}.forNodes`]
  if (forZones.length > maxHints) return [fieldTooMany(zones, forZones.length, maxHints)]
  if (forNodes.length > maxHints) return [fieldTooMany(nodes, forNodes.length, maxHints)]
  const check = (list: readonly { readonly name?: string }[], at: string, refuse: (name: string) => string[]) => {
    const names = list.map(({ name = '' }) => name)
    return names.flatMap((name, i) => [
      ...(names.indexOf(name) < i ? [fieldDuplicate(`${at}[${i}].name`, name)] : []),
      ...refusals(`${at}[${i}].name`, name, refuse(name)),
    ])
  }
  return [...check(forZones, zones, isValidLabelValue), ...check(forNodes, nodes, isDNS1123Subdomain)]
}

function validateAddress(address: string, addressType: string, field: string): FieldError[] {
  if (addressType === 'FQDN') return validateFullyQualifiedDomainName(field, address)
  const refused = refusals(field, address, isValidIPForLegacyField(address))
  const ip = parseIP(address)
  if (refused.length > 0 || !ip) return refused
  if (addressType === 'IPv4' && !isIPv4(ip)) return [fieldInvalid(field, address, 'must be an IPv4 address')]
  if (addressType === 'IPv6' && isIPv4(ip)) return [fieldInvalid(field, address, 'must be an IPv6 address')]
  return validateNonSpecialIP(address, field)
}
