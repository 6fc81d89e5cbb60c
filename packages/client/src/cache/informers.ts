import type { Kind, KubeObject } from '@wherry/api'
import { type Clock, forMany, type Logger, type Random, realRandom } from '@wherry/component-base'
import type { Client, ListOptions, Selection, WatchOptions } from '../rest/client.ts'
import type { Informer } from './informer.ts'
import { Reflector } from './reflector.ts'
import { SharedInformer } from './shared-informer.ts'

export interface InformersDeps {
  client: Client
  clock: Clock
  logger: Logger
  random?: Random
}

/** The caches of one component. Who asks for the same kind and selection gets the same informer. */
export interface Informers {
  for<T extends KubeObject>(kind: Kind<T>, selection?: Selection): Informer<T>
  /**
   * Fills the caches and follows the server until the signal is aborted; informers that are asked for later start at
   * once. A second call joins the first.
   */
  run(signal: AbortSignal): Promise<void>
  /** Resolves once every informer that was asked for until now has synced. */
  synced(): Promise<void>
}

/** Makes an empty set of informers; nothing is read from the server until it runs. */
export function newInformers(deps: InformersDeps): Informers {
  return new InformerSet(deps)
}

interface Entry {
  informer: Informer
  run(signal: AbortSignal): Promise<void>
}

class InformerSet implements Informers {
  readonly #deps: InformersDeps
  readonly #entries = new Map<string, Entry>()
  #running: { signal: AbortSignal; reflectors: Promise<void>[]; ended: Promise<void> } | undefined

  constructor(deps: InformersDeps) {
    this.#deps = deps
  }

  for<T extends KubeObject>(kind: Kind<T>, selection: Selection = {}): Informer<T> {
    const { namespace = '', labelSelector = '', fieldSelector = '' } = selection
    const id = JSON.stringify([kind.group, kind.version, kind.resource, namespace, labelSelector, fieldSelector])
    let entry = this.#entries.get(id)
    if (!entry) {
      entry = this.#open(kind, selection)
      this.#entries.set(id, entry)
      if (this.#running) this.#running.reflectors.push(entry.run(this.#running.signal))
    }
    // The id holds the kind, so the informer is one of that kind.
    return entry.informer as Informer<T>
  }

  run(signal: AbortSignal): Promise<void> {
    if (!this.#running) {
      forMany(signal)
      const reflectors = [...this.#entries.values()].map((entry) => entry.run(signal))
      const aborted = new Promise<void>((resolve) => {
        if (signal.aborted) resolve()
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
      const ended = aborted.then(async () => void (await Promise.all(reflectors)))
      this.#running = { signal, reflectors, ended }
    }
    return this.#running.ended
  }

  async synced(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ informer }) => informer.synced()))
  }

  #open<T extends KubeObject>(kind: Kind<T>, selection: Selection): Entry {
    const { client, clock, random = realRandom } = this.#deps
    const logger = this.#deps.logger.with({ kind: kind.kind })
    const informer = new SharedInformer<T>(logger)
    const source = {
      list: (options: ListOptions) => client.list(kind, { ...selection, ...options }),
      watch: (options: WatchOptions) => client.watch(kind, { ...selection, ...options }),
    }
    const reflector = new Reflector({ source, store: informer, clock, logger, random })
    return { informer, run: (signal) => reflector.run(signal) }
  }
}
