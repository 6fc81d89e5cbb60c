import { apiVersionOf, type Kind, type KubeObject, type OwnerReference } from '@wherry/api'
import type { DeepReadonly } from './deep.ts'

type Meta = DeepReadonly<KubeObject['metadata']>

/** The reference to the one owner that manages the object, if there is one. */
export function getController(meta: Meta): DeepReadonly<OwnerReference> | undefined {
  return meta.ownerReferences?.find((reference) => reference.controller === true)
}

/** A reference that makes `owner` the controller of another object. As upstream: meta/v1, `NewControllerRef`. */
export function controllerRef(owner: DeepReadonly<KubeObject>, kind: Kind): OwnerReference {
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    name: owner.metadata.name ?? '',
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  }
}

/** What caches and work queues know an object by: `namespace/name`, or the name where there is no namespace. */
export function objectKey(meta: { readonly namespace?: string; readonly name?: string }): string {
  const name = meta.name ?? ''
  return meta.namespace ? `${meta.namespace}/${name}` : name
}

/** The parts of an object's key. Throws where the text is no key. */
export function splitKey(key: string): { namespace?: string; name: string } {
  const parts = key.split('/')
  const [first = '', second] = parts
  if (parts.length > 2) throw new Error(`unexpected key format: ${JSON.stringify(key)}`)
  return second === undefined ? { name: first } : { namespace: first, name: second }
}

/** Group and version of an `apiVersion`. Throws in upstream's words where it is not one. */
export function parseGroupVersion(apiVersion: string): { group: string; version: string } {
  const [first = '', second, ...rest] = apiVersion.split('/')
  if (rest.length > 0) throw new Error(`unexpected GroupVersion string: ${apiVersion}`)
  return second === undefined ? { group: '', version: first } : { group: first, version: second }
}
