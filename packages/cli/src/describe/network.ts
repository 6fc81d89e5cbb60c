import {
  type Endpoints,
  EndpointSlice as EndpointSliceKind,
  type EndpointSlice,
  type Ingress,
  type IngressBackend,
  type Service,
} from '@wherry/api'
import { labelsMatcher } from '@wherry/apimachinery'
import type { DescribeContext } from './describer.ts'
import { describeEvents } from './events.ts'
import { type Lines, orNone } from './lines.ts'
import { describeAnnotations, describeLabels } from './metadata.ts'

const shownAddresses = 3

export async function describeService(
  lines: Lines,
  service: Service,
  { connection, events, now }: DescribeContext,
): Promise<void> {
  const { metadata, spec, status } = service
  lines.line(0, `Name:\t${metadata.name}`)
  lines.line(0, `Namespace:\t${metadata.namespace}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  lines.line(0, `Selector:\t${orNone(labelsMatcher(spec?.selector).toString())}`)
  lines.line(0, `Type:\t${spec?.type ?? ''}`)
  if (spec?.ipFamilyPolicy) lines.line(0, `IP Family Policy:\t${spec.ipFamilyPolicy}`)
  lines.line(0, `IP Families:\t${orNone((spec?.ipFamilies ?? []).join(','))}`)
  lines.line(0, `IP:\t${spec?.clusterIP ?? ''}`)
  lines.line(0, `IPs:\t${orNone((spec?.clusterIPs ?? []).join(','))}`)
  if (spec?.externalIPs?.length) lines.line(0, `External IPs:\t${spec.externalIPs.join(',')}`)
  if (spec?.loadBalancerIP) lines.line(0, `Desired LoadBalancer IP:\t${spec.loadBalancerIP}`)
  if (spec?.externalName) lines.line(0, `External Name:\t${spec.externalName}`)
  const ingress = status?.loadBalancer?.ingress ?? []
  if (ingress.length > 0) {
    const points = ingress.map(({ ip, hostname, ipMode }) => `${ip ?? hostname ?? ''}${ipMode ? ` (${ipMode})` : ''}`)
    lines.line(0, `LoadBalancer Ingress:\t${points.join(', ')}`)
  }
  const slices = await slicesOf(connection, service)
  for (const port of spec?.ports ?? []) {
    const name = port.name ? port.name : '<unset>'
    lines.line(0, `Port:\t${name}\t${port.port}/${port.protocol ?? 'TCP'}`)
    lines.line(0, `TargetPort:\t${port.targetPort ?? 0}/${port.protocol ?? 'TCP'}`)
    if (port.nodePort) lines.line(0, `NodePort:\t${name}\t${port.nodePort}/${port.protocol ?? 'TCP'}`)
    lines.line(0, `Endpoints:\t${endpointsText(slices, port.name)}`)
  }
  lines.line(0, `Session Affinity:\t${spec?.sessionAffinity ?? ''}`)
  if (spec?.externalTrafficPolicy) lines.line(0, `External Traffic Policy:\t${spec.externalTrafficPolicy}`)
  if (spec?.internalTrafficPolicy) lines.line(0, `Internal Traffic Policy:\t${spec.internalTrafficPolicy}`)
  if (spec?.trafficDistribution) lines.line(0, `Traffic Distribution:\t${spec.trafficDistribution}`)
  if (spec?.healthCheckNodePort) lines.line(0, `HealthCheck NodePort:\t${spec.healthCheckNodePort}`)
  if (spec?.loadBalancerSourceRanges?.length) {
    lines.line(0, `LoadBalancer Source Ranges:\t${spec.loadBalancerSourceRanges.join(',')}`)
  }
  describeEvents(lines, events, now)
}

async function slicesOf(connection: DescribeContext['connection'], { metadata }: Service): Promise<EndpointSlice[]> {
  const selection = {
    namespace: metadata.namespace ?? '',
    labelSelector: `kubernetes.io/service-name=${metadata.name}`,
  }
  return (await connection.client.list(EndpointSliceKind, selection)).items
}

/** The addresses of ready endpoints with the port of a name; at most three, and how many more there are. */
export function endpointsText(slices: readonly EndpointSlice[], portName: string | undefined): string {
  if (slices.length === 0) return '<none>'
  const all: string[] = []
  for (const { ports, endpoints } of slices) {
    for (const port of ports ?? []) {
      if ((port.name ?? '') !== (portName ?? '')) continue
      for (const { addresses, conditions } of endpoints ?? []) {
        if (conditions?.ready === false) continue
        for (const address of addresses)
          all.push(`${address.includes(':') ? `[${address}]` : address}:${port.port ?? ''}`)
      }
    }
  }
  if (all.length <= shownAddresses) return all.join(',')
  return `${all.slice(0, shownAddresses).join(',')} + ${all.length - shownAddresses} more...`
}

export function describeEndpointSlice(lines: Lines, slice: EndpointSlice, { events, now }: DescribeContext): void {
  const { metadata, addressType, ports = [], endpoints = [] } = slice
  lines.line(0, `Name:\t${metadata.name}`)
  lines.line(0, `Namespace:\t${metadata.namespace}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  lines.line(0, `AddressType:\t${addressType}`)
  if (ports.length === 0) lines.line(0, 'Ports: <unset>')
  else {
    lines.line(0, 'Ports:')
    lines.line(1, 'Name\tPort\tProtocol')
    lines.line(1, '----\t----\t--------')
    for (const { name, port, protocol } of ports)
      lines.line(1, `${name || '<unset>'}\t${port ?? '<unset>'}\t${protocol ?? ''}`)
  }
  lines.line(0, `Endpoints:${endpoints.length === 0 ? ' <none>' : ''}`)
  for (const endpoint of endpoints) {
    lines.line(1, `- Addresses:\t${orNone(endpoint.addresses.join(', '))}`)
    lines.line(2, 'Conditions:')
    lines.line(3, `Ready:\t${endpoint.conditions?.ready ?? '<unset>'}`)
    lines.line(2, `Hostname:\t${endpoint.hostname ?? '<unset>'}`)
    if (endpoint.targetRef) lines.line(2, `TargetRef:\t${endpoint.targetRef.kind}/${endpoint.targetRef.name}`)
    lines.line(2, `NodeName:\t${endpoint.nodeName ?? '<unset>'}`)
    lines.line(2, `Zone:\t${endpoint.zone ?? '<unset>'}`)
  }
  describeEvents(lines, events, now)
}

export function describeEndpoints(
  lines: Lines,
  { metadata, subsets = [] }: Endpoints,
  { events, now }: DescribeContext,
): void {
  lines.line(0, `Name:\t${metadata.name}`)
  lines.line(0, `Namespace:\t${metadata.namespace}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  lines.line(0, 'Subsets:')
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets) {
    lines.line(1, `Addresses:\t${orNone(addresses.map(({ ip }) => ip).join(','))}`)
    lines.line(1, `NotReadyAddresses:\t${orNone(notReadyAddresses.map(({ ip }) => ip).join(','))}`)
    if (ports.length > 0) {
      lines.line(1, 'Ports:')
      lines.line(2, 'Name\tPort\tProtocol')
      lines.line(2, '----\t----\t--------')
      for (const { name, port, protocol = 'TCP' } of ports) lines.line(2, `${name || '<unset>'}\t${port}\t${protocol}`)
    }
    lines.line(0, '')
  }
  describeEvents(lines, events, now)
}

export async function describeIngress(lines: Lines, ingress: Ingress, context: DescribeContext): Promise<void> {
  const { metadata, spec, status } = ingress
  const backendText = async ({ service, resource }: IngressBackend): Promise<string> => {
    if (resource) return `APIGroup: ${resource.apiGroup ?? ''}, Kind: ${resource.kind}, Name: ${resource.name}`
    const port = service?.port?.name || service?.port?.number
    const points = await backendPoints(context.connection, metadata.namespace ?? '', service?.name ?? '', port)
    return `${service?.name}:${port ?? ''} (${points})`
  }
  lines.line(0, `Name:\t${metadata.name}`)
  describeLabels(lines, 'Labels', metadata.labels)
  lines.line(0, `Namespace:\t${metadata.namespace}`)
  const points = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '')
  lines.line(0, `Address:\t${points.join(',')}`)
  lines.line(0, `Ingress Class:\t${orNone(spec?.ingressClassName)}`)
  lines.line(0, `Default backend:\t${spec?.defaultBackend ? await backendText(spec.defaultBackend) : '<default>'}`)
  if (spec?.tls?.length) {
    lines.line(0, 'TLS:')
    for (const { secretName, hosts = [] } of spec.tls) {
      lines.line(1, secretName ? `${secretName} terminates ${hosts.join(',')}` : `SNI routes ${hosts.join(',')}`)
    }
  }
  lines.line(0, 'Rules:')
  lines.line(1, 'Host\tPath\tBackends')
  lines.line(1, '----\t----\t--------')
  const rules = (spec?.rules ?? []).filter(({ http }) => http)
  for (const { host, http } of rules) {
    lines.line(1, `${host || '*'}\t`)
    for (const { path = '', backend } of http?.paths ?? []) lines.line(1, `\t${path} \t${await backendText(backend)}`)
  }
  if (rules.length === 0) {
    lines.line(1, `*\t*\t${spec?.defaultBackend ? await backendText(spec.defaultBackend) : '<default>'}`)
  }
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  describeEvents(lines, context.events, context.now)
}

async function backendPoints(
  connection: DescribeContext['connection'],
  namespace: string,
  name: string,
  port: string | number | undefined,
): Promise<string> {
  const { Service: ServiceKind } = await import('@wherry/api')
  try {
    const service = await connection.client.get(ServiceKind, { namespace, name })
    const wanted = service.spec?.ports?.find((one) => one.name === port || one.port === port)
    return endpointsText(await slicesOf(connection, service), wanted?.name)
  } catch {
    return `<error: services ${JSON.stringify(name)} not found>`
  }
}
