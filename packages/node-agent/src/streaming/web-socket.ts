import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'

export interface AcceptedWebSocket {
  /** Paused, so that no message is missed by whoever begins to listen. */
  ws: WebSocket
  /** '' when the client offered none. */
  protocol: string
  /**
   * Says that all is said, and ends the connection without waiting for the client to say so, too. As upstream's servers
   * do: there are clients that look for the end of the connection alone.
   */
  hangUp(): void
}

/**
 * Completes a WebSocket's handshake with the first of these protocols that the client offers. Undefined, and nothing is
 * written, when it offers others only.
 */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  protocols: readonly string[],
): Promise<AcceptedWebSocket> | undefined {
  const offered = offeredProtocols(request)
  const chosen = protocols.find((name) => offered.includes(name))
  // Clients of before the protocols had names offer none.
  if (chosen === undefined && offered.length > 0) return undefined
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    skipUTF8Validation: true,
    handleProtocols: () => chosen ?? false,
  })
  // Kubernetes has names of protocols that no WebSocket library takes, since they have a slash in them.
  if (chosen?.includes('/')) {
    delete request.headers['sec-websocket-protocol']
    server.on('headers', (headers) => headers.push(`Sec-WebSocket-Protocol: ${chosen}`))
  }
  return new Promise((resolve) =>
    server.handleUpgrade(request, socket, head, (ws) => {
      ws.pause()
      const hangUp = () => {
        ws.close(1000)
        socket.end()
      }
      resolve({ ws, protocol: chosen ?? '', hangUp })
    }),
  )
}

export function offeredProtocols(request: IncomingMessage): string[] {
  const header = request.headers['sec-websocket-protocol'] ?? ''
  return header
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

export function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)
}

/** What is sent before more may wait: the rest of a stream waits for it. */
const sendWindow = 1024 * 1024

/** Sends, and calls back when there is room for more. */
export function sendWithBackpressure(
  ws: WebSocket,
  message: Buffer | string,
  done: (error?: Error | null) => void,
): void {
  const isOpen = ws.readyState === ws.OPEN
  if (isOpen && ws.bufferedAmount >= sendWindow) {
    ws.send(message, () => done())
    return
  }
  if (isOpen) ws.send(message)
  done()
}
