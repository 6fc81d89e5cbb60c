import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import type { QueryValue } from './client.ts'
import { ConnectionError } from './connection-error.ts'
import { responseError } from './response-error.ts'
import { type Transport, readAll } from './transport.ts'

export interface ProtocolUpgrade {
  path: string
  query?: Readonly<Record<string, QueryValue>>
  /** The protocol to go on in, such as `SPDY/3.1`. */
  protocol: string
  headers?: Readonly<Record<string, string>>
  signal?: AbortSignal
}

/** A connection that speaks another protocol from here on; it is the caller's. */
export interface Upgraded {
  socket: Duplex
  headers: IncomingHttpHeaders
}

/** Switches a POST's connection over to another protocol. Throws the server's `StatusError` where it refuses. */
export async function upgradeConnection(transport: Transport, request: ProtocolUpgrade): Promise<Upgraded> {
  const { path, query = {}, protocol, headers, signal } = request
  signal?.throwIfAborted()
  const { agent, headers: credentials } = await transport.forUpgrade({ path, query })
  const url = transport.url(path, query)
  const send = url.startsWith('https:') ? httpsRequest : httpRequest
  const answer = await new Promise<{ upgraded: Upgraded } | { refused: IncomingMessage }>((resolve, reject) => {
    const outgoing = send(url, {
      method: 'POST',
      agent,
      headers: { ...credentials, ...headers, connection: 'Upgrade', upgrade: protocol },
      ...(signal && { signal }),
    })
    outgoing.once('upgrade', (response, socket, head) => {
      if (head.length > 0) socket.unshift(head)
      resolve({ upgraded: { socket, headers: response.headers } })
    })
    outgoing.once('response', (refused) => resolve({ refused }))
    outgoing.once('error', (cause) => reject(signal?.aborted ? signal.reason : new ConnectionError('POST', url, cause)))
    outgoing.end()
  })
  if ('upgraded' in answer) return answer.upgraded
  throw responseError(await readAll(answer.refused), { method: 'post' })
}
