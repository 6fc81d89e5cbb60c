import type { DiscoveryV1EndpointPort, Endpoint, Node, Pod, Service, ServicePort } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { isPodReady, isPodTerminal, isRestartableInitContainer } from '@wherry/component-helpers'
import { identityOf, isDeleting } from '../meta.ts'

export type ServiceView = DeepReadonly<Service>
export type PodView = DeepReadonly<Pod>
export type AddressType = 'IPv4' | 'IPv6'

export function isHeadless(service: ServiceView): boolean {
  return service.spec?.clusterIP === 'None'
}

/** The families in which a Service has endpoints. */
export function addressTypes(service: ServiceView): AddressType[] {
  const families = service.spec?.ipFamilies
  if (families && families.length > 0) return families.map((family) => (family === 'IPv6' ? 'IPv6' : 'IPv4'))
  return [service.spec?.clusterIP?.includes(':') ? 'IPv6' : 'IPv4']
}

/** Whether a pod takes part at all: it has an address and has not come to its end. As `ShouldPodBeInEndpoints`. */
export function takesPart(pod: PodView, includeTerminating: boolean): boolean {
  if (isPodTerminal(pod)) return false
  if (!pod.status?.podIP && !pod.status?.podIPs?.length) return false
  return includeTerminating || !isDeleting(pod.metadata)
}

/** Whether DNS may know the pod by its hostname under this Service. */
export function hasHostname(pod: PodView, service: ServiceView): boolean {
  return Boolean(pod.spec?.hostname) && pod.spec?.subdomain === service.metadata.name
}

/** The pod's addresses of one family. */
export function addressesOf(pod: PodView, type: AddressType): string[] {
  const all = pod.status?.podIPs?.map(({ ip }) => ip) ?? [pod.status?.podIP ?? '']
  return all.filter((ip) => ip !== '' && ip.includes(':') === (type === 'IPv6'))
}

/** A pod as an endpoint of a Service; undefined when it has no address of the family. As `podToEndpoint`. */
export function endpointOf(
  pod: PodView,
  node: DeepReadonly<Node> | undefined,
  service: ServiceView,
  type: AddressType,
): Endpoint | undefined {
  const addresses = addressesOf(pod, type)
  if (addresses.length === 0) return undefined
  const serving = isPodReady(pod)
  const terminating = isDeleting(pod.metadata)
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating)
  const nodeName = pod.spec?.nodeName
  const zone = node?.metadata.labels?.['topology.kubernetes.io/zone']
  const hints = ready ? hintsOf(service, nodeName, zone) : undefined
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hasHostname(pod, service) && pod.spec?.hostname ? { hostname: pod.spec.hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    targetRef: { kind: 'Pod', ...identityOf(pod.metadata) },
    ...(zone ? { zone } : {}),
    ...(hints ? { hints } : {}),
  }
}

/** Where an endpoint is best used from, as the Service's trafficDistribution asks. */
function hintsOf(service: ServiceView, node: string | undefined, zone: string | undefined): Endpoint['hints'] {
  const wanted = service.spec?.trafficDistribution
  const forZones = zone ? { forZones: [{ name: zone }] } : undefined
  if (wanted === 'PreferClose' || wanted === 'PreferSameZone') return forZones
  if (wanted === 'PreferSameNode' && node) return { forNodes: [{ name: node }], ...forZones }
  return undefined
}

/** The ports on which a pod serves; ports that it does not name are left out. As `getEndpointPorts`. */
export function endpointPorts(service: ServiceView, pod: PodView): DiscoveryV1EndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((servicePort) => {
    const port = findPort(pod, servicePort)
    if (port === undefined) return []
    const { name = '', protocol = 'TCP', appProtocol } = servicePort
    return [{ name, port, protocol, ...(appProtocol ? { appProtocol } : {}) }]
  })
}

/** The number behind a Service's target port in this pod. As `FindPort`. */
export function findPort(pod: PodView, servicePort: DeepReadonly<ServicePort>): number | undefined {
  const { targetPort = servicePort.port, protocol = 'TCP' } = servicePort
  if (typeof targetPort === 'number') return targetPort === 0 ? servicePort.port : targetPort
  const sidecars = pod.spec?.initContainers?.filter(isRestartableInitContainer) ?? []
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars]) {
    const port = container.ports?.find((p) => p.name === targetPort && (p.protocol ?? 'TCP') === protocol)
    if (port) return port.containerPort
  }
  return undefined
}
