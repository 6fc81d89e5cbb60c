import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTLSServer, type ServerOptions } from 'node:https'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { WatchEvent } from '@wherry/client'
import { type WebSocket, WebSocketServer } from 'ws'

export interface FakeRequest {
  method: string
  path: string
  query: Record<string, string>
  headers: IncomingMessage['headers']
  /** Every header line, names as they were sent. */
  rawHeaders: string[]
  /** The common name in the client's certificate; empty without one. */
  client: string
  /** The client's end of the connection. */
  port: number
  /** Decoded JSON. */
  body: unknown
}

export interface FakeAnswer {
  status?: number
  headers?: Record<string, string>
  /** Text as it is, anything else as JSON. */
  body?: unknown
}

/** What a server does with a request: an answer, or its connection broken off. */
export type FakeHandler = (request: FakeRequest) => FakeAnswer | 'reset' | Promise<FakeAnswer | 'reset'>

/** One watch that a client has opened; the test says what comes over it. */
export interface FakeWatch {
  readonly over: 'websocket' | 'http'
  readonly request: FakeRequest
  send(...events: WatchEvent[]): void
  /** The bytes that were sent and that neither the client nor the system has taken. */
  readonly pending: number
  end(): void
  /** Breaks the connection. */
  reset(): void
  /** Resolves when the client has closed it. */
  readonly closed: Promise<void>
}

/** A server on loopback whose every answer a test makes up. */
export class FakeAPIServer {
  readonly requests: FakeRequest[] = []
  /** Whether watches are upgraded to WebSockets, refused with 400, or answered as if no upgrade had been asked for. */
  upgrades: 'accept' | 'refuse' | 'ignore' = 'accept'
  handle: FakeHandler = () => ({ status: 404 })
  /** Taken before a watch is opened; an answer refuses it. */
  refuseWatch: (request: FakeRequest) => FakeAnswer | undefined = () => undefined
  readonly #server: Server
  readonly #sockets = new WebSocketServer({ noServer: true })
  readonly #watches: FakeWatch[] = []
  readonly #waiting: ((watch: FakeWatch) => void)[] = []
  readonly #scheme: string

  private constructor(tls: ServerOptions | undefined) {
    const listener = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response)
    this.#server = tls ? createTLSServer(tls, listener) : createServer(listener)
    this.#scheme = tls ? 'https' : 'http'
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#upgrade(request, socket, head)
    })
  }

  static async start({ tls, port = 0 }: { tls?: ServerOptions; port?: number } = {}): Promise<FakeAPIServer> {
    const fake = new FakeAPIServer(tls)
    await new Promise<void>((resolve) => fake.#server.listen(port, '127.0.0.1', resolve))
    return fake
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address ? address.port : 0
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`
  }

  /** The next watch that a client opens, or has opened already. */
  watch(): Promise<FakeWatch> {
    const watch = this.#watches.shift()
    return watch ? Promise.resolve(watch) : new Promise((resolve) => this.#waiting.push(resolve))
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming)
    this.requests.push(request)
    if (request.query.watch === 'true') {
      const refusal = this.refuseWatch(request)
      return refusal ? send(response, refusal) : this.#opened(overHTTP(request, response))
    }
    const answer = await this.handle(request)
    if (answer === 'reset') incoming.socket.resetAndDestroy()
    else send(response, answer)
  }

  #upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    void readRequest(incoming).then((request) => {
      this.requests.push(request)
      const refusal = this.upgrades === 'refuse' ? { status: 400, body: 'no upgrades here' } : this.refuseWatch(request)
      if (refusal) {
        const text = encode(refusal.body)
        const type = typeof refusal.body === 'string' ? 'text/plain' : 'application/json'
        socket.end(
          `HTTP/1.1 ${refusal.status} x\r\ncontent-type: ${type}\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
        )
      } else if (this.upgrades === 'ignore') {
        socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n')
        this.#opened(overSocket(request, socket))
      } else {
        this.#sockets.handleUpgrade(incoming, socket, head, (ws) => this.#opened(overWebSocket(request, ws)))
      }
    })
  }

  #opened(watch: FakeWatch): void {
    const taker = this.#waiting.shift()
    if (taker) taker(watch)
    else this.#watches.push(watch)
  }
}

function overHTTP(request: FakeRequest, response: ServerResponse): FakeWatch {
  response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
  return {
    over: 'http',
    request,
    send: (...events) => void response.write(events.map((event) => `${JSON.stringify(event)}\n`).join('')),
    get pending() {
      return response.writableLength
    },
    end: () => void response.end(),
    reset: () => void response.destroy(),
    closed: new Promise((resolve) => response.once('close', resolve)),
  }
}

function overSocket(request: FakeRequest, socket: Duplex): FakeWatch {
  return {
    over: 'http',
    request,
    send: (...events) => void socket.write(events.map((event) => `${JSON.stringify(event)}\n`).join('')),
    get pending() {
      return socket.writableLength
    },
    end: () => void socket.end(),
    reset: () => void socket.destroy(),
    closed: new Promise((resolve) => socket.once('close', resolve)),
  }
}

function overWebSocket(request: FakeRequest, socket: WebSocket): FakeWatch {
  return {
    over: 'websocket',
    request,
    send(...events) {
      for (const event of events) socket.send(JSON.stringify(event))
    },
    get pending() {
      return socket.bufferedAmount
    },
    end: () => socket.close(1000),
    reset: () => socket.terminate(),
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
  }
}

async function readRequest(incoming: IncomingMessage): Promise<FakeRequest> {
  const url = new URL(incoming.url ?? '/', 'http://localhost')
  const chunks: Buffer[] = []
  // An upgraded request has no body, and reading it would take the bytes that follow.
  if (!incoming.headers.upgrade) for await (const chunk of incoming) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  const { method = '', headers, rawHeaders, socket } = incoming
  const client = socket instanceof TLSSocket ? String(socket.getPeerCertificate().subject?.CN ?? '') : ''
  const query = Object.fromEntries(url.searchParams)
  const body: unknown = text === '' ? undefined : JSON.parse(text)
  return { method, path: url.pathname, query, headers, rawHeaders, client, port: socket.remotePort ?? 0, body }
}

function send(response: ServerResponse, { status = 200, headers, body }: FakeAnswer): void {
  const type = typeof body === 'string' ? 'text/plain' : 'application/json'
  response.writeHead(status, { 'content-type': type, ...headers }).end(encode(body))
}

function encode(body: unknown): string {
  return typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body)
}
