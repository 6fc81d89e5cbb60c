import { EndpointSlice, Node, Pod, Service } from '@wherry/api'
import { deepEqual, hasStatusCause, isNotFound, labelsMatcher } from '@wherry/apimachinery'
import { type Controller, newEventRecorder, watching } from '@wherry/client'
import type { ControllerDeps } from '../controller-deps.ts'
import { identityOf } from '../meta.ts'
import { podsByNode } from '../pods/indexes.ts'
import { messageOf } from '../pods/pod-control.ts'
import type { ServiceView } from './pod-endpoints.ts'
import { endpointChanged, servicesOf } from './services-of-pod.ts'
import { managedBy, managedByLabel, planSlices, type SlicePlan, serviceNameLabel } from './slices.ts'

export interface EndpointSliceOptions {
  /** Endpoints in one slice at most; 100 unless told. */
  maxEndpointsPerSlice?: number
}

/** Keeps the EndpointSlices of Services with a selector. As kube-controller-manager's EndpointSliceController. */
export function newEndpointSliceController(
  { client, informers, clock, logger }: ControllerDeps,
  { maxEndpointsPerSlice = 100 }: EndpointSliceOptions = {},
): Controller {
  const services = informers.for(Service).lister
  const pods = informers.for(Pod).lister
  const nodes = informers.for(Node).lister
  const slices = informers.for(EndpointSlice).lister
  const onNode = podsByNode(pods)
  const events = newEventRecorder({ client, clock, logger, component: 'endpoint-slice-controller' })
  slices.addIndex('service', ({ metadata }) => {
    const { [managedByLabel]: manager, [serviceNameLabel]: service } = metadata.labels ?? {}
    return manager === managedBy && service ? [`${metadata.namespace}/${service}`] : []
  })
  const zoneOf = (node: { readonly metadata: { readonly labels?: Readonly<Record<string, string>> } }) =>
    node.metadata.labels?.['topology.kubernetes.io/zone']

  return {
    name: 'endpointslice',
    primary: Service,
    watches: [
      watching(Pod, (pod) => servicesOf(pod, services), endpointChanged),
      watching(
        EndpointSlice,
        ({ metadata }) => {
          const { [managedByLabel]: manager, [serviceNameLabel]: service } = metadata.labels ?? {}
          return manager === managedBy && service ? [`${metadata.namespace}/${service}`] : []
        },
        (slice, old) =>
          slice.metadata.generation !== old.metadata.generation ||
          !deepEqual(slice.metadata.labels, old.metadata.labels),
      ),
      watching(
        Node,
        (node) => [...new Set(onNode(node.metadata.name ?? '').flatMap((pod) => servicesOf(pod, services)))],
        (node, old) => zoneOf(node) !== zoneOf(old),
      ),
    ],
    async reconcile(key) {
      const service = services.get(key)
      if (!service?.spec?.selector || service.spec.type === 'ExternalName') return undefined
      const selector = labelsMatcher(service.spec.selector)
      const plan = planSlices({
        service,
        pods: pods.list(service.metadata.namespace).filter((pod) => selector.matches(pod.metadata.labels)),
        nodeOf: (name) => nodes.get(name),
        slices: slices.byIndex('service', key),
        maxPerSlice: maxEndpointsPerSlice,
      })
      try {
        await apply(plan)
      } catch (error) {
        if (hasStatusCause(error, 'NamespaceTerminating')) return undefined
        warn(service, error)
        throw error
      }
      return undefined
    },
  }

  async function apply(plan: SlicePlan): Promise<void> {
    for (const slice of plan.create) await client.create(EndpointSlice, slice)
    for (const slice of plan.update) await client.update(EndpointSlice, slice)
    for (const slice of plan.remove) {
      const { namespace, name } = identityOf(slice.metadata)
      await client.delete(EndpointSlice, { namespace, name }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
    }
  }

  function warn(service: ServiceView, error: unknown): void {
    const { namespace, name } = identityOf(service.metadata)
    const message = `Error updating Endpoint Slices for Service ${namespace}/${name}: ${messageOf(error)}`
    const object = { ...service, apiVersion: 'v1', kind: 'Service' }
    events.event(object, 'Warning', 'FailedToUpdateEndpointSlices', message)
  }
}
