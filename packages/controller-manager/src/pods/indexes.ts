import type { KubeObject, Pod } from '@wherry/api'
import { type DeepReadonly, getController } from '@wherry/apimachinery'
import type { Lister } from '@wherry/client'

const made = new WeakMap<object, Set<string>>()

/** Several controllers may want the same index of one cache; it is made once. */
function ensureIndex<T extends KubeObject>(
  lister: Lister<T>,
  name: string,
  valuesOf: (object: DeepReadonly<T>) => readonly string[],
): void {
  const names = made.get(lister) ?? new Set()
  made.set(lister, names)
  if (names.has(name)) return
  names.add(name)
  lister.addIndex(name, valuesOf)
}

/** Finds the objects of a namespace that no controller owns: the ones to adopt. */
export function orphansOf<T extends KubeObject>(lister: Lister<T>): (namespace: string) => DeepReadonly<T>[] {
  ensureIndex(lister, 'orphans', ({ metadata }) => (getController(metadata) ? [] : [metadata.namespace ?? '']))
  return (namespace) => lister.byIndex('orphans', namespace)
}

/** Finds the pods that are bound to a node; to no node with an empty name. */
export function podsByNode(lister: Lister<Pod>): (node: string) => DeepReadonly<Pod>[] {
  ensureIndex(lister, 'node', (pod) => [pod.spec?.nodeName ?? ''])
  return (node) => lister.byIndex('node', node)
}
