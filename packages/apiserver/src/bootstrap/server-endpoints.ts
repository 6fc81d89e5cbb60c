import { Endpoints, EndpointSlice, Service } from '@wherry/api'
import { deepEqual } from '@wherry/apimachinery'
import ipaddr from 'ipaddr.js'
import { serverUser } from '../authn/user-info.ts'
import type { Behaviours } from '../registry/behaviours.ts'

const options = { user: serverUser }
const key = { namespace: 'default', name: 'kubernetes' }

export interface ServerAddress {
  /** Where pods and clients reach this server. */
  readonly advertiseAddress: string
  readonly securePort: number
}

/** The first address of a range, which is the `kubernetes` Service's. */
export function firstAddress(range: string): string {
  const [network] = ipaddr.parseCIDR(range)
  const bytes = network.toByteArray()
  const last = bytes.length - 1
  return ipaddr.fromByteArray([...bytes.slice(0, last), (bytes[last] ?? 0) + 1]).toString()
}

/** The `kubernetes` Service and what it leads to: this server (upstream `kubernetesservice/controller.go`). */
export async function ensureServerEndpoints(behaviours: Behaviours, address: ServerAddress): Promise<void> {
  await Promise.all([
    ensureService(behaviours, address),
    ensureEndpoints(behaviours, address),
    ensureEndpointSlice(behaviours, address),
  ])
}

async function ensureService(behaviours: Behaviours, { securePort }: ServerAddress): Promise<void> {
  const store = behaviours.store(Service)
  const ports = [{ name: 'https', port: 443, protocol: 'TCP', targetPort: securePort }]
  const existing = store.get(key)
  if (!existing) {
    await store.create(
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { ...key, labels: { component: 'apiserver', provider: 'kubernetes' } },
        spec: {
          clusterIP: firstAddress(behaviours.options.serviceClusterIPRange),
          ports,
          sessionAffinity: 'None',
          type: 'ClusterIP',
        },
      },
      options,
    )
  } else if (existing.spec?.ports?.[0]?.targetPort !== securePort) {
    const change = (service: Service) => {
      if (service.spec) service.spec.ports = ports
    }
    await store.update(key, change, options)
  }
}

async function ensureEndpoints(behaviours: Behaviours, address: ServerAddress): Promise<void> {
  const store = behaviours.store(Endpoints)
  const ports = [{ name: 'https', port: address.securePort, protocol: 'TCP' }]
  const subsets = [{ addresses: [{ ip: address.advertiseAddress }], ports }]
  const labels = { 'endpointslice.kubernetes.io/skip-mirror': 'true' }
  const existing = store.get(key)
  if (!existing) {
    await store.create({ apiVersion: 'v1', kind: 'Endpoints', metadata: { ...key, labels }, subsets }, options)
  } else if (!deepEqual(existing.subsets, subsets)) {
    const change = (endpoints: Endpoints) => {
      endpoints.subsets = subsets
    }
    await store.update(key, change, options)
  }
}

async function ensureEndpointSlice(behaviours: Behaviours, address: ServerAddress): Promise<void> {
  const store = behaviours.store(EndpointSlice)
  const { advertiseAddress, securePort } = address
  const endpoints = [{ addresses: [advertiseAddress], conditions: { ready: true } }]
  const ports = [{ name: 'https', port: securePort, protocol: 'TCP' }]
  const labels = { 'kubernetes.io/service-name': 'kubernetes' }
  const existing = store.get(key)
  if (!existing) {
    const addressType = ipaddr.parse(advertiseAddress).kind() === 'ipv6' ? 'IPv6' : 'IPv4'
    const apiVersion = 'discovery.k8s.io/v1'
    const slice = { apiVersion, kind: 'EndpointSlice', metadata: { ...key, labels }, addressType, endpoints, ports }
    await store.create(slice, options)
  } else if (!deepEqual([existing.endpoints, existing.ports], [endpoints, ports])) {
    const change = (slice: EndpointSlice) => {
      slice.endpoints = endpoints
      slice.ports = ports
    }
    await store.update(key, change, options)
  }
}
