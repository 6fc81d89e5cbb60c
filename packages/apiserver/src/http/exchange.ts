import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { UserInfo } from '../registry/resource.ts'
import type { RequestInfo } from './request-info.ts'

/** One request on its way through the server, and the response to it. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly info: RequestInfo
  readonly user: UserInfo
  /** Each goes out once, as a `Warning` header. */
  readonly warnings: Set<string>
  /** Present for requests that ask to leave HTTP, such as for a WebSocket. */
  readonly upgrade?: { readonly socket: Duplex; readonly head: Buffer } | undefined
  /** Aborted when the client goes away or the server stops. */
  readonly signal: AbortSignal
}
