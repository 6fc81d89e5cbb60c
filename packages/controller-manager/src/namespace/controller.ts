import { Namespace, Pod } from '@wherry/api'
import { isNotFound, semanticEqual } from '@wherry/apimachinery'
import { type Controller, type Requeue, watching } from '@wherry/client'
import type { ControllerDeps } from '../controller-deps.ts'
import { isDeleting } from '../meta.ts'
import { namespaceConditions } from './conditions.ts'
import { type ContentPass, deleteContent } from './content.ts'

const finalizer = 'kubernetes'

/**
 * Ends namespaces: empties them, says in conditions what is in the way, and takes off the `kubernetes` finalizer when
 * they are empty. As kube-controller-manager's NamespaceController.
 */
export function newNamespaceController({ client, informers, clock }: ControllerDeps): Controller {
  const namespaces = informers.for(Namespace).lister
  /** How often a namespace was looked at without coming to its end. */
  const passes = new Map<string, number>()

  return {
    name: 'namespace',
    primary: Namespace,
    watches: [
      // The end of a pod is what most often remains to wait for.
      watching(
        Pod,
        ({ metadata: { namespace = '' } }) => {
          const owner = namespaces.get(namespace)
          return owner && isDeleting(owner.metadata) ? [namespace] : []
        },
        () => false,
      ),
    ],
    async reconcile(key, signal) {
      const cached = namespaces.get(key)
      if (!cached || !isDeleting(cached.metadata)) {
        passes.delete(key)
        return undefined
      }
      const namespace = await fresh(key)
      if (!namespace || !isDeleting(namespace.metadata)) return undefined
      if (!namespace.spec?.finalizers?.includes(finalizer)) return undefined
      const terminating = await setStatus(
        { ...namespace, status: { ...namespace.status, phase: 'Terminating' } },
        namespace,
      )
      const pass = await deleteContent(client, key, signal)
      const conditions = namespaceConditions(terminating.status?.conditions ?? [], pass.left, clock.now())
      const told = await setStatus({ ...terminating, status: { ...terminating.status, conditions } }, terminating)
      if (!isEmptied(pass)) return later(key, pass)
      await finalize(told)
      return undefined
    },
  }

  async function fresh(name: string): Promise<Namespace | undefined> {
    try {
      return await client.get(Namespace, { name })
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  async function setStatus(wanted: Namespace, current: Namespace): Promise<Namespace> {
    if (semanticEqual(wanted.status, current.status)) return current
    return client.update(Namespace, wanted, { subresource: 'status' })
  }

  async function finalize(namespace: Namespace): Promise<void> {
    const finalizers = namespace.spec?.finalizers?.filter((name) => name !== finalizer) ?? []
    const body = { ...namespace, spec: { ...namespace.spec, finalizers } }
    try {
      await client.updateSubresource(Namespace, { name: namespace.metadata.name ?? '' }, 'finalize', body)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  /** Soon at first, because most content goes at once; then as rarely as upstream looks. */
  function later(key: string, { estimateSeconds }: ContentPass): Requeue {
    const count = passes.get(key) ?? 0
    passes.set(key, count + 1)
    const upstreamMs = (estimateSeconds / 2 + 1) * 1000
    return { requeueAfterMs: Math.min(upstreamMs, 200 * 2 ** Math.min(count, 10)) }
  }
}

function isEmptied({ left, estimateSeconds }: ContentPass): boolean {
  return estimateSeconds === 0 && left.deletionFailures.length === 0 && left.discoveryFailure === undefined
}
