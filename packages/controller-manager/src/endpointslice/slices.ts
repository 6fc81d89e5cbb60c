import { type DiscoveryV1EndpointPort, type Endpoint, EndpointSlice, type Node, Service } from '@wherry/api'
import {
  controllerRef,
  type DeepReadonly,
  deepClone,
  nameIsDNSSubdomain,
  semanticEqual,
  stableStringify,
} from '@wherry/apimachinery'
import { compareText, identityOf, isDeleting } from '../meta.ts'
import {
  type AddressType,
  addressTypes,
  endpointOf,
  endpointPorts,
  isHeadless,
  type PodView,
  type ServiceView,
  takesPart,
} from './pod-endpoints.ts'

export const serviceNameLabel = 'kubernetes.io/service-name'
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by'
export const headlessLabel = 'service.kubernetes.io/headless'
export const managedBy = 'endpointslice-controller.k8s.io'

type Slice = DeepReadonly<EndpointSlice>

export interface SlicePlan {
  create: EndpointSlice[]
  update: EndpointSlice[]
  remove: Slice[]
}

export interface SliceFacts {
  service: ServiceView
  pods: readonly PodView[]
  /** Undefined for a node that the caches do not know: its pods wait, unless the Service publishes unready ones. */
  nodeOf: (name: string) => DeepReadonly<Node> | undefined
  /** The slices of this Service that this controller manages. */
  slices: readonly Slice[]
  maxPerSlice: number
}

/**
 * What has to change so that the slices hold the Service's endpoints. Endpoints stay in the slice that they are in;
 * new ones go into slices that change anyway, then into one that has room for them all, then into new ones. As
 * k8s.io/endpointslice `Reconciler`; pure.
 */
export function planSlices(facts: SliceFacts): SlicePlan {
  const { service } = facts
  const plan: SlicePlan = { create: [], update: [], remove: [] }
  const types = addressTypes(service)
  const live = facts.slices.filter((slice) => !isDeleting(slice.metadata))
  for (const slice of live) {
    if (!types.some((type) => type === slice.addressType)) plan.remove.push(slice)
  }
  for (const type of types) {
    const existing = live.filter((slice) => slice.addressType === type)
    reuse(plan, planFamily(facts, type, existing))
  }
  return plan
}

/** A new slice takes the place of one that would go: watchers see one change instead of two. */
function reuse(plan: SlicePlan, { create, update, remove }: SlicePlan): void {
  while (create.length > 0 && remove.length > 0) {
    const next = create.shift()
    const old = remove.shift()
    if (next && old) update.push({ ...deepClone<EndpointSlice>(old), ...withMeta(old, next) })
  }
  plan.create.push(...create)
  plan.update.push(...update)
  plan.remove.push(...remove)
}

function withMeta(old: Slice, next: EndpointSlice): Pick<EndpointSlice, 'metadata' | 'endpoints' | 'ports'> {
  const { labels, ownerReferences } = next.metadata
  return {
    metadata: { ...deepClone(old.metadata), labels, ownerReferences },
    endpoints: next.endpoints,
    ports: next.ports,
  }
}

function planFamily(facts: SliceFacts, type: AddressType, existing: readonly Slice[]): SlicePlan {
  const desired = desiredByPorts(facts, type)
  const byPorts = new Map<string, Slice[]>()
  for (const slice of [...existing].sort((a, b) => compareText(a.metadata.name ?? '', b.metadata.name ?? ''))) {
    const key = portsKey(slice.ports ?? [])
    byPorts.set(key, [...(byPorts.get(key) ?? []), slice])
  }
  const plan: SlicePlan = { create: [], update: [], remove: [] }
  for (const [key, { ports, endpoints }] of desired) {
    const part = planPorts(facts, type, ports, endpoints, byPorts.get(key) ?? [])
    plan.create.push(...part.create)
    plan.update.push(...part.update)
    plan.remove.push(...part.remove)
  }
  for (const [key, slices] of byPorts) if (!desired.has(key)) plan.remove.push(...slices)

  // A Service without endpoints keeps one empty slice, so that clients can tell "none" from "not known yet".
  if (plan.create.length === 0 && plan.remove.length === existing.length) {
    const placeholder = newSlice(facts.service, type, [], [])
    const kept = plan.remove.find((slice) => sameSlice(slice, placeholder))
    if (kept) plan.remove.splice(plan.remove.indexOf(kept), 1)
    else plan.create.push(placeholder)
  }
  return plan
}

interface Desired {
  ports: DiscoveryV1EndpointPort[]
  endpoints: Endpoint[]
}

function desiredByPorts({ service, pods, nodeOf }: SliceFacts, type: AddressType): Map<string, Desired> {
  const groups = new Map<string, Desired>()
  for (const pod of pods) {
    if (!takesPart(pod, true)) continue
    const node = pod.spec?.nodeName ? nodeOf(pod.spec.nodeName) : undefined
    if (pod.spec?.nodeName && !node && !service.spec?.publishNotReadyAddresses) continue
    const endpoint = endpointOf(pod, node, service, type)
    if (!endpoint) continue
    const ports = endpointPorts(service, pod)
    const key = portsKey(ports)
    const group = groups.get(key) ?? { ports, endpoints: [] }
    groups.set(key, group)
    group.endpoints.push(endpoint)
  }
  return groups
}

function planPorts(
  facts: SliceFacts,
  type: AddressType,
  ports: DiscoveryV1EndpointPort[],
  endpoints: Endpoint[],
  existing: readonly Slice[],
): SlicePlan {
  const { service, maxPerSlice } = facts
  const plan: SlicePlan = { create: [], update: [], remove: [] }
  const missing = new Map(endpoints.map((endpoint) => [identity(endpoint), endpoint]))
  const unchanged: Slice[] = []
  for (const slice of existing) {
    const kept: Endpoint[] = []
    for (const old of slice.endpoints ?? []) {
      const next = missing.get(identity(old))
      if (!next) continue
      missing.delete(identity(old))
      kept.push(next)
    }
    const next = newSlice(service, type, ports, kept)
    if (kept.length === 0) plan.remove.push(slice)
    else if (sameSlice(slice, next)) unchanged.push(slice)
    else plan.update.push({ ...deepClone<EndpointSlice>(slice), ...withMeta(slice, next) })
  }
  const rest = [...missing.values()]
  const fullestFirst = [...plan.update].sort((a, b) => countOf(b) - countOf(a))
  for (const slice of fullestFirst) {
    slice.endpoints = [...(slice.endpoints ?? []), ...rest.splice(0, Math.max(0, maxPerSlice - countOf(slice)))]
  }
  if (rest.length > 0 && rest.length < maxPerSlice) {
    const room = unchanged.filter((slice) => countOf(slice) + rest.length <= maxPerSlice)
    const [fullest] = room.sort((a, b) => countOf(b) - countOf(a))
    if (fullest) {
      const copy = deepClone<EndpointSlice>(fullest)
      plan.update.push({ ...copy, endpoints: [...(copy.endpoints ?? []), ...rest.splice(0)] })
    }
  }
  while (rest.length > 0) plan.create.push(newSlice(service, type, ports, rest.splice(0, maxPerSlice)))
  return plan
}

function countOf(slice: Slice): number {
  return slice.endpoints?.length ?? 0
}

/** What makes an endpoint the same one after its conditions have changed. */
function identity({ targetRef, addresses }: DeepReadonly<Endpoint>): string {
  return `${targetRef?.uid ?? ''} ${addresses.join(',')}`
}

function portsKey(ports: DeepReadonly<DiscoveryV1EndpointPort[]>): string {
  return ports
    .map((port) => stableStringify(port))
    .sort()
    .join()
}

function sameSlice(slice: Slice, next: EndpointSlice): boolean {
  return (
    semanticEqual(slice.endpoints, next.endpoints) &&
    portsKey(slice.ports ?? []) === portsKey(next.ports ?? []) &&
    semanticEqual(slice.metadata.labels, next.metadata.labels) &&
    semanticEqual(slice.metadata.ownerReferences, next.metadata.ownerReferences)
  )
}

function newSlice(
  service: ServiceView,
  addressType: AddressType,
  ports: DiscoveryV1EndpointPort[],
  endpoints: Endpoint[],
): EndpointSlice {
  const { namespace, name } = identityOf(service.metadata)
  const prefix = `${name}-`
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: EndpointSlice.kind,
    metadata: {
      namespace,
      generateName: nameIsDNSSubdomain(prefix, true).length === 0 ? prefix : name,
      labels: sliceLabels(service),
      ownerReferences: [controllerRef(service, Service)],
    },
    addressType,
    endpoints,
    ports,
  }
}

/** The Service's own labels and those that tell whose slice it is. */
export function sliceLabels(service: ServiceView): Record<string, string> {
  const { [headlessLabel]: _, ...labels } = service.metadata.labels ?? {}
  return {
    ...labels,
    ...(isHeadless(service) ? { [headlessLabel]: '' } : {}),
    [serviceNameLabel]: service.metadata.name ?? '',
    [managedByLabel]: managedBy,
  }
}
