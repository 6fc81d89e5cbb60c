import type { KubeObject, Kind } from '@wherry/api'
import { isNotFound } from '@wherry/apimachinery'
import type { Client } from '@wherry/client'
import { type Clock, type Logger, sleep } from '@wherry/component-base'

export interface ReferencesDeps {
  client: Client
  clock: Clock
  logger: Logger
  signal: AbortSignal
}

interface Entry {
  value: KubeObject | undefined
  /** Settles with the first answer of the API server. */
  loaded: Promise<void>
  users: Map<string, () => void>
  abort: AbortController
}

/**
 * The ConfigMaps and Secrets that this node's pods refer to, each watched by name while a pod needs it, so that the
 * agent asks for nothing that its pods do not use. A change calls back the pods that use the object.
 */
export class References {
  readonly #deps: ReferencesDeps
  readonly #entries = new Map<string, Entry>()

  constructor(deps: ReferencesDeps) {
    this.#deps = deps
  }

  async get<T extends KubeObject>(
    kind: Kind<T>,
    namespace: string,
    name: string,
    user: string,
    changed: () => void,
  ): Promise<T | undefined> {
    const key = `${kind.resource}/${namespace}/${name}`
    let entry = this.#entries.get(key)
    if (!entry) {
      entry = this.#open(kind, namespace, name)
      this.#entries.set(key, entry)
    }
    entry.users.set(user, changed)
    await entry.loaded
    // The key holds the kind, so the value is of that kind.
    return entry.value as T | undefined
  }

  /** The pod is gone; what nobody else uses is no longer watched. */
  release(user: string): void {
    for (const [key, entry] of this.#entries) {
      if (!entry.users.delete(user) || entry.users.size > 0) continue
      entry.abort.abort()
      this.#entries.delete(key)
    }
  }

  close(): void {
    for (const entry of this.#entries.values()) entry.abort.abort()
    this.#entries.clear()
  }

  #open<T extends KubeObject>(kind: Kind<T>, namespace: string, name: string): Entry {
    const abort = new AbortController()
    const signal = AbortSignal.any([abort.signal, this.#deps.signal])
    let resolve = () => {}
    let reject: (error: unknown) => void = () => {}
    const loaded = new Promise<void>((ok, fail) => {
      resolve = ok
      reject = fail
    })
    loaded.catch(() => undefined)
    const entry: Entry = { value: undefined, loaded, users: new Map(), abort }
    void this.#follow(kind, namespace, name, entry, signal, resolve, reject)
    return entry
  }

  async #follow<T extends KubeObject>(
    kind: Kind<T>,
    namespace: string,
    name: string,
    entry: Entry,
    signal: AbortSignal,
    resolve: () => void,
    reject: (error: unknown) => void,
  ): Promise<void> {
    const { client, clock, logger } = this.#deps
    const fieldSelector = `metadata.name=${name}`
    while (!signal.aborted) {
      try {
        const list = await client.list(kind, { namespace, fieldSelector })
        this.#set(entry, list.items[0])
        resolve()
        const from = list.metadata.resourceVersion
        const options = { namespace, fieldSelector, signal, ...(from ? { resourceVersion: from } : {}) }
        for await (const event of client.watch(kind, options)) {
          if (event.type === 'ERROR') break
          if (event.type === 'BOOKMARK') continue
          this.#set(entry, event.type === 'DELETED' ? undefined : event.object)
        }
      } catch (error) {
        if (signal.aborted) break
        if (isNotFound(error)) resolve()
        reject(error)
        logger.debug('watch of a referenced object ended', { kind: kind.kind, namespace, name, error: String(error) })
      }
      await sleep(clock, 1000, signal).catch(() => undefined)
    }
    reject(new Error('the agent is stopping'))
  }

  #set(entry: Entry, value: KubeObject | undefined): void {
    const before = entry.value?.metadata.resourceVersion
    entry.value = value
    if (before !== value?.metadata.resourceVersion) for (const changed of entry.users.values()) changed()
  }
}
