import { Endpoints, EndpointSlice, Service } from '@wherry/api'
import { deepEqual, hasStatusCause, isNotFound, objectKey } from '@wherry/apimachinery'
import { type Controller, watching } from '@wherry/client'
import type { ControllerDeps } from '../controller-deps.ts'
import { managedByLabel, serviceNameLabel } from '../endpointslice/slices.ts'
import { identityOf } from '../meta.ts'
import { isMirrored, mirroredBy, planMirror } from './plan.ts'

/** Shows the Endpoints of Services without a selector in EndpointSlices, which is where traffic is sent by. */
export function newEndpointSliceMirroringController({ client, informers }: ControllerDeps): Controller {
  const endpoints = informers.for(Endpoints).lister
  const services = informers.for(Service).lister
  const slices = informers.for(EndpointSlice).lister
  const keysOf = ({
    metadata,
  }: {
    readonly metadata: Parameters<typeof objectKey>[0] & { readonly labels?: Readonly<Record<string, string>> }
  }) => {
    const { [managedByLabel]: manager, [serviceNameLabel]: name } = metadata.labels ?? {}
    return manager === mirroredBy && name ? [`${metadata.namespace}/${name}`] : []
  }
  slices.addIndex('mirror', keysOf)

  return {
    name: 'endpointslice-mirroring',
    primary: Endpoints,
    watches: [
      watching(
        Service,
        (service) => [objectKey(service.metadata)],
        (service, old) => !deepEqual(service.spec?.selector, old.spec?.selector),
      ),
      watching(EndpointSlice, keysOf, (slice, old) => slice.metadata.generation !== old.metadata.generation),
    ],
    async reconcile(key) {
      const source = endpoints.get(key)
      const service = services.get(key)
      const mirrors = slices.byIndex('mirror', key)
      const mirrored = source && service && !service.spec?.selector && isMirrored(source)
      const plan = mirrored ? planMirror(source, mirrors) : { create: [], update: [], remove: mirrors }
      try {
        for (const slice of plan.create) await client.create(EndpointSlice, slice)
      } catch (error) {
        if (!hasStatusCause(error, 'NamespaceTerminating')) throw error
      }
      for (const slice of plan.update) await client.update(EndpointSlice, slice)
      for (const slice of plan.remove) {
        const { namespace, name } = identityOf(slice.metadata)
        await client.delete(EndpointSlice, { namespace, name }).catch((error: unknown) => {
          if (!isNotFound(error)) throw error
        })
      }
      return undefined
    },
  }
}
