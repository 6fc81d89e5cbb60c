import type { Kind, KubeObject } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { type Client, type Informers, Reflector, type ReflectorStore } from '@wherry/client'
import { type Clock, type Logger, type Random, realRandom } from '@wherry/component-base'
import type { Graph, GroupKindName } from './graph.ts'
import { metadataSource } from './metadata-source.ts'

export interface MonitorsDeps {
  client: Client
  clock: Clock
  logger: Logger
  random?: Random
  graph: Graph
  informers: Informers
  /** Kinds whose informers run anyway: the graph looks on. */
  shared: readonly Kind[]
  /** Kinds that are always watched. */
  isWatched: (kind: Kind) => boolean
  /** Called when an object of the kind has changed. */
  changed: (kind: Kind) => void
  /** Called when an object has come or gone. */
  stirred: () => void
}

interface Monitor {
  synced: Promise<void>
  stop(): Promise<void>
}

/** A quiet kind with more objects than this is watched: listing it again and again would cost more. */
const maxQuiet = 200
const pageSize = 500

/**
 * Feeds the graph with the objects of every kind that can be deleted, at no more cost than their kinds deserve: a
 * watch takes memory here and in the API server, and in most kinds of most clusters nothing owns or is owned.
 *
 *     quiet: listed now and then ──an object that matters, or an owner of the kind is named──▶ watched
 */
export class Monitors {
  readonly #deps: MonitorsDeps
  readonly #running = new Map<string, Monitor>()
  #quiet = new Map<string, Kind>()

  constructor(deps: MonitorsDeps) {
    this.#deps = deps
  }

  /** Begins to follow kinds that are new and stops with those that are gone. */
  follow(kinds: readonly Kind[]): void {
    const wanted = new Map(kinds.map((kind) => [idOf(kind), kind]))
    for (const [id, monitor] of this.#running) {
      if (wanted.has(id)) continue
      this.#running.delete(id)
      void monitor.stop()
    }
    this.#quiet = new Map()
    for (const [id, kind] of wanted) {
      if (this.#running.has(id)) continue
      const shared = this.#deps.shared.find((other) => isSame(other, kind))
      if (shared) this.#running.set(id, this.#lookOn(shared))
      else if (this.#deps.isWatched(kind)) this.#running.set(id, this.#watch(kind))
      else this.#quiet.set(id, kind)
    }
  }

  /** Watches a kind from now on, if it is one that is followed. */
  watch({ group, kind: name }: GroupKindName): void {
    for (const [id, kind] of this.#quiet) if (kind.group === group && kind.kind === name) this.#promote(id, kind)
  }

  /** Looks at all quiet kinds, one after the other. */
  async lookAtQuiet(signal: AbortSignal): Promise<void> {
    for (const [id, kind] of [...this.#quiet]) {
      if (signal.aborted) return
      try {
        if (await this.#matters(kind, signal)) this.#promote(id, kind)
      } catch (error) {
        if (!signal.aborted) this.#deps.logger.debug('kind could not be listed', { kind: kind.kind, error })
      }
    }
  }

  /** Resolves once the first list of every kind that is not quiet is in the graph. */
  async synced(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ synced }) => synced))
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map((monitor) => monitor.stop()))
  }

  async #matters(kind: Kind, signal: AbortSignal): Promise<boolean> {
    const source = metadataSource(this.#deps.client, kind)
    const { items, metadata } = await source.list({ limit: pageSize, signal })
    let matters = items.length > maxQuiet || Boolean(metadata.continue)
    for (const object of items) matters = this.#deps.graph.observe(kind, object.metadata) || matters
    return matters
  }

  #promote(id: string, kind: Kind): void {
    if (this.#quiet.delete(id)) this.#running.set(id, this.#watch(kind))
  }

  #lookOn(kind: Kind): Monitor {
    const { graph, informers, changed, stirred } = this.#deps
    const informer = informers.for(kind)
    const observe = ({ metadata }: DeepReadonly<KubeObject>) => {
      graph.observe(kind, metadata)
      changed(kind)
    }
    const off = informer.on({
      added(object) {
        observe(object)
        stirred()
      },
      updated: observe,
      deleted({ metadata }) {
        graph.forget(metadata.uid ?? '')
        stirred()
      },
    })
    return { synced: informer.synced(), stop: async () => off() }
  }

  #watch(kind: Kind): Monitor {
    const { client, clock, logger, graph, changed, stirred, random = realRandom } = this.#deps
    const controller = new AbortController()
    let announce: () => void = () => {}
    const synced = new Promise<void>((resolve) => {
      announce = resolve
    })
    const store: ReflectorStore = {
      replace(objects) {
        const gone = new Set(graph.uidsOf(kind))
        for (const { metadata } of objects) {
          gone.delete(metadata.uid ?? '')
          graph.observe(kind, metadata)
        }
        for (const uid of gone) graph.forget(uid)
        announce()
        changed(kind)
      },
      apply(type, { metadata }) {
        if (type === 'DELETED') graph.forget(metadata.uid ?? '')
        else graph.observe(kind, metadata)
        changed(kind)
        if (type !== 'MODIFIED') stirred()
      },
      bookmark() {},
    }
    const source = metadataSource(client, kind)
    const reflector = new Reflector({ source, store, clock, random, logger: logger.with({ kind: kind.kind }) })
    const ended = reflector.run(controller.signal)
    return {
      synced,
      async stop() {
        controller.abort(new Error('the kind is no longer followed'))
        announce()
        await ended
      },
    }
  }
}

function isSame(a: Kind, b: Kind): boolean {
  return a.group === b.group && a.resource === b.resource
}

function idOf({ group, version, resource }: Kind): string {
  return `${group}/${version}/${resource}`
}
