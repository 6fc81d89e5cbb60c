import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints } from '@wherry/api'
import { type DeepReadonly, stableStringify } from '@wherry/apimachinery'
import { isPodReady } from '@wherry/component-helpers'
import {
  addressesOf,
  addressTypes,
  endpointPorts,
  hasHostname,
  isHeadless,
  type PodView,
  type ServiceView,
  takesPart,
} from '../endpointslice/pod-endpoints.ts'
import { headlessLabel } from '../endpointslice/slices.ts'
import { compareText, identityOf } from '../meta.ts'

/** Endpoints hold no more addresses than this; the rest is only in EndpointSlices. */
export const maxCapacity = 1000

export const managedByLabel = 'endpoints.kubernetes.io/managed-by'
export const overCapacityAnnotation = 'endpoints.kubernetes.io/over-capacity'

interface Member {
  address: EndpointAddress
  ready: boolean
  ports: EndpointPort[]
}

/** The Endpoints of a Service, as `syncService` of kube-controller-manager's endpoints controller makes them; pure. */
export function planEndpoints(
  service: ServiceView,
  pods: readonly PodView[],
  existing: DeepReadonly<Endpoints> | undefined,
): Endpoints {
  const all = pods.flatMap((pod) => memberOf(service, pod) ?? [])
  const members = withinCapacity(all)
  const annotations: Record<string, string> = { ...existing?.metadata.annotations }
  delete annotations[overCapacityAnnotation]
  if (members.length < all.length) annotations[overCapacityAnnotation] = 'truncated'
  const labels: Record<string, string> = { ...service.metadata.labels }
  delete labels[headlessLabel]
  if (isHeadless(service)) labels[headlessLabel] = ''
  const { namespace, name } = identityOf(service.metadata)
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      ...(existing?.metadata.resourceVersion ? { resourceVersion: existing.metadata.resourceVersion } : {}),
      namespace,
      name,
      labels: { ...labels, [managedByLabel]: 'endpoint-controller' },
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    subsets: subsetsOf(members),
  }
}

function memberOf(service: ServiceView, pod: PodView): Member | undefined {
  const tolerateUnready = service.spec?.publishNotReadyAddresses === true
  if (!takesPart(pod, tolerateUnready)) return undefined
  const [ip] = addressesOf(pod, addressTypes(service)[0] ?? 'IPv4')
  if (ip === undefined) return undefined
  const ports = endpointPorts(service, pod).map(({ name, port = 0, protocol, appProtocol }) => ({
    ...(name ? { name } : {}),
    port,
    ...(protocol ? { protocol } : {}),
    ...(appProtocol ? { appProtocol } : {}),
  }))
  const portless = isHeadless(service) && (service.spec?.ports ?? []).length === 0
  if (ports.length === 0 && !portless) return undefined
  const address: EndpointAddress = {
    ip,
    ...(hasHostname(pod, service) && pod.spec?.hostname ? { hostname: pod.spec.hostname } : {}),
    ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: 'Pod', ...identityOf(pod.metadata) },
  }
  return { address, ready: tolerateUnready || isPodReady(pod), ports }
}

/** Ready addresses go before others. */
function withinCapacity(members: Member[]): Member[] {
  if (members.length <= maxCapacity) return members
  return [...members].sort((a, b) => Number(b.ready) - Number(a.ready)).slice(0, maxCapacity)
}

/** Addresses with the same ports share a subset. As `RepackSubsets`. */
function subsetsOf(members: readonly Member[]): EndpointSubset[] {
  const groups = new Map<string, Member[]>()
  for (const member of members) {
    const key = member.ports
      .map((port) => stableStringify(port))
      .sort()
      .join()
    groups.set(key, [...(groups.get(key) ?? []), member])
  }
  return [...groups]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, group]) => {
      const pick = (ready: boolean) =>
        group
          .filter((member) => member.ready === ready)
          .map(({ address }) => address)
          .sort((a, b) => compareText(a.ip, b.ip) || compareText(a.targetRef?.uid ?? '', b.targetRef?.uid ?? ''))
      const addresses = pick(true)
      const notReadyAddresses = pick(false)
      const ports = group[0]?.ports ?? []
      return {
        ...(addresses.length > 0 ? { addresses } : {}),
        ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}),
        ...(ports.length > 0 ? { ports } : {}),
      }
    })
}
