import type { ServicePort, ServiceSpec } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isDNS1123Label,
  isDNS1123Subdomain,
  isPortName,
  isPortNum,
  isQualifiedName,
  isValidCIDRForLegacyField,
  isValidIPForLegacyField,
  validateLabels,
} from '@wherry/apimachinery'
import { refusals } from '../../fields.ts'
import { validateAddresses, validateAddressesUpdate } from './address-validation.ts'
import { isExternallyAccessible, isHeadless, needsHealthCheckNodePort, type ServiceValue } from './types.ts'

type Spec = DeepReadonly<ServiceSpec>
type Port = DeepReadonly<ServicePort>

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const protocols = ['SCTP', 'TCP', 'UDP']
const kubeletPort = 10250
const maxSessionSeconds = 86400

/** As `ValidateService` of pkg/apis/core/validation. */
export function validateService({ spec = {} }: ServiceValue): FieldError[] {
  const errors: FieldError[] = []
  if (!spec.ports?.length && !isHeadless(spec) && spec.type !== 'ExternalName') errors.push(fieldRequired('spec.ports'))
  errors.push(...validateType(spec))
  const names = new Set<string>()
  const ports = spec.ports ?? []
  for (const [i, port] of ports.entries())
    errors.push(...validatePort(port, ports.length > 1, names, `spec.ports[${i}]`))
  if (spec.selector) errors.push(...validateLabels(spec.selector, 'spec.selector'))
  errors.push(...validateAffinity(spec), ...validateAddresses(spec))
  for (const [i, ip] of (spec.externalIPs ?? []).entries()) {
    errors.push(...refusals(`spec.externalIPs[${i}]`, ip, isValidIPForLegacyField(ip)))
  }
  if (!spec.type) errors.push(fieldRequired('spec.type'))
  else if (!types.includes(spec.type)) errors.push(fieldNotSupported('spec.type', spec.type, types))
  return [...errors, ...validatePortUse(spec), ...validateLoadBalancer(spec), ...validateTraffic(spec)]
}

/** As `ValidateServiceUpdate`, beside what holds for every Service. */
export function validateServiceUpdate({ spec = {} }: ServiceValue, { spec: old = {} }: ServiceValue): FieldError[] {
  const errors = validateAddressesUpdate(spec, old)
  if (spec.type === 'LoadBalancer' && old.type === 'LoadBalancer' && spec.loadBalancerClass !== old.loadBalancerClass) {
    errors.push(fieldInvalid('spec.loadBalancerClass', spec.loadBalancerClass, 'may not change once set'))
  }
  return errors
}

function validateType(spec: Spec): FieldError[] {
  const errors: FieldError[] = []
  if (spec.type === 'LoadBalancer') {
    for (const [i, { port }] of (spec.ports ?? []).entries()) {
      if (port !== kubeletPort) continue
      const detail = `may not expose port ${kubeletPort} externally since it is used by kubelet`
      errors.push(fieldInvalid(`spec.ports[${i}]`, port, detail))
    }
  }
  if ((spec.type === 'LoadBalancer' || spec.type === 'NodePort') && isHeadless(spec)) {
    errors.push(fieldInvalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`))
  }
  if (spec.type !== 'ExternalName') return errors
  const detail = 'may not be set for ExternalName services'
  if (spec.clusterIPs?.length) errors.push(fieldForbidden('spec.clusterIPs', detail))
  if (spec.ipFamilies?.length) errors.push(fieldForbidden('spec.ipFamilies', detail))
  if (spec.ipFamilyPolicy !== undefined) errors.push(fieldForbidden('spec.ipFamilyPolicy', detail))
  const name = (spec.externalName ?? '').replace(/\.$/, '')
  if (name === '') errors.push(fieldRequired('spec.externalName'))
  else errors.push(...refusals('spec.externalName', name, isDNS1123Subdomain(name)))
  return errors
}

function validatePort(port: Port, needsName: boolean, names: Set<string>, field: string): FieldError[] {
  const errors: FieldError[] = []
  if (!port.name) {
    if (needsName) errors.push(fieldRequired(`${field}.name`))
  } else {
    errors.push(...refusals(`${field}.name`, port.name, isDNS1123Label(port.name)))
    if (names.has(port.name)) errors.push(fieldDuplicate(`${field}.name`, port.name))
    names.add(port.name)
  }
  errors.push(...refusals(`${field}.port`, port.port ?? 0, isPortNum(port.port ?? 0)))
  if (!port.protocol) errors.push(fieldRequired(`${field}.protocol`))
  else if (!protocols.includes(port.protocol)) {
    errors.push(fieldNotSupported(`${field}.protocol`, port.protocol, protocols))
  }
  const target = port.targetPort ?? 0
  const refused = typeof target === 'string' ? isPortName(target) : isPortNum(target)
  errors.push(...refusals(`${field}.targetPort`, target, refused))
  if (port.appProtocol !== undefined) {
    errors.push(...refusals(`${field}.appProtocol`, port.appProtocol, isQualifiedName(port.appProtocol)))
  }
  return errors
}

/** Every port and every node port once for each protocol. */
function validatePortUse(spec: Spec): FieldError[] {
  const errors: FieldError[] = []
  const nodePorts = new Set<string>()
  const ports = new Set<string>()
  for (const [i, { port, nodePort, protocol = '' }] of (spec.ports ?? []).entries()) {
    const field = `spec.ports[${i}]`
    if (nodePort) {
      if (spec.type === 'ClusterIP') {
        errors.push(fieldForbidden(`${field}.nodePort`, "may not be used when `type` is 'ClusterIP'"))
      }
      if (nodePorts.has(`${nodePort}/${protocol}`)) errors.push(fieldDuplicate(`${field}.nodePort`, nodePort))
      nodePorts.add(`${nodePort}/${protocol}`)
    }
    // The value as Go prints it: the internal type's fields, of which only two are set.
    const value = { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 }
    if (ports.has(`${port}/${protocol}`)) errors.push(fieldDuplicate(field, value))
    ports.add(`${port}/${protocol}`)
  }
  return errors
}

function validateAffinity(spec: Spec): FieldError[] {
  const { sessionAffinity: affinity = '', sessionAffinityConfig: config } = spec
  if (affinity === '') return [fieldRequired('spec.sessionAffinity')]
  if (affinity === 'None') {
    const detail = 'must not be set when session affinity is None'
    return config ? [fieldForbidden('spec.sessionAffinityConfig', detail)] : []
  }
  if (affinity !== 'ClientIP') return [fieldNotSupported('spec.sessionAffinity', affinity, ['ClientIP', 'None'])]
  const field = 'spec.sessionAffinityConfig'
  if (!config) return [fieldRequired(field, 'when session affinity type is ClientIP')]
  if (!config.clientIP) return [fieldRequired(`${field}.clientIP`, 'when session affinity type is ClientIP')]
  const seconds = config.clientIP.timeoutSeconds
  const path = `${field}.clientIP.timeoutSeconds`
  if (seconds === undefined) return [fieldRequired(path, 'when session affinity type is ClientIP')]
  return seconds > 0 && seconds <= maxSessionSeconds
    ? []
    : [fieldInvalid(path, seconds, `must be greater than 0 and less than ${maxSessionSeconds}`)]
}

function validateLoadBalancer(spec: Spec): FieldError[] {
  const errors: FieldError[] = []
  const only = "may only be used when `type` is 'LoadBalancer'"
  if (spec.loadBalancerSourceRanges?.length) {
    if (spec.type !== 'LoadBalancer') errors.push(fieldForbidden('spec.LoadBalancerSourceRanges', only))
    for (const [i, cidr] of spec.loadBalancerSourceRanges.entries()) {
      errors.push(...refusals(`spec.LoadBalancerSourceRanges[${i}]`, cidr, isValidCIDRForLegacyField(cidr.trim())))
    }
  }
  if (spec.type === 'LoadBalancer') {
    if (spec.allocateLoadBalancerNodePorts === undefined)
      errors.push(fieldRequired('spec.allocateLoadBalancerNodePorts'))
    const name = spec.loadBalancerClass
    if (name !== undefined) errors.push(...refusals('spec.loadBalancerClass', name, isQualifiedName(name)))
    return errors
  }
  for (const field of ['allocateLoadBalancerNodePorts', 'loadBalancerClass'] as const) {
    if (spec[field] !== undefined) errors.push(fieldForbidden(`spec.${field}`, only))
  }
  return errors
}

const policies = ['Cluster', 'Local']
const distributions = ['PreferClose', 'PreferSameNode', 'PreferSameZone']

function validateTraffic(spec: Spec): FieldError[] {
  const errors: FieldError[] = []
  const { externalTrafficPolicy: external, internalTrafficPolicy: internal, healthCheckNodePort: health = 0 } = spec
  if (!isExternallyAccessible(spec)) {
    const detail = 'may only be set for externally-accessible services'
    if (external) errors.push(fieldInvalid('spec.externalTrafficPolicy', external, detail))
  } else if (!external) {
    errors.push(fieldRequired('spec.externalTrafficPolicy', 'for externally-accessible services'))
  } else if (!policies.includes(external)) {
    errors.push(fieldNotSupported('spec.externalTrafficPolicy', external, policies))
  }
  if (!needsHealthCheckNodePort(spec)) {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
    if (health !== 0) errors.push(fieldInvalid('spec.healthCheckNodePort', health, detail))
  } else if (health === 0) {
    const detail = "must be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
    errors.push(fieldRequired('spec.healthCheckNodePort', detail))
  } else errors.push(...refusals('spec.healthCheckNodePort', health, isPortNum(health)))
  if (internal === undefined) {
    if (spec.type !== 'ExternalName') errors.push(fieldRequired('spec.internalTrafficPolicy'))
  } else if (!policies.includes(internal)) {
    errors.push(fieldNotSupported('spec.internalTrafficPolicy', internal, policies))
  }
  const distribution = spec.trafficDistribution
  if (distribution !== undefined && !distributions.includes(distribution)) {
    errors.push(fieldNotSupported('spec.trafficDistribution', distribution, distributions))
  }
  return errors
}
