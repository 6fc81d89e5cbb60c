import { ConfigMap, Namespace } from '@wherry/api'
import { deepClone, hasStatusCause, isAlreadyExists, isNotFound, semanticEqual } from '@wherry/apimachinery'
import { type Controller, watching } from '@wherry/client'
import type { ControllerDeps } from '../controller-deps.ts'
import { isDeleting } from '../meta.ts'

const name = 'kube-root-ca.crt'
const selection = { fieldSelector: `metadata.name=${name}` }
const descriptionAnnotation = 'kubernetes.io/description'
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.'

/** Publishes the cluster's CA certificate in every namespace. As kube-controller-manager's root-ca-cert-publisher. */
export function newRootCAController({ client, informers }: ControllerDeps, { rootCA }: { rootCA: string }): Controller {
  const namespaces = informers.for(Namespace).lister
  const maps = informers.for(ConfigMap, selection).lister
  return {
    name: 'root-ca-certificate-publisher',
    primary: Namespace,
    watches: [{ ...watching(ConfigMap, ({ metadata }) => [metadata.namespace ?? '']), selection }],
    async reconcile(key) {
      const namespace = namespaces.get(key)
      if (!namespace || isDeleting(namespace.metadata) || namespace.status?.phase === 'Terminating') return undefined
      const existing = maps.get(`${key}/${name}`)
      const data = { 'ca.crt': rootCA }
      if (existing) {
        const described = existing.metadata.annotations?.[descriptionAnnotation] === description
        if (described && semanticEqual(existing.data, data)) return undefined
      }
      const wanted: ConfigMap = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace: key, name, annotations: { [descriptionAnnotation]: description } },
        data,
      }
      try {
        if (!existing) await client.create(ConfigMap, wanted)
        else {
          const annotations = { ...existing.metadata.annotations, [descriptionAnnotation]: description }
          const metadata = { ...deepClone(existing.metadata), annotations }
          await client.update(ConfigMap, { ...deepClone<ConfigMap>(existing), metadata, data })
        }
      } catch (error) {
        const expected = isAlreadyExists(error) || isNotFound(error) || hasStatusCause(error, 'NamespaceTerminating')
        if (!expected) throw error
      }
      return undefined
    },
  }
}
