import { Namespace, ServiceAccount } from '@wherry/api'
import { hasStatusCause, isAlreadyExists } from '@wherry/apimachinery'
import { type Controller, watching } from '@wherry/client'
import type { ControllerDeps } from '../controller-deps.ts'
import { isDeleting } from '../meta.ts'

const name = 'default'
const selection = { fieldSelector: `metadata.name=${name}` }

/** Every namespace has a service account named `default`. As kube-controller-manager's ServiceAccountsController. */
export function newServiceAccountController({ client, informers }: ControllerDeps): Controller {
  const namespaces = informers.for(Namespace).lister
  const accounts = informers.for(ServiceAccount, selection).lister
  return {
    name: 'serviceaccount',
    primary: Namespace,
    watches: [{ ...watching(ServiceAccount, ({ metadata }) => [metadata.namespace ?? '']), selection }],
    async reconcile(key) {
      const namespace = namespaces.get(key)
      if (!namespace || isDeleting(namespace.metadata) || namespace.status?.phase === 'Terminating') return undefined
      if (accounts.get(`${key}/${name}`)) return undefined
      const account: ServiceAccount = {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { namespace: key, name },
      }
      try {
        await client.create(ServiceAccount, account)
      } catch (error) {
        // The namespace may have begun to end, or the cache may lag behind.
        if (!hasStatusCause(error, 'NamespaceTerminating') && !isAlreadyExists(error)) throw error
      }
      return undefined
    },
  }
}
