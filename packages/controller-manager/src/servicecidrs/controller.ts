import { IPAddress, ServiceCIDR } from '@wherry/api'
import { type DeepReadonly, isNotFound, parseTime } from '@wherry/apimachinery'
import { type Controller, watching } from '@wherry/client'
import type { ControllerDeps } from '../controller-deps.ts'
import { isDeleting } from '../meta.ts'
import { newCondition, updateStatus, withoutCondition } from '../status.ts'
import { canDelete, containing, isAllocated, overlapping } from './plan.ts'

export const serviceCIDRFinalizer = 'networking.k8s.io/service-cidr-finalizer'

/** By then the API server's allocators know of a deletion, and take no more addresses out of the range. */
const deletionGraceMs = 10_000

const terminating =
  'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR'

/**
 * Says of every ServiceCIDR that it is ready, and keeps one that is deleted as long as it is the only one with some
 * address in use. As kube-controller-manager's service-cidr-controller.
 */
export function newServiceCIDRController({ client, informers, clock }: ControllerDeps): Controller {
  const ranges = informers.for(ServiceCIDR).lister
  const addresses = informers.for(IPAddress).lister
  const namesOf = (found: readonly DeepReadonly<ServiceCIDR>[]) => found.map(({ metadata }) => metadata.name ?? '')

  async function setReady(range: DeepReadonly<ServiceCIDR>, status: 'True' | 'False', reason: string, message: string) {
    const current = range.status?.conditions?.find(({ type }) => type === 'Ready')
    if (current?.status === status && current.reason === reason && current.message === message) return
    const next = newCondition('Ready', status, reason, message, clock.now())
    if (current?.status === status && current.lastTransitionTime) next.lastTransitionTime = current.lastTransitionTime
    const others = withoutCondition(range.status?.conditions, 'Ready')
    await updateStatus(client, ServiceCIDR, range, { ...range.status, conditions: [...others, next] })
  }

  async function patchFinalizers({ metadata }: DeepReadonly<ServiceCIDR>, patch: object): Promise<void> {
    const { name = '', uid } = metadata
    const change = { metadata: { uid, ...patch } }
    await client.patch(ServiceCIDR, { name }, change, { type: 'strategic' }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }

  return {
    name: 'service-cidr',
    primary: ServiceCIDR,
    watches: [
      watching(ServiceCIDR, (range) => namesOf(overlapping(range, ranges.list()))),
      // Addresses matter to ranges that wait for their end only.
      watching(IPAddress, (address) => {
        const ending = isAllocated(address) ? ranges.list().filter(({ metadata }) => isDeleting(metadata)) : []
        return namesOf(containing(address.metadata.name ?? '', ending))
      }),
    ],
    async reconcile(key) {
      const range = ranges.get(key)
      if (!range) return undefined
      const isProtected = range.metadata.finalizers?.includes(serviceCIDRFinalizer)
      if (!range.metadata.deletionTimestamp) {
        // The finalizer's change brings the range here again.
        if (!isProtected) await patchFinalizers(range, { finalizers: [serviceCIDRFinalizer] })
        else await setReady(range, 'True', '', 'Kubernetes Service CIDR is ready')
        return undefined
      }
      if (!canDelete(range, ranges.list(), addresses.list())) {
        await setReady(range, 'False', 'Terminating', terminating)
        return undefined
      }
      const wait = parseTime(range.metadata.deletionTimestamp) + deletionGraceMs - clock.now()
      if (wait > 0) return { requeueAfterMs: wait }
      if (isProtected) await patchFinalizers(range, { '$deleteFromPrimitiveList/finalizers': [serviceCIDRFinalizer] })
      return undefined
    },
  }
}
