import { PersistentVolumeClaim, Pod, ResourceQuota, Service } from '@wherry/api'
import { deepClone, isNotFound, objectKey, semanticEqual } from '@wherry/apimachinery'
import { type Controller, type WatchMapping, watching } from '@wherry/client'
import { isPodTerminal } from '@wherry/component-helpers'
import type { ControllerDeps } from '../controller-deps.ts'
import { discover } from '../discovery/discovery.ts'
import { updateStatus } from '../status.ts'
import { countedKind, usageOf } from './usage.ts'

/** How often objects are counted whose kinds are not watched. */
const recountMs = 30_000
/** How often everything is counted again: a create that failed after its admission was charged all the same. */
const resyncMs = 300_000

/**
 * Says how much of its quotas each namespace uses. As kube-controller-manager's ResourceQuotaController: the API server
 * charges what is created, this one counts anew where something goes, and where a quota is new or has changed. It does
 * not count because of a status or of a new object: its caches may not have seen all that was charged.
 */
export function newResourceQuotaController({ client, informers, clock }: ControllerDeps): Controller {
  const due = new Map<string, number>()
  const quotas = informers.for(ResourceQuota).lister
  const pods = informers.for(Pod).lister
  const services = informers.for(Service).lister
  const claims = informers.for(PersistentVolumeClaim).lister
  const ofNamespace = ({ metadata }: { readonly metadata: { readonly namespace?: string } }) => {
    const keys = quotas.list(metadata.namespace).map((quota) => objectKey(quota.metadata))
    for (const key of keys) due.set(key, 0)
    return keys
  }
  const watches: WatchMapping[] = [
    watching(
      Pod,
      (pod) => (isPodTerminal(pod) || !pods.get(objectKey(pod.metadata)) ? ofNamespace(pod) : []),
      (pod, old) => isPodTerminal(pod) !== isPodTerminal(old),
    ),
    watching(Service, ofNamespace, (service, old) => service.spec?.type !== old.spec?.type),
    watching(
      PersistentVolumeClaim,
      (claim) => (claims.get(objectKey(claim.metadata)) ? [] : ofNamespace(claim)),
      () => false,
    ),
  ]

  return {
    name: 'resourcequota',
    primary: ResourceQuota,
    watches,
    async reconcile(key, signal) {
      const quota = quotas.get(key)
      if (!quota) {
        due.delete(key)
        return undefined
      }
      const wait = (due.get(key) ?? 0) - clock.now()
      if (wait > 0 && semanticEqual(quota.status?.hard, quota.spec?.hard)) return { requeueAfterMs: wait }
      due.set(key, clock.now() + resyncMs)
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
      // What went meanwhile stays due.
      if (recount && due.get(key) !== 0) due.set(key, clock.now() + recountMs)
      return { requeueAfterMs: recount ? recountMs : resyncMs }
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
