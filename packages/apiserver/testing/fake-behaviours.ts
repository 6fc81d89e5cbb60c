import type { Kind, KubeObject } from '@wherry/api'
import { alreadyExists, type DeepReadonly, deepClone, groupResource, notFound, objectKey } from '@wherry/apimachinery'
import type { Behaviours, ObjectKey, ResourceStore, ServerOptions } from '../src/registry/behaviours.ts'

const options: ServerOptions = {
  serviceClusterIPRange: '127.64.0.0/16',
  serviceNodePortRange: [30_000, 32_767],
  allowLoopbackEndpoints: true,
}

export interface FakeBehaviours extends Behaviours {
  /** Puts an object in, whatever is there. */
  put(object: KubeObject): void
  remove(kind: Pick<Kind, 'kind'>, key: ObjectKey): void
  /** How many writes there were. */
  readonly writes: number
  time: number
}

/** A server's objects in memory, without admission or validation: for tests of what only reads and writes them. */
export function fakeBehaviours(objects: readonly KubeObject[] = [], time = Date.UTC(2026, 0, 1)): FakeBehaviours {
  const all = new Map<string, KubeObject>()
  const revisions = new Map<string, number>()
  let revision = 0
  const counter = { writes: 0 }
  const idOf = (kind: string | undefined, key: ObjectKey) =>
    `${kind}|${objectKey({ ...key, namespace: key.namespace ?? '' })}`
  const put = (object: KubeObject) => {
    const { namespace, name = '' } = object.metadata
    revision += 1
    const uid = object.metadata.uid ?? `uid-${object.kind}-${name}`.toLowerCase()
    all.set(idOf(object.kind, { namespace, name }), {
      ...object,
      metadata: { ...object.metadata, uid, resourceVersion: String(revision) },
    })
    revisions.set(object.kind ?? '', revision)
  }
  const remove = (kind: Pick<Kind, 'kind'>, key: ObjectKey) => {
    all.delete(idOf(kind.kind, key))
    revisions.set(kind.kind, ++revision)
  }
  for (const object of objects) put(object)

  function storeOf<T extends KubeObject>(kind: Kind<T>): ResourceStore<T> {
    const isOurs = (object: KubeObject | undefined): object is T => object?.kind === kind.kind
    const find = (key: ObjectKey): T | undefined => {
      const found = all.get(idOf(kind.kind, key))
      return isOurs(found) ? found : undefined
    }
    return {
      get(key): DeepReadonly<T> | undefined {
        const found = find(key)
        return found && frozen(found)
      },
      list(namespace): DeepReadonly<T>[] {
        return [...all.values()]
          .filter(isOurs)
          .filter((object) => namespace === undefined || object.metadata.namespace === namespace)
          .map(frozen)
      },
      revision: () => revisions.get(kind.kind) ?? 0,
      async create(object) {
        const { namespace, name = '' } = object.metadata
        if (find({ namespace, name })) throw alreadyExists(groupResource(kind), name)
        counter.writes += 1
        put({ ...object, kind: kind.kind })
        return object
      },
      async update(key, change) {
        const found = find(key)
        if (!found) throw notFound(groupResource(kind), key.name)
        const copy: T = deepClone<T>(found)
        change(copy)
        counter.writes += 1
        put(copy)
        return copy
      },
      async delete(key) {
        counter.writes += 1
        remove(kind, key)
      },
    }
  }

  const fake = {
    time,
    options,
    put,
    remove,
    get writes() {
      return counter.writes
    },
    now: () => fake.time,
    isWatching: () => false,
    checkStorage() {},
    store: storeOf,
  }
  return fake
}

function frozen<T extends KubeObject>(object: T): DeepReadonly<T>
function frozen(object: KubeObject): unknown {
  return deepClone<unknown>(object)
}
