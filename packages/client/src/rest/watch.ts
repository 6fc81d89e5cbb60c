import type { IncomingMessage } from 'node:http'
import type { Kind, KubeObject } from '@wherry/api'
import type { QueryValue, RawResponse, WatchEvent, WatchOptions } from './client.ts'
import { framesOf, linesOf } from './frames.ts'
import { collectionPath } from './paths.ts'
import { responseError } from './response-error.ts'
import { asStatus, parseJSONOrUndefined } from './status.ts'
import { readAll, type Transport } from './transport.ts'
import { openWebSocket, UpgradeRefused } from './web-socket.ts'

interface WatchRequest {
  path: string
  query: Readonly<Record<string, QueryValue>>
  signal: AbortSignal | undefined
}

/** Opens watches on one server, and remembers whether it upgrades them to WebSockets. */
export class Watcher {
  readonly #transport: Transport
  #upgrades: boolean

  constructor(transport: Transport, upgrades: boolean) {
    this.#transport = transport
    this.#upgrades = upgrades
  }

  /** See `Client.watch`. */
  async *watch<T extends KubeObject>(kind: Kind<T>, options: WatchOptions): AsyncGenerator<WatchEvent<T>> {
    const { namespace, signal, ...query } = options
    const request = { path: collectionPath(kind, namespace), query: { ...query, watch: true }, signal }
    try {
      signal?.throwIfAborted()
      for await (const text of await this.#open(kind, request)) yield decodeEvent<T>(text)
    } catch (error) {
      // Whatever an abort broke, it is the abort that the consumer is told of.
      signal?.throwIfAborted()
      throw error
    }
    signal?.throwIfAborted()
  }

  async #open(kind: Kind, request: WatchRequest): Promise<AsyncIterable<string>> {
    if (this.#upgrades) {
      try {
        return framesOf(await openWebSocket(this.#transport, { ...request, protocols: [] }))
      } catch (error) {
        if (!(error instanceof UpgradeRefused)) throw error
        const lines = await this.#afterRefusal(error.response, kind, request)
        if (lines) return lines
      }
    }
    const response = await this.#transport.open({ method: 'GET', ...request })
    if (response.statusCode !== 200) throw responseError(await readAll(response), { method: 'GET', kind })
    return this.#lines(response, request)
  }

  /** Throws what the server said; returns nothing when it said nothing and plain HTTP is worth a try. */
  async #afterRefusal(
    response: IncomingMessage,
    kind: Kind,
    request: WatchRequest,
  ): Promise<AsyncIterable<string> | undefined> {
    if (response.statusCode === 200) {
      // The server overlooked the wish to upgrade, and this is the watch.
      this.#upgrades = false
      return this.#lines(response, request)
    }
    const answer = await readAll(response)
    // 401 is left to plain HTTP, which renews credentials.
    if (answer.status !== 401 && saysWhy(answer)) throw responseError(answer, { method: 'GET', kind })
    if (answer.status < 500 && answer.status !== 401) this.#upgrades = false
    return undefined
  }

  #lines(response: IncomingMessage, { path, query, signal }: WatchRequest): AsyncIterable<string> {
    const abort = () => response.destroy()
    signal?.addEventListener('abort', abort, { once: true })
    response.once('close', () => signal?.removeEventListener('abort', abort))
    return linesOf(response, this.#transport.url(path, query))
  }
}

function saysWhy({ body }: RawResponse): boolean {
  return asStatus(parseJSONOrUndefined(body)) !== undefined
}

function decodeEvent<T extends KubeObject>(text: string): WatchEvent<T> {
  // What a server sends is trusted to be of the kind that it was asked for.
  return JSON.parse(text) as WatchEvent<T>
}
