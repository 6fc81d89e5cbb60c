import type { KubeObject } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'

/**
 * Reads an informer's cache. Objects are shared with every other reader and must not be changed. What is read is a
 * state that the server once had, never newer than the informer's last event; it may be behind the server.
 */
export interface Lister<T extends KubeObject = KubeObject> {
  /** By `namespace/name`, or `name` for kinds that have no namespace. */
  get(key: string): DeepReadonly<T> | undefined
  list(namespace?: string): DeepReadonly<T>[]
  /** The objects whose controller, by owner reference, has this uid. */
  byOwner(uid: string): DeepReadonly<T>[]
  /** Files every object under the values that `valuesOf` gives for it. A second index of the same name is an error. */
  addIndex(name: string, valuesOf: (object: DeepReadonly<T>) => readonly string[]): void
  byIndex(name: string, value: string): DeepReadonly<T>[]
}
