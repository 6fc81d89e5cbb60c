import type { IncomingMessage } from 'node:http'
import { forMany } from '@wherry/component-base'
import type { WebSocket } from 'ws'
import type { QueryValue } from './client.ts'
import { ConnectionError } from './connection-error.ts'
import { responseError } from './response-error.ts'
import { asStatus, parseJSONOrUndefined } from './status.ts'
import { readAll, type Transport } from './transport.ts'

/** The server answered a WebSocket's request with an ordinary answer, which has yet to be read or destroyed. */
export class UpgradeRefused extends Error {
  override readonly name = 'UpgradeRefused'
  readonly response: IncomingMessage
  /** What the server said, once it has been read. */
  body = ''

  constructor(response: IncomingMessage) {
    super(`websocket: bad handshake (${response.statusCode} ${response.statusMessage})`)
    this.response = response
  }
}

export interface UpgradeRequest {
  path: string
  query: Readonly<Record<string, QueryValue>>
  protocols: readonly string[]
  signal: AbortSignal | undefined
}

/**
 * Opens a WebSocket. It is paused until whoever awaits this has had a chance to add listeners, so that a message which
 * comes with the upgrade is not lost. Aborting the signal before it is open rejects; afterwards it ends the socket.
 */
export async function openWebSocket(transport: Transport, request: UpgradeRequest): Promise<WebSocket> {
  const { path, query, protocols, signal } = request
  if (signal) forMany(signal)
  signal?.throwIfAborted()
  // A CLI command or a component that watches nothing has no use for the library.
  const [{ WebSocket: Socket }, { agent, headers, origin }] = await Promise.all([
    import('ws'),
    transport.forUpgrade(request),
  ])
  signal?.throwIfAborted()
  const url = transport.url(path, query)
  const socket = new Socket(url.replace(/^http/, 'ws'), [...protocols], {
    agent,
    // Set on the request, because the library's own option knows of single values only.
    finishRequest(outgoing) {
      for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value)
      outgoing.end()
    },
    // The server of golang.org/x/net/websocket, which serves watches, turns away requests that have none.
    origin,
    perMessageDeflate: false,
  })
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(signal?.reason)
      socket.terminate()
    }
    signal?.addEventListener('abort', abort, { once: true })
    socket.once('close', () => signal?.removeEventListener('abort', abort))
    socket.once('unexpected-response', (_request, response) => {
      signal?.removeEventListener('abort', abort)
      reject(new UpgradeRefused(response))
    })
    // After the socket has opened, errors are told to its owner by its own events; a second reject does nothing.
    socket.on('error', (error) => reject(new ConnectionError('GET', url, error)))
    socket.once('open', () => {
      socket.pause()
      resolve(socket)
      setImmediate(() => socket.resume())
    })
  })
}

/** The same, for whoever has no other way to get what the socket is for: a refusal is read and told as an error. */
export async function openExplained(transport: Transport, request: UpgradeRequest): Promise<WebSocket> {
  try {
    return await openWebSocket(transport, request)
  } catch (error) {
    if (!(error instanceof UpgradeRefused)) throw error
    const answer = await readAll(error.response)
    if (asStatus(parseJSONOrUndefined(answer.body))) throw responseError(answer, { method: 'GET' })
    error.body = answer.body.toString('utf8').trim()
    throw error
  }
}
