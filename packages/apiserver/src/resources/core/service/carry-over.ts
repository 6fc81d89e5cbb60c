import type { Service, ServiceSpec } from '@wherry/api'
import { type DeepReadonly, deepEqual, semanticEqual } from '@wherry/apimachinery'
import { struct } from '../../structs.ts'
import {
  allocatesNodePorts,
  isExternallyAccessible,
  needsClusterIP,
  needsHealthCheckNodePort,
  type ServiceValue,
} from './types.ts'

type Old = DeepReadonly<ServiceSpec>

/** The single and the plural field say the same; who sets only one of them means it. As `NormalizeClusterIPs`. */
export function normalizeClusterIPs(service: Service, old?: ServiceValue): void {
  const spec = struct(service, 'spec')
  if (!old) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP]
    return
  }
  const before = old.spec?.clusterIP ?? ''
  const plural = spec.clusterIPs ?? []
  const samePlural = semanticEqual(plural, old.spec?.clusterIPs)
  if ((spec.clusterIP ?? '') === before) return
  // Cleared: both go. Changed without the plural: it follows.
  if (!spec.clusterIP) {
    if (samePlural) delete spec.clusterIPs
  } else if (samePlural || plural.length === 0) spec.clusterIPs = [spec.clusterIP, ...plural.slice(1)]
}

/** What an update leaves out stays as it was allocated. As `patchAllocatedValues`. */
export function carryOver(service: Service, { spec: old = {} }: ServiceValue): void {
  const spec = struct(service, 'spec')
  if (needsClusterIP(old) && needsClusterIP(spec)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP
    if (!spec.clusterIPs?.length && spec.clusterIP === old.clusterIP && old.clusterIPs) {
      spec.clusterIPs = [...old.clusterIPs]
    }
    if (!spec.ipFamilyPolicy && old.ipFamilyPolicy) spec.ipFamilyPolicy = old.ipFamilyPolicy
    if (!spec.ipFamilies?.length && old.ipFamilies) spec.ipFamilies = [...old.ipFamilies]
  }
  if (allocatesNodePorts(old) && allocatesNodePorts(spec)) carryOverNodePorts(spec, old)
  if (needsHealthCheckNodePort(old) && needsHealthCheckNodePort(spec) && !spec.healthCheckNodePort) {
    if (old.healthCheckNodePort) spec.healthCheckNodePort = old.healthCheckNodePort
  }
}

function carryOverNodePorts(spec: ServiceSpec, old: Old): void {
  const before = new Map((old.ports ?? []).map((port) => [port.name ?? '', port.nodePort ?? 0]))
  const used = new Set(nodePorts(spec).filter((port) => nodePorts(old).includes(port)))
  for (const port of spec.ports ?? []) {
    const known = before.get(port.name ?? '')
    if (port.nodePort || !known || used.has(known)) continue
    port.nodePort = known
    used.add(known)
  }
}

/** Values that the old type needed and the new one does not go, unless the update changes them. */
export function dropForeignFields(service: Service, { spec: old = {} }: ServiceValue): void {
  const spec = struct(service, 'spec')
  if (needsClusterIP(old) && !needsClusterIP(spec)) {
    if (sameAs(spec, old, ['clusterIP', 'clusterIPs'])) {
      delete spec.clusterIP
      delete spec.clusterIPs
    }
    if (sameAs(spec, old, ['ipFamilies'])) delete spec.ipFamilies
    if (sameAs(spec, old, ['ipFamilyPolicy'])) delete spec.ipFamilyPolicy
    if (sameAs(spec, old, ['internalTrafficPolicy'])) delete spec.internalTrafficPolicy
  }
  if (allocatesNodePorts(old) && !allocatesNodePorts(spec) && sameNodePorts(spec, old)) {
    for (const port of spec.ports ?? []) delete port.nodePort
  }
  if (needsHealthCheckNodePort(old) && !needsHealthCheckNodePort(spec) && sameAs(spec, old, ['healthCheckNodePort'])) {
    delete spec.healthCheckNodePort
  }
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (sameAs(spec, old, ['allocateLoadBalancerNodePorts'])) delete spec.allocateLoadBalancerNodePorts
    if (sameAs(spec, old, ['loadBalancerClass'])) delete spec.loadBalancerClass
    if (service.status) service.status.loadBalancer = {}
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(spec) && sameAs(spec, old, ['externalTrafficPolicy'])) {
    delete spec.externalTrafficPolicy
  }
}

function sameAs(spec: ServiceSpec, old: Old, fields: readonly (keyof ServiceSpec)[]): boolean {
  return fields.every((field) => semanticEqual(spec[field], old[field]))
}

function nodePorts({ ports = [] }: Old): number[] {
  return ports.flatMap(({ nodePort }) => nodePort || [])
}

function sameNodePorts(spec: ServiceSpec, old: Old): boolean {
  return deepEqual(nodePorts(spec).sort(), nodePorts(old).sort())
}
