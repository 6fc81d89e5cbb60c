import { type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { type Clock, childOf, forMany, sleep } from '@wherry/component-base'
import { type Agent, type Agents, newAgents, retire } from './agents.ts'
import { Authentication, type Headers } from './authentication.ts'
import type { RawRequest, RawResponse } from './client.ts'
import type { ClientConfig, Credentials } from './config.ts'
import { ConnectionError, isConnectionReset, unexpectedEOF } from './connection-error.ts'
import { queryString } from './paths.ts'

/** As client-go: so often is a request sent again. */
const maxRetries = 10
const resetRetryMs = 1000

/** The connection to one server: credentials, retries, and reading answers. Knows HTTP, nothing of the API. */
export class Transport {
  readonly #config: ClientConfig
  readonly #clock: Clock
  readonly #base: URL
  readonly #authentication: Authentication
  #agents: (Agents & { cert: string | undefined }) | undefined
  #closed = false

  constructor(config: ClientConfig, clock: Clock) {
    this.#config = config
    this.#clock = clock
    this.#base = new URL(config.server)
    this.#authentication = new Authentication(config)
  }

  /** The whole answer. A read whose answer breaks off is sent again. */
  async send(request: RawRequest): Promise<RawResponse> {
    const { timeoutMs } = this.#config
    if (!timeoutMs) return this.#retry(request, 'requests', readAll)
    const child = childOf(request.signal)
    const cancel = this.#clock.setTimer(timeoutMs, () => {
      const late = new Error('net/http: request canceled (Client.Timeout exceeded while awaiting headers)')
      child.abort(new ConnectionError(request.method, this.url(request.path, request.query), late))
    })
    try {
      return await this.#retry({ ...request, signal: child.signal }, 'requests', readAll)
    } finally {
      cancel()
      child.release()
    }
  }

  /** The answer's head, on a connection of its own. */
  open(request: RawRequest): Promise<IncomingMessage> {
    return this.#retry(request, 'streams', async (response) => response)
  }

  url(path: string, query?: RawRequest['query']): string {
    const prefix = this.#base.pathname.replace(/\/+$/, '')
    return `${this.#base.origin}${prefix}${path}${queryString(query)}`
  }

  /** What a WebSocket needs to connect as this transport does. */
  async forUpgrade({
    path,
    query,
  }: Pick<RawRequest, 'path' | 'query'>): Promise<{ agent: Agent; headers: Headers; origin: string }> {
    const credentials = await this.#credentialsFor({ method: 'GET', path, query })
    const headers = this.#authentication.headers(credentials)
    return { agent: this.#agentsFor(credentials).streams, headers, origin: this.#base.origin }
  }

  close(): void {
    this.#closed = true
    if (this.#agents) retire(this.#agents.requests)
  }

  async #retry<R>(
    request: RawRequest,
    which: keyof Agents,
    read: (response: IncomingMessage) => Promise<R>,
  ): Promise<R> {
    const { signal } = request
    if (signal) forMany(signal)
    let refreshed = false
    for (let attempt = 0; ; attempt++) {
      signal?.throwIfAborted()
      const credentials = await this.#credentialsFor(request)
      const agent = this.#agentsFor(credentials)[which]
      let waitMs: number
      try {
        const response = await this.#attempt(request, credentials, agent)
        const again: boolean = response.statusCode === 401 && !refreshed && this.#authentication.rejected(credentials)
        const retryAfter = again ? 0 : retryAfterMs(response)
        if (retryAfter === undefined || attempt >= maxRetries) return await read(response)
        refreshed = again
        response.resume()
        waitMs = retryAfter
      } catch (cause) {
        if (signal?.aborted) throw signal.reason
        const root = cause instanceof ReusedSocketError ? cause.cause : cause
        const error = new ConnectionError(request.method, this.url(request.path, request.query), root)
        if (!isRead(request.method) || attempt >= maxRetries || !isConnectionReset(error)) throw error
        // An idle connection that the server had closed already is no sign of trouble: another one is tried at once.
        waitMs = cause instanceof ReusedSocketError ? 0 : resetRetryMs
      }
      if (waitMs > 0) await sleep(this.#clock, waitMs, signal)
    }
  }

  /** As in Go, where credentials are made on the way: without them nothing was reached. */
  async #credentialsFor({ method, path, query }: RawRequest): Promise<Credentials> {
    try {
      return await this.#authentication.credentials()
    } catch (cause) {
      throw new ConnectionError(method, this.url(path, query), cause)
    }
  }

  #attempt(request: RawRequest, credentials: Credentials, agent: Agent): Promise<IncomingMessage> {
    const { method, path, query, body, signal } = request
    const send = this.#base.protocol === 'https:' ? httpsRequest : httpRequest
    return new Promise((resolve, reject) => {
      const outgoing = send(this.url(path, query), {
        method,
        agent,
        headers: {
          accept: 'application/json',
          ...this.#authentication.headers(credentials),
          ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
          ...request.headers,
        },
        ...(signal && { signal }),
      })
      outgoing.once('response', resolve)
      outgoing.on('error', (error) => reject(outgoing.reusedSocket ? new ReusedSocketError(error) : error))
      outgoing.end(body)
    })
  }

  /** A new certificate needs new connections; a new token does not. */
  #agentsFor({ cert, key }: Credentials): Agents {
    if (this.#agents?.cert !== cert && this.#agents) retire(this.#agents.requests)
    if (!this.#agents || this.#agents.cert !== cert) {
      this.#agents = { ...newAgents(this.#config, { ...(cert && { cert }), ...(key && { key }) }), cert }
      if (this.#closed) retire(this.#agents.requests)
    }
    return this.#agents
  }
}

/** The failure of a request that went out on a kept connection. */
class ReusedSocketError extends Error {
  override readonly name = 'ReusedSocketError'

  constructor(cause: Error) {
    super(cause.message, { cause })
  }
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** As client-go's `checkWait`: 429 and every 5xx that says when to come back. */
function retryAfterMs({ statusCode = 0, headers }: IncomingMessage): number | undefined {
  const text = headers['retry-after']
  if ((statusCode !== 429 && statusCode < 500) || text === undefined || !/^\d+$/.test(text)) return undefined
  return Number(text) * 1000
}

/** Reads an answer to its end. */
export async function readAll(response: IncomingMessage): Promise<RawResponse> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  if (!response.complete) throw unexpectedEOF()
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }
}
