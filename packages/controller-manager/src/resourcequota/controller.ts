import { PersistentVolumeClaim, Pod, ResourceQuota, Service } from '@wherry/api'
import { deepClone, isNotFound, objectKey } from '@wherry/apimachinery'
import { type Controller, type WatchMapping, watching } from '@wherry/client'
import { isPodTerminal } from '@wherry/component-helpers'
import type { ControllerDeps } from '../controller-deps.ts'
import { discover } from '../discovery/discovery.ts'
import { updateStatus } from '../status.ts'
import { countedKind, usageOf } from './usage.ts'

/** How often objects are counted whose kinds are not watched. */
const recountMs = 30_000

/** Says how much of its quotas each namespace uses. As kube-controller-manager's ResourceQuotaController. */
export function newResourceQuotaController({ client, informers }: ControllerDeps): Controller {
  const quotas = informers.for(ResourceQuota).lister
  const pods = informers.for(Pod).lister
  const services = informers.for(Service).lister
  const claims = informers.for(PersistentVolumeClaim).lister
  const ofNamespace = ({ metadata }: { readonly metadata: { readonly namespace?: string } }) =>
    quotas.list(metadata.namespace).map((quota) => objectKey(quota.metadata))
  const watches: WatchMapping[] = [
    watching(Pod, ofNamespace, (pod, old) => isPodTerminal(pod) !== isPodTerminal(old)),
    watching(Service, ofNamespace, (service, old) => service.spec?.type !== old.spec?.type),
    watching(PersistentVolumeClaim, ofNamespace),
  ]

  return {
    name: 'resourcequota',
    primary: ResourceQuota,
    watches,
    async reconcile(key, signal) {
      const quota = quotas.get(key)
      if (!quota) return undefined
      const namespace = quota.metadata.namespace ?? ''
      const names = Object.keys(quota.spec?.hard ?? {})
      const counts = new Map<string, number>()
      let recount = false
      for (const name of names) {
        const counted = countedKind(name)
        if (counted === undefined || counts.has(counted)) continue
        const cached = cachedCount(counted, namespace)
        if (cached === undefined) recount = true
        counts.set(counted, cached ?? (await count(counted, namespace, signal)))
      }
      const used = usageOf({
        quota,
        pods: pods.list(namespace),
        services: services.list(namespace),
        claims: claims.list(namespace),
        counts,
      })
      await updateStatus(client, ResourceQuota, quota, { hard: deepClone(quota.spec?.hard ?? {}), used })
      return recount ? { requeueAfterMs: recountMs } : undefined
    },
  }

  function cachedCount(counted: string, namespace: string): number | undefined {
    if (counted === 'pods') return pods.list(namespace).length
    if (counted === 'services') return services.list(namespace).length
    if (counted === 'persistentvolumeclaims') return claims.list(namespace).length
    if (counted === 'resourcequotas') return quotas.list(namespace).length
    return undefined
  }

  /** A kind that is not served has no objects. */
  async function count(counted: string, namespace: string, signal: AbortSignal): Promise<number> {
    const [resource = '', ...group] = counted.split('.')
    const { kinds } = await discover(client, signal)
    const kind = kinds.find((served) => served.resource === resource && served.group === group.join('.'))
    if (!kind) return 0
    try {
      const { items, metadata } = await client.list(kind, { namespace, limit: 1, signal })
      return items.length + (metadata.remainingItemCount ?? 0)
    } catch (error) {
      if (isNotFound(error)) return 0
      throw error
    }
  }
}
