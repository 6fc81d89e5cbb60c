import { ConfigMap, type Kind, type KubeObject, Secret } from '@wherry/api'
import { type Client, type ListOptions, Reflector, type WatchOptions } from '@wherry/client'
import type { Clock, Logger, Random } from '@wherry/component-base'

export interface ReferencesDeps {
  client: Client
  clock: Clock
  logger: Logger
  random: Random
  /** Aborted: nothing is followed any more. */
  signal: AbortSignal
}

/** Who reads an object, and what to call when it changes. */
export interface Reader {
  /** The pod's. */
  uid: string
  /** What the pod needs it for: the same object may be environment and volume of one pod. */
  use: 'environment' | 'volumes'
  changed: () => void
}

/**
 * The ConfigMaps and Secrets that this node's pods refer to, each watched by name while a pod needs it: a node may read
 * nothing else. As the kubelet's watch-based object managers.
 */
export class References {
  readonly configMaps: ObjectReferences<ConfigMap>
  readonly secrets: ObjectReferences<Secret>

  constructor(deps: ReferencesDeps) {
    this.configMaps = new ObjectReferences(ConfigMap, deps)
    this.secrets = new ObjectReferences(Secret, deps)
  }

  /** The pod is gone; what nobody else reads is no longer watched. */
  release(uid: string): void {
    this.configMaps.release(uid)
    this.secrets.release(uid)
  }
}

interface Followed<T extends KubeObject> {
  object: T | undefined
  /** Settles with the server's first answer. */
  loaded: Promise<void>
  readers: Map<string, Reader>
  abort: AbortController
}

export class ObjectReferences<T extends KubeObject> {
  readonly #kind: Kind<T>
  readonly #deps: ReferencesDeps
  readonly #followed = new Map<string, Followed<T>>()

  constructor(kind: Kind<T>, deps: ReferencesDeps) {
    this.#kind = kind
    this.#deps = deps
  }

  /** Undefined when there is no such object. Resolves once the server has said so. */
  async get(namespace: string, name: string, reader: Reader): Promise<T | undefined> {
    const key = `${namespace}/${name}`
    const followed = this.#followed.get(key) ?? this.#follow(namespace, name)
    this.#followed.set(key, followed)
    followed.readers.set(`${reader.uid}/${reader.use}`, reader)
    await followed.loaded
    return followed.object
  }

  release(uid: string): void {
    for (const [key, { readers, abort }] of this.#followed) {
      for (const [id, reader] of readers) if (reader.uid === uid) readers.delete(id)
      if (readers.size > 0) continue
      abort.abort()
      this.#followed.delete(key)
    }
  }

  #follow(namespace: string, name: string): Followed<T> {
    const { client, clock, logger, random, signal } = this.#deps
    const kind = this.#kind
    const selection = { namespace, fieldSelector: `metadata.name=${name}` }
    let settle = () => {}
    const loaded = new Promise<void>((resolve) => {
      settle = resolve
    })
    const followed: Followed<T> = { object: undefined, loaded, readers: new Map(), abort: new AbortController() }
    const set = (object: T | undefined) => {
      const changed = followed.object?.metadata.resourceVersion !== object?.metadata.resourceVersion
      followed.object = object
      settle()
      if (changed) for (const reader of followed.readers.values()) reader.changed()
    }
    const reflector = new Reflector<T>({
      source: {
        list: (options: ListOptions) => client.list(kind, { ...selection, ...options }),
        watch: (options: WatchOptions) => client.watch(kind, { ...selection, ...options }),
      },
      store: {
        replace: ([object]) => set(object),
        apply: (type, object) => set(type === 'DELETED' ? undefined : object),
        bookmark: () => undefined,
      },
      clock,
      logger: logger.with({ kind: kind.kind, namespace, name }),
      random,
    })
    void reflector.run(AbortSignal.any([followed.abort.signal, signal])).finally(settle)
    return followed
  }
}
