import type { KubeObject } from '@wherry/api'
import { type DeepReadonly, getController, objectKey } from '@wherry/apimachinery'
import type { Lister } from './lister.ts'

type ValuesOf<T extends KubeObject> = (object: DeepReadonly<T>) => readonly string[]
type Objects<T extends KubeObject> = Map<string, DeepReadonly<T>>

interface Index<T extends KubeObject> {
  valuesOf: ValuesOf<T>
  byValue: Map<string, Objects<T>>
}

const namespaceIndex = 'namespace'
const ownerIndex = 'owner'

/** One change of what an indexer holds. */
export type Change<T extends KubeObject> =
  | { type: 'added'; object: DeepReadonly<T> }
  | { type: 'updated'; object: DeepReadonly<T>; old: DeepReadonly<T> }
  | { type: 'deleted'; object: DeepReadonly<T> }

/** Objects by key, and by the values of every index. */
export class Indexer<T extends KubeObject> implements Lister<T> {
  readonly #objects: Objects<T> = new Map()
  readonly #indexes = new Map<string, Index<T>>()

  constructor() {
    this.addIndex(namespaceIndex, (object) => [object.metadata.namespace ?? ''])
    this.addIndex(ownerIndex, (object) => {
      const controller = getController(object.metadata)
      return controller ? [controller.uid] : []
    })
  }

  get size(): number {
    return this.#objects.size
  }

  get(key: string): DeepReadonly<T> | undefined {
    return this.#objects.get(key)
  }

  list(namespace?: string): DeepReadonly<T>[] {
    return namespace ? this.byIndex(namespaceIndex, namespace) : [...this.#objects.values()]
  }

  byOwner(uid: string): DeepReadonly<T>[] {
    return this.byIndex(ownerIndex, uid)
  }

  addIndex(name: string, valuesOf: ValuesOf<T>): void {
    if (this.#indexes.has(name)) throw new Error(`indexer conflict: ${name}`)
    const index: Index<T> = { valuesOf, byValue: new Map() }
    this.#indexes.set(name, index)
    for (const [key, object] of this.#objects) file(index, key, object)
  }

  byIndex(name: string, value: string): DeepReadonly<T>[] {
    const index = this.#indexes.get(name)
    if (!index) throw new Error(`Index with name ${name} does not exist`)
    return [...(index.byValue.get(value)?.values() ?? [])]
  }

  /** Adds the object or puts it in its predecessor's place. */
  set(object: DeepReadonly<T>): Change<T> {
    const key = objectKey(object.metadata)
    const old = this.#objects.get(key)
    this.#objects.set(key, object)
    for (const index of this.#indexes.values()) {
      if (old) unfile(index, key, old)
      file(index, key, object)
    }
    return old ? { type: 'updated', object, old } : { type: 'added', object }
  }

  delete(key: string): DeepReadonly<T> | undefined {
    const old = this.#objects.get(key)
    if (!old) return undefined
    this.#objects.delete(key)
    for (const index of this.#indexes.values()) unfile(index, key, old)
    return old
  }

  keys(): string[] {
    return [...this.#objects.keys()]
  }
}

function file<T extends KubeObject>(index: Index<T>, key: string, object: DeepReadonly<T>): void {
  for (const value of index.valuesOf(object)) {
    let objects = index.byValue.get(value)
    if (!objects) index.byValue.set(value, (objects = new Map()))
    objects.set(key, object)
  }
}

function unfile<T extends KubeObject>(index: Index<T>, key: string, object: DeepReadonly<T>): void {
  for (const value of index.valuesOf(object)) {
    const objects = index.byValue.get(value)
    objects?.delete(key)
    if (objects?.size === 0) index.byValue.delete(value)
  }
}
