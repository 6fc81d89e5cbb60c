import type { KubeObject } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'

/** Brings objects of one version of a custom resource into another. */
export interface Converter {
  /** Whether conversion is a matter of asking somebody, so that it must be awaited. */
  readonly remote: boolean
  /** The objects in the wanted `apiVersion`, in the same order. Throws what a client gets where they cannot be converted. */
  convert(objects: readonly DeepReadonly<KubeObject>[], apiVersion: string): Promise<KubeObject[]>
}

/** Strategy `None`: versions differ in nothing but their name. */
export const renameOnly: Converter = {
  remote: false,
  convert: async (objects, apiVersion) => objects.map((object) => renamed(object, apiVersion)),
}

/** A shallow copy under another `apiVersion`, with the keys in the order in which they are stored. */
export function renamed(object: DeepReadonly<KubeObject>, apiVersion: string): KubeObject {
  const { kind, apiVersion: _version, metadata, ...rest } = object
  const copy: object = { kind, apiVersion, metadata: { ...metadata }, ...rest }
  // Parts are shared with an object that nobody may change; who changes the copy clones it first.
  return Object(copy)
}
