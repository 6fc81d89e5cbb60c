import type { WebSocket, WebSocketServer } from 'ws'
import type { Exchange } from './exchange.ts'

/** Made for the first WebSocket that is asked for. */
let server: Promise<WebSocketServer> | undefined

/**
 * Answers the handshake of a WebSocket, with the first protocol that the client offers. Authentication has happened on
 * the request; browsers' origins are not looked at, as no credential goes with a request by itself.
 */
export async function acceptWebSocket(
  { request }: Pick<Exchange, 'request'>,
  { socket, head }: NonNullable<Exchange['upgrade']>,
): Promise<WebSocket> {
  server ??= import('ws').then((ws) => new ws.WebSocketServer(options))
  const webSockets = await server
  return new Promise((resolve) => {
    webSockets.handleUpgrade(request, socket, head, (accepted) => {
      accepted.on('error', () => accepted.terminate())
      resolve(accepted)
    })
  })
}

const options = { noServer: true, clientTracking: false, perMessageDeflate: false }
