import { apiVersionOf, ComponentStatus, Lease } from '@wherry/api'
import { type DeepReadonly, parseTime } from '@wherry/apimachinery'
import type { Behaviours } from '../../registry/behaviours.ts'
import { defineResource } from '../../registry/resource.ts'
import { nameColumn } from '../columns.ts'

/**
 * The rows that upstream has (registry/core/componentstatus), told by what this server itself sees: a component is
 * healthy while it watches, or holds a lease that it renews.
 */
export const componentStatuses = defineResource(ComponentStatus, {
  shortNames: ['cs'],
  deprecation: 'v1 ComponentStatus is deprecated in v1.19+',
  columns: [
    nameColumn(),
    { name: 'Status', type: 'string', value: (object) => statusOf(object) },
    { name: 'Message', type: 'string', value: (object) => healthOf(object)?.message ?? '' },
    { name: 'Error', type: 'string', value: (object) => healthOf(object)?.error ?? '' },
  ],
  computed: (behaviours) => [
    componentOf('controller-manager', 'kube-controller-manager', behaviours),
    storageOf(behaviours),
    componentOf('scheduler', 'kube-scheduler', behaviours),
  ],
})

/** The component of a name, by its user and its lease. */
function componentOf(name: string, component: string, behaviours: Behaviours): ComponentStatus {
  const user = `system:${component}`
  if (behaviours.isWatching(user) || holdsLease(component, behaviours)) return statusNamed(name, 'ok')
  return statusNamed(name, `${user} has no watch open, and no lease that it renews`, false)
}

function holdsLease(name: string, behaviours: Behaviours): boolean {
  const { spec } = behaviours.store(Lease).get({ namespace: 'kube-system', name }) ?? {}
  if (!spec?.holderIdentity || !spec.renewTime) return false
  return parseTime(spec.renewTime) + (spec.leaseDurationSeconds ?? 0) * 1000 > behaviours.now()
}

function storageOf(behaviours: Behaviours): ComponentStatus {
  try {
    behaviours.checkStorage()
    return statusNamed('etcd-0', 'ok')
  } catch (error) {
    return statusNamed('etcd-0', error instanceof Error ? error.message : String(error), false)
  }
}

function statusNamed(name: string, message: string, healthy = true): ComponentStatus {
  const condition = { type: 'Healthy', status: healthy ? 'True' : 'False', message }
  return {
    kind: ComponentStatus.kind,
    apiVersion: apiVersionOf(ComponentStatus),
    metadata: { name },
    conditions: [condition],
  }
}

const healthOf = ({ conditions = [] }: DeepReadonly<ComponentStatus>) =>
  conditions.find(({ type }) => type === 'Healthy')

function statusOf(object: DeepReadonly<ComponentStatus>): string {
  const { status } = healthOf(object) ?? {}
  if (status === 'True') return 'Healthy'
  return status === 'False' ? 'Unhealthy' : 'Unknown'
}
