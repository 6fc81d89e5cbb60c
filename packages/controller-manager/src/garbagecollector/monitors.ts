import type { Kind } from '@wherry/api'
import {
  type Client,
  collectionPath,
  type Informers,
  type KubeList,
  type ListerWatcher,
  type ListOptions,
  Reflector,
  type ReflectorStore,
  responseError,
  type WatchEvent,
  type WatchOptions,
} from '@wherry/client'
import { type Clock, type Logger, type Random, realRandom } from '@wherry/component-base'
import { linesOf } from './lines.ts'
import type { Graph } from './graph.ts'

export interface MonitorDeps {
  client: Client
  clock: Clock
  logger: Logger
  random?: Random
  graph: Graph
  informers: Informers
  /** Kinds whose informers run anyway: the graph looks on. All others are watched for their metadata alone. */
  shared: readonly Kind[]
  /** Called when an object of the kind has changed. */
  changed: (kind: Kind) => void
}

interface Monitor {
  synced: Promise<void>
  stop(): Promise<void>
}

const metadataOf = (form: string) => `application/json;as=${form};g=meta.k8s.io;v=v1`

/** Feeds the graph with every object of every kind that can be deleted. */
export class Monitors {
  readonly #deps: MonitorDeps
  readonly #running = new Map<string, Monitor>()

  constructor(deps: MonitorDeps) {
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
    for (const [id, kind] of wanted) if (!this.#running.has(id)) this.#running.set(id, this.#start(kind))
  }

  /** Resolves once every kind's first list is in the graph. */
  async synced(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ synced }) => synced))
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map((monitor) => monitor.stop()))
  }

  #start(kind: Kind): Monitor {
    const shared = this.#deps.shared.find(({ group, resource }) => group === kind.group && resource === kind.resource)
    return shared ? this.#lookOn(shared) : this.#watchMetadata(kind)
  }

  #lookOn(kind: Kind): Monitor {
    const { graph, informers, changed } = this.#deps
    const informer = informers.for(kind)
    const observe = ({ metadata }: Parameters<NonNullable<Parameters<typeof informer.on>[0]['added']>>[0]) => {
      graph.observe(kind, metadata)
      changed(kind)
    }
    const off = informer.on({
      added: observe,
      updated: observe,
      deleted: ({ metadata }) => graph.forget(metadata.uid ?? ''),
    })
    return { synced: informer.synced(), stop: async () => off() }
  }

  #watchMetadata(kind: Kind): Monitor {
    const { clock, logger, graph, changed, random = realRandom } = this.#deps
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
      },
      bookmark() {},
    }
    const source = metadataSource(this.#deps.client, kind)
    const reflector = new Reflector({ source, store, clock, random, logger: logger.with({ kind: kind.kind }) })
    const ended = reflector.run(controller.signal)
    return {
      synced,
      async stop() {
        controller.abort(new Error('the kind is no longer followed'))
        await ended
      },
    }
  }
}

function idOf({ group, version, resource }: Kind): string {
  return `${group}/${version}/${resource}`
}

/** Lists and watches a kind as PartialObjectMetadata, over plain HTTP: the smallest form that there is. */
function metadataSource(client: Client, kind: Kind): ListerWatcher {
  const path = collectionPath(kind)
  return {
    async list({ signal, ...query }: ListOptions) {
      const headers = { accept: metadataOf('PartialObjectMetadataList') }
      const response = await client.request({ method: 'GET', path, query: { ...query }, headers, signal })
      if (response.status !== 200) throw responseError(response, { method: 'GET', kind })
      // The server was asked for this type.
      return JSON.parse(response.body.toString('utf8')) as KubeList
    },
    async *watch({ signal, ...query }: WatchOptions) {
      const headers = { accept: metadataOf('PartialObjectMetadata') }
      const request = { method: 'GET', path, query: { ...query, watch: true }, headers, signal }
      const stream = await client.stream(request)
      const abort = () => stream.destroy()
      signal?.addEventListener('abort', abort, { once: true })
      try {
        if (stream.statusCode !== 200) throw responseError(await readResponse(stream), { method: 'GET', kind })
        for await (const line of linesOf(stream)) yield JSON.parse(line) as WatchEvent
      } catch (error) {
        signal?.throwIfAborted()
        throw error
      } finally {
        signal?.removeEventListener('abort', abort)
        stream.destroy()
      }
    },
  }
}

type Stream = Awaited<ReturnType<Client['stream']>>

async function readResponse(stream: Stream) {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return { status: stream.statusCode ?? 0, headers: stream.headers, body: Buffer.concat(chunks) }
}
