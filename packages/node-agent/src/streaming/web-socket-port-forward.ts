import { Duplex, finished } from 'node:stream'
import type { WebSocket } from 'ws'
import { type ChannelProtocol, decodeMessage, encodeMessage } from './channels.ts'
import { joinStreams } from './join-streams.ts'
import type { PortForwardTarget } from './spdy-port-forward.ts'
import { type AcceptedWebSocket, bytesOf, sendWithBackpressure } from './web-socket.ts'

/**
 * Serves port-forwards as channels of a WebSocket: two for each port that was asked for, its data and what goes wrong.
 * Each channel begins with the port's number in two bytes. As the kubelet's websocketStreamHandler. Ends when the
 * client is gone, or when the other side of every port has nothing more to say.
 */
export async function serveWebSocketPortForward(
  { ws, hangUp }: AcceptedWebSocket,
  protocol: ChannelProtocol,
  ports: readonly number[],
  target: PortForwardTarget,
): Promise<void> {
  ws.on('error', () => ws.terminate())
  const closed = new Promise<void>((resolve) => ws.once('close', () => resolve()))
  const streams = ports.map((port, index) => portStream(ws, protocol, port, index * 2))
  ws.on('message', (data) => {
    const message = decodeMessage(protocol, bytesOf(data))
    const stream = message && message.channel % 2 === 0 ? streams[message.channel / 2] : undefined
    if (message && stream && !stream.destroyed && !stream.push(message.data)) ws.pause()
  })
  ws.resume()
  for (const [index, port] of ports.entries()) {
    const stream = streams[index]
    if (!stream) continue
    target
      .dial(port)
      .then((connection) => joinStreams(stream, connection))
      .catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error)
        const text = `error forwarding port ${port} to ${target.pod}: ${message}`
        if (ws.readyState === ws.OPEN) ws.send(encodeMessage(protocol, index * 2 + 1, Buffer.from(text)))
        stream.destroy()
      })
  }
  const said = streams.map(
    (stream) => new Promise<void>((resolve) => finished(stream, { readable: false }, () => resolve())),
  )
  await Promise.race([closed, Promise.all(said)])
  hangUp()
  for (const stream of streams) stream.destroy()
}

function portStream(ws: WebSocket, protocol: ChannelProtocol, port: number, id: number): Duplex {
  const number = Buffer.alloc(2)
  number.writeUInt16LE(port)
  ws.send(encodeMessage(protocol, id, number))
  ws.send(encodeMessage(protocol, id + 1, number))
  const stream = new Duplex({
    // A stream that is not read stops all of them, as on SPDY.
    read: () => ws.resume(),
    write: (chunk: Buffer, _encoding, done) => sendWithBackpressure(ws, encodeMessage(protocol, id, chunk), done),
  })
  stream.on('error', () => stream.destroy())
  return stream
}
