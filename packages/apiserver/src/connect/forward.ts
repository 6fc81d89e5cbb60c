import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Backend, dialError, openRequest, unreachable } from './backend.ts'
import { passedHeaders, rawHead, returnedHeaders } from './headers.ts'
import { isRewritable, sendRewritten } from './rewrite-response.ts'
import { type Rewriting, rewriteURL } from './rewrite-url.ts'

export interface ForwardOptions {
  /** Added to what the client sent. */
  readonly headers?: OutgoingHttpHeaders
  /** How links in the answer are made to lead through the proxy; absent: they stay as they are. */
  readonly rewriting?: Rewriting
}

/**
 * Passes a request on and its response back, both as they stream. Throws a `StatusError` when the backend cannot be
 * reached; resolves when the exchange is over, however it ended.
 */
export function forwardRequest(
  request: IncomingMessage,
  response: ServerResponse,
  backend: Backend,
  { headers = {}, rewriting }: ForwardOptions = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const method = request.method ?? 'GET'
    const outgoing = openRequest(backend, method, { ...passedHeaders(request.headers, backend), ...headers })
    outgoing.on('error', (error) => {
      if (!response.headersSent && !response.destroyed) return reject(unreachable(backend, error))
      response.destroy()
      resolve()
    })
    outgoing.on('response', (incoming) => {
      incoming.on('error', () => response.destroy())
      const returned = returnedHeaders(incoming.headers)
      const location = incoming.headers.location
      if (rewriting && location !== undefined) returned.location = rewriteURL(location, rewriting)
      const begin = () => response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, returned)
      if (rewriting && location === undefined && isRewritable(incoming)) {
        return void sendRewritten(incoming, response, rewriting, returned, begin).catch(() => response.destroy())
      }
      begin()
      response.flushHeaders()
      incoming.pipe(response)
    })
    response.on('close', () => {
      outgoing.destroy()
      resolve()
    })
    request.pipe(outgoing)
  })
}

/**
 * Passes an upgrade on: once the backend has switched protocols, bytes flow both ways as they come, whatever the
 * protocol is, until either side ends. An answer that is no upgrade goes back as it is. Throws a `StatusError` when
 * the backend cannot be reached; nothing has been written then.
 */
export function forwardUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  backend: Backend,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = openRequest(backend, request.method ?? 'GET', {
      ...passedHeaders(request.headers, backend),
      connection: 'Upgrade',
      upgrade: request.headers.upgrade,
    })
    const failed = (error: Error) => reject(dialError(backend, error))
    const gone = () => {
      outgoing.destroy()
      resolve()
    }
    socket.on('error', gone)
    socket.on('close', gone)
    outgoing.on('error', failed)
    outgoing.on('response', (incoming) => {
      socket.write(rawHead(incoming, { connection: 'close' }))
      incoming.on('error', () => socket.destroy())
      incoming.pipe(socket)
    })
    outgoing.on('upgrade', (incoming, backendSocket, backendHead) => {
      outgoing.off('error', failed)
      socket.off('close', gone)
      socket.write(rawHead(incoming))
      if (backendHead.length > 0) socket.write(backendHead)
      if (head.length > 0) backendSocket.write(head)
      join(socket, backendSocket).then(resolve, reject)
    })
    outgoing.end()
  })
}

/** Carries bytes both ways; an end passes on, and a side that breaks takes the other with it. Resolves when both are closed. */
async function join(client: Duplex, backend: Duplex): Promise<void> {
  await Promise.all([carry(client, backend), carry(backend, client)])
}

function carry(from: Duplex, to: Duplex): Promise<void> {
  if (from instanceof Socket) from.setNoDelay(true).setTimeout(0)
  from.on('error', () => to.destroy())
  from.pipe(to)
  return new Promise((resolve) => {
    from.on('close', () => {
      if (!from.readableEnded) to.destroy()
      resolve()
    })
  })
}
