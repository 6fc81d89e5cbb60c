import { Endpoints, Pod, Service } from '@wherry/api'
import { hasStatusCause, isNotFound, labelsMatcher, objectKey, semanticEqual, splitKey } from '@wherry/apimachinery'
import { type Controller, newEventRecorder, watching } from '@wherry/client'
import type { ControllerDeps } from '../controller-deps.ts'
import { endpointChanged, servicesOf } from '../endpointslice/services-of-pod.ts'
import { messageOf } from '../pods/pod-control.ts'
import { managedByLabel, planEndpoints } from './subsets.ts'

/** Keeps the Endpoints of Services with a selector, for clients from before EndpointSlices. */
export function newEndpointsController({ client, informers, clock, logger }: ControllerDeps): Controller {
  const services = informers.for(Service).lister
  const pods = informers.for(Pod).lister
  const endpoints = informers.for(Endpoints).lister
  const events = newEventRecorder({ client, clock, logger, component: 'endpoint-controller' })

  return {
    name: 'endpoints',
    primary: Service,
    watches: [
      watching(Pod, (pod) => servicesOf(pod, services), endpointChanged),
      // Those that users keep by hand may be there before their Service.
      watching(Endpoints, ({ metadata }) => (metadata.labels?.[managedByLabel] ? [objectKey(metadata)] : [])),
    ],
    async reconcile(key) {
      const service = services.get(key)
      const existing = endpoints.get(key)
      if (!service) {
        if (existing) await client.delete(Endpoints, splitKey(key)).catch(unlessNotFound)
        return undefined
      }
      if (!service.spec?.selector) return undefined
      const selector = labelsMatcher(service.spec.selector)
      const chosen = pods.list(service.metadata.namespace).filter((pod) => selector.matches(pod.metadata.labels))
      const wanted = planEndpoints(service, chosen, existing)
      if (
        existing &&
        semanticEqual(existing.subsets, wanted.subsets) &&
        semanticEqual(existing.metadata.labels, wanted.metadata.labels) &&
        semanticEqual(existing.metadata.annotations, wanted.metadata.annotations)
      ) {
        return undefined
      }
      try {
        if (existing) await client.update(Endpoints, wanted)
        else await client.create(Endpoints, wanted)
      } catch (error) {
        if (hasStatusCause(error, 'NamespaceTerminating')) return undefined
        const [reason, verb] = existing
          ? ['FailedToUpdateEndpoint', 'update endpoint']
          : ['FailedToCreateEndpoint', 'create endpoint for service']
        const message = `Failed to ${verb} ${key}: ${messageOf(error)}`
        events.event({ ...wanted, metadata: existing?.metadata ?? wanted.metadata }, 'Warning', reason, message)
        throw error
      }
      return undefined
    },
  }
}

function unlessNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error
}
