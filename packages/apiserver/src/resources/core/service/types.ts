import type { Service, ServiceSpec } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'

export type ServiceValue = DeepReadonly<Service>
type Spec = DeepReadonly<ServiceSpec> | undefined

// What follows from a Service's type. As pkg/registry/core/service/strategy.go and its storage.

export function needsClusterIP(spec: Spec): boolean {
  return spec?.type === 'ClusterIP' || spec?.type === 'NodePort' || spec?.type === 'LoadBalancer'
}

/** `None`: clients find the pods by DNS alone. */
export function isHeadless(spec: Spec): boolean {
  return spec?.clusterIPs?.[0] === 'None' || (!spec?.clusterIPs?.length && spec?.clusterIP === 'None')
}

export function canHaveNodePorts(spec: Spec): boolean {
  return spec?.type === 'NodePort' || spec?.type === 'LoadBalancer'
}

/** Whether ports get a node port without asking for one. */
export function allocatesNodePorts(spec: Spec): boolean {
  if (spec?.type === 'NodePort') return true
  return spec?.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false
}

export function needsHealthCheckNodePort(spec: Spec): boolean {
  return spec?.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'
}

/** Reached from outside: node ports, a load balancer, or external addresses. */
export function isExternallyAccessible(spec: Spec): boolean {
  if (canHaveNodePorts(spec)) return true
  return spec?.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0
}
