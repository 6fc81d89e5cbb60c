import { PassThrough, Writable } from 'node:stream'
import type { Status } from '@wherry/api'
import { type ChannelProtocol, channel, decodeMessage, encodeMessage } from './channels.ts'
import type { CommandOptions } from './command-options.ts'
import type { CommandSession } from './remote-command.ts'
import { ResizeParser } from './resize.ts'
import { type AcceptedWebSocket, bytesOf, sendWithBackpressure } from './web-socket.ts'

/** The streams of an exec or attach as channels of a WebSocket. */
export function webSocketSession(
  { ws, hangUp }: AcceptedWebSocket,
  protocol: ChannelProtocol,
  options: CommandOptions,
): CommandSession {
  const gone = new AbortController()
  const resize = new ResizeParser()
  const stdin = options.stdin ? new PassThrough() : undefined
  const output = (id: number) =>
    new Writable({
      write: (chunk: Buffer, _encoding, done) => sendWithBackpressure(ws, encodeMessage(protocol, id, chunk), done),
    })
  ws.on('message', (data) => {
    const message = decodeMessage(protocol, bytesOf(data))
    if (!message) return
    if (message.channel === channel.stdin && stdin?.writable && !stdin.write(message.data)) {
      ws.pause()
      stdin.once('drain', () => ws.resume())
    }
    if (message.channel === channel.resize) resize.write(message.data)
    if (message.channel === channel.close && protocol.canClose && message.data[0] === channel.stdin) stdin?.end()
  })
  ws.on('error', () => ws.terminate())
  ws.on('close', () => {
    stdin?.end()
    gone.abort()
  })
  const session: CommandSession = {
    ...(stdin ? { stdin } : {}),
    ...(options.stdout ? { stdout: output(channel.stdout) } : {}),
    ...(options.stderr ? { stderr: output(channel.stderr) } : {}),
    onResize: (listener) => resize.listen(listener),
    signal: gone.signal,
    async finish(status) {
      const text = outcomeText(protocol, status)
      if (text !== '' && ws.readyState === ws.OPEN) ws.send(encodeMessage(protocol, channel.error, Buffer.from(text)))
      hangUp()
      if (ws.readyState !== ws.CLOSED) await new Promise((resolve) => ws.once('close', resolve))
    },
  }
  // As upstream: an empty message tells the client that its streams are there.
  const first = options.stdout ? channel.stdout : options.stderr ? channel.stderr : channel.error
  ws.send(encodeMessage(protocol, first, Buffer.alloc(0)))
  ws.resume()
  return session
}

function outcomeText(protocol: ChannelProtocol, status: Status): string {
  if (protocol.structuredStatus) return JSON.stringify(status)
  return status.status === 'Success' ? '' : (status.message ?? '')
}
