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
  parseIP,
  validateLabels,
} from '@wherry/apimachinery'
import { refusals } from '../../fields.ts'
import { validateNonSpecialIP } from '../endpoints-validation.ts'
import { validateAddresses, validateAddressesUpdate, validateFamiliesUpdate } from './address-validation.ts'
import { isExternallyAccessible, isHeadless, needsHealthCheckNodePort, type ServiceValue } from './types.ts'

type Spec = DeepReadonly<ServiceSpec>
type Port = DeepReadonly<ServicePort>

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const protocols = ['SCTP', 'TCP', 'UDP']
const maxSessionSeconds = 86400

/** As `ValidateService` of pkg/apis/core/validation. */
export function validateService({ metadata, spec = {} }: ServiceValue): FieldError[] {
  const annotations = metadata?.annotations ?? {}
  const errors = validateTopology(annotations)
  if (!spec.ports?.length && !isHeadless(spec) && spec.type !== 'ExternalName') errors.push(fieldRequired('spec.ports'))
  errors.push(...validateType(spec))
  const names = new Set<string>()
  const ports = spec.ports ?? []
  for (const [i, port] of ports.entries())
    errors.push(...validatePort(port, ports.length > 1, names, `spec.ports[${i}]`))
  if (spec.selector) errors.push(...validateLabels(spec.selector, 'spec.selector'))
  errors.push(...validateAffinity(spec), ...validateAddresses(spec))
  for (const [i, ip] of (spec.externalIPs ?? []).entries()) {
    errors.push(...validateExternalIP(ip, `spec.externalIPs[${i}]`))
  }
  if (!spec.type) errors.push(fieldRequired('spec.type'))
  else if (!types.includes(spec.type)) errors.push(fieldNotSupported('spec.type', spec.type, types))
  return [...errors, ...validatePortUse(spec), ...validateLoadBalancer(spec, annotations), ...validateTraffic(spec)]
}

const hints = 'service.kubernetes.io/topology-aware-hints'
const topologyMode = 'service.kubernetes.io/topology-mode'

function validateTopology(annotations: Readonly<Record<string, string>>): FieldError[] {
  const [mode, old] = [annotations[topologyMode], annotations[hints]]
  if (mode === undefined || old === undefined || mode === old) return []
  const detail = `must match annotations[${hints}] when both are specified`
  return [fieldInvalid(`metadata.annotations[${topologyMode}]`, mode, detail)]
}

function validateExternalIP(ip: string, field: string): FieldError[] {
  const refused = refusals(field, ip, isValidIPForLegacyField(ip))
  if (refused.length > 0) return refused
  const parsed = parseIP(ip)
  const loopback = parsed?.bytes.length === 4 ? parsed.bytes[0] === 127 : ip === '::1'
  if (loopback) return [fieldInvalid(field, ip, 'may not be in the loopback range (127.0.0.0/8, ::1/128)')]
  return validateNonSpecialIP(ip, field)
}

/** As `ValidateServiceUpdate`, beside what holds for every Service. */
export function validateServiceUpdate({ spec = {} }: ServiceValue, { spec: old = {} }: ServiceValue): FieldError[] {
  const errors = [...validateAddressesUpdate(spec, old), ...validateFamiliesUpdate(spec, old)]
  if (spec.type === 'LoadBalancer' && old.type === 'LoadBalancer' && spec.loadBalancerClass !== old.loadBalancerClass) {
    errors.push(fieldInvalid('spec.loadBalancerClass', spec.loadBalancerClass, 'may not change once set'))
  }
  const bothCheck = needsHealthCheckNodePort(spec) && needsHealthCheckNodePort(old)
  if (bothCheck && (spec.healthCheckNodePort ?? 0) !== (old.healthCheckNodePort ?? 0)) {
    errors.push(fieldForbidden('spec.healthCheckNodePort', 'field is immutable'))
  }
  return errors
}

const ipModes = ['Proxy', 'VIP']

/** What a load balancer reports. As `ValidateLoadBalancerStatus`. */
export function validateServiceStatus({ spec, status }: ServiceValue): FieldError[] {
  const ingress = status?.loadBalancer?.ingress ?? []
  const field = 'status.loadBalancer.ingress'
  if (ingress.length > 0 && spec?.type !== 'LoadBalancer') {
    return [fieldForbidden(field, "may only be used when `spec.type` is 'LoadBalancer'")]
  }
  return ingress.flatMap(({ ip = '', ipMode, hostname = '' }, i) => {
    const at = `${field}[${i}]`
    const errors = ip === '' ? [] : refusals(`${at}.ip`, ip, isValidIPForLegacyField(ip))
    if (ipMode === undefined) {
      if (ip !== '') errors.push(fieldRequired(`${at}.ipMode`, 'must be specified when `ip` is set'))
    } else if (ip === '') errors.push(fieldForbidden(`${at}.ipMode`, 'may not be specified when `ip` is not set'))
    else if (!ipModes.includes(ipMode)) errors.push(fieldNotSupported(`${at}.ipMode`, ipMode, ipModes))
    if (hostname === '') return errors
    errors.push(...refusals(`${at}.hostname`, hostname, isDNS1123Subdomain(hostname)))
    if (!parseIP(hostname)) return errors
    return [...errors, fieldInvalid(`${at}.hostname`, hostname, 'must be a DNS name, not an IP address')]
  })
}

function validateType(spec: Spec): FieldError[] {
  const errors: FieldError[] = []
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
  const ports = spec.ports ?? []
  const errors = ports.flatMap(({ nodePort }, i) =>
    nodePort && spec.type === 'ClusterIP'
      ? [fieldForbidden(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'")]
      : [],
  )
  const seen = new Set<string>()
  const isNew = (key: string) => !seen.has(key) && seen.add(key) !== undefined
  for (const [i, { nodePort, protocol = '' }] of ports.entries()) {
    if (!nodePort || isNew(`node ${nodePort}/${protocol}`)) continue
    errors.push(fieldDuplicate(`spec.ports[${i}].nodePort`, nodePort))
  }
  for (const [i, { port, protocol = '' }] of ports.entries()) {
    if (isNew(`${port}/${protocol}`)) continue
    // The value as Go prints it: the internal type's fields, of which only two are set.
    const value = { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 }
    errors.push(fieldDuplicate(`spec.ports[${i}]`, value))
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

const rangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges'

function validateLoadBalancer(spec: Spec, annotations: Readonly<Record<string, string>>): FieldError[] {
  const errors = validateSourceRanges(spec, annotations[rangesAnnotation])
  const only = "may only be used when `type` is 'LoadBalancer'"
  if (spec.type !== 'LoadBalancer') {
    for (const field of ['allocateLoadBalancerNodePorts', 'loadBalancerClass'] as const) {
      if (spec[field] !== undefined) errors.push(fieldForbidden(`spec.${field}`, only))
    }
    return errors
  }
  if (spec.allocateLoadBalancerNodePorts === undefined) errors.push(fieldRequired('allocateLoadBalancerNodePorts'))
  const name = spec.loadBalancerClass
  return name === undefined ? errors : [...errors, ...refusals('spec.loadBalancerClass', name, isQualifiedName(name))]
}

/** In the field, or in the annotation that was there before it. */
function validateSourceRanges({ type, loadBalancerSourceRanges: ranges = [] }: Spec, annotation?: string) {
  const only = "may only be used when `type` is 'LoadBalancer'"
  const errors: FieldError[] = []
  if (ranges.length > 0) {
    const field = 'spec.LoadBalancerSourceRanges'
    if (type !== 'LoadBalancer') errors.push(fieldForbidden(field, only))
    for (const [i, cidr] of ranges.map((range) => range.trim()).entries()) {
      errors.push(...refusals(`${field}[${i}]`, cidr, isValidCIDRForLegacyField(cidr)))
    }
  } else if (annotation !== undefined) {
    const field = `metadata.annotations[${rangesAnnotation}]`
    if (type !== 'LoadBalancer') errors.push(fieldForbidden(field, only))
    if (annotation.trim() === '') return errors
    for (const cidr of annotation.split(',').map((range) => range.trim())) {
      errors.push(...refusals(field, cidr, isValidCIDRForLegacyField(cidr)))
    }
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
    errors.push(fieldRequired('spec.externalTrafficPolicy'))
  } else if (!policies.includes(external)) {
    errors.push(fieldNotSupported('spec.externalTrafficPolicy', external, policies))
  }
  if (!needsHealthCheckNodePort(spec)) {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
    if (health !== 0) errors.push(fieldInvalid('spec.healthCheckNodePort', health, detail))
  } else if (health === 0) errors.push(fieldRequired('spec.healthCheckNodePort'))
  else errors.push(...refusals('spec.healthCheckNodePort', health, isPortNum(health)))
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
