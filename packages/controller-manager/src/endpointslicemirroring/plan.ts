import { type Endpoint, type EndpointAddress, Endpoints, EndpointSlice, type EndpointSubset } from '@wherry/api'
import {
  controllerRef,
  type DeepReadonly,
  deepClone,
  nameIsDNSSubdomain,
  semanticEqual,
  stableStringify,
} from '@wherry/apimachinery'
import { managedByLabel, type SlicePlan, serviceNameLabel } from '../endpointslice/slices.ts'
import { compareText, identityOf } from '../meta.ts'

export const mirroredBy = 'endpointslicemirroring-controller.k8s.io'

const skipLabel = 'endpointslice.kubernetes.io/skip-mirror'
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader'
const notCopied = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'endpoints.kubernetes.io/last-change-trigger-time',
]

/** Addresses of one subset beyond this are not mirrored. */
const maxPerSubset = 1000

type EndpointsView = DeepReadonly<Endpoints>
type SliceView = DeepReadonly<EndpointSlice>

/** Whether somebody keeps these Endpoints by hand and wants them to be seen in EndpointSlices. */
export function isMirrored({ metadata }: EndpointsView): boolean {
  return metadata.labels?.[skipLabel] !== 'true' && metadata.annotations?.[leaderAnnotation] === undefined
}

/**
 * What has to change so that slices say what Endpoints say: one slice for every subset and family. As
 * kube-controller-manager's endpointslice-mirroring-controller; pure.
 */
export function planMirror(endpoints: EndpointsView, slices: readonly SliceView[]): SlicePlan {
  const plan: SlicePlan = { create: [], update: [], remove: [] }
  const free = [...slices].sort((a, b) => compareText(a.metadata.name ?? '', b.metadata.name ?? ''))
  const keyOf = ({ addressType, ports }: SliceView) => `${addressType} ${stableStringify(ports ?? [])}`
  for (const wanted of wantedSlices(endpoints)) {
    const exact = free.findIndex((slice) => keyOf(slice) === keyOf(wanted))
    const index = exact >= 0 ? exact : free.findIndex((slice) => slice.addressType === wanted.addressType)
    const [old] = index < 0 ? [] : free.splice(index, 1)
    if (!old) {
      plan.create.push(wanted)
      continue
    }
    const { labels, annotations, ownerReferences } = wanted.metadata
    const metadata = { ...deepClone(old.metadata), labels, annotations, ownerReferences }
    const next = { ...deepClone<EndpointSlice>(old), metadata, ports: wanted.ports, endpoints: wanted.endpoints }
    if (!semanticEqual(next, old)) plan.update.push(next)
  }
  plan.remove.push(...free)
  return plan
}

function wantedSlices(endpoints: EndpointsView): EndpointSlice[] {
  return (endpoints.subsets ?? []).flatMap((subset) => {
    const all = [
      ...(subset.addresses ?? []).map((address) => endpointOf(address, true)),
      ...(subset.notReadyAddresses ?? []).map((address) => endpointOf(address, false)),
    ].slice(0, maxPerSubset)
    const isIPv6 = ({ addresses }: Endpoint) => addresses[0]?.includes(':') === true
    return [
      { addressType: 'IPv4', members: all.filter((endpoint) => !isIPv6(endpoint)) },
      { addressType: 'IPv6', members: all.filter(isIPv6) },
    ].flatMap(({ addressType, members }) =>
      members.length === 0 ? [] : [newSlice(endpoints, addressType, subset, members)],
    )
  })
}

function endpointOf({ ip, hostname, nodeName, targetRef }: DeepReadonly<EndpointAddress>, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    ...(targetRef ? { targetRef: { ...targetRef } } : {}),
  }
}

function newSlice(
  endpoints: EndpointsView,
  addressType: string,
  { ports = [] }: DeepReadonly<EndpointSubset>,
  members: Endpoint[],
): EndpointSlice {
  const { namespace, name } = identityOf(endpoints.metadata)
  const annotations: Record<string, string> = { ...endpoints.metadata.annotations }
  for (const annotation of notCopied) delete annotations[annotation]
  const prefix = `${name}-`
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: EndpointSlice.kind,
    metadata: {
      namespace,
      generateName: nameIsDNSSubdomain(prefix, true).length === 0 ? prefix : name,
      labels: { ...endpoints.metadata.labels, [serviceNameLabel]: name, [managedByLabel]: mirroredBy },
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      ownerReferences: [controllerRef(endpoints, Endpoints)],
    },
    addressType,
    endpoints: members,
    ports: ports.map(({ name: portName = '', ...port }) => ({ name: portName, ...port })),
  }
}
