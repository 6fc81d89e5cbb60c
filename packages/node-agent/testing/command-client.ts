import { request } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Client } from '@wherry/client'
import type { RawData, WebSocket } from 'ws'
import { SpdyClient } from './spdy-client.ts'

/** What a client of exec or attach has seen in the end. */
export interface CommandResult {
  stdout: string
  stderr: string
  /** The Status of the error channel, or what text there was. */
  outcome: unknown
}

export interface CommandSocket {
  send(channel: number, data: string | Buffer): void
  /** What has come on a channel until now. */
  received(channel: number): string
  /** Goes away. */
  close(): void
  result: Promise<CommandResult>
}

/** Opens exec or attach over a WebSocket. */
export async function openCommand(
  client: Client,
  path: string,
  query: Record<string, string | string[] | boolean>,
  protocol = 'v5.channel.k8s.io',
): Promise<CommandSocket> {
  const ws: WebSocket = await client.webSocket(path, query, [protocol])
  const base64 = protocol.startsWith('base64')
  const channels = new Map<number, Buffer>()
  ws.on('message', (data: RawData) => {
    const bytes = Buffer.isBuffer(data) ? data : Buffer.from(data.toString())
    const id = base64 ? Number(bytes.toString('latin1', 0, 1)) : (bytes[0] ?? 0)
    const content = base64 ? Buffer.from(bytes.toString('latin1', 1), 'base64') : bytes.subarray(1)
    channels.set(id, Buffer.concat([channels.get(id) ?? Buffer.alloc(0), content]))
  })
  const text = (id: number) => (channels.get(id) ?? '').toString()
  return {
    send(id, data) {
      const bytes = Buffer.from(data)
      ws.send(base64 ? `${id}${bytes.toString('base64')}` : Buffer.concat([Buffer.from([id]), bytes]))
    },
    received: text,
    close: () => ws.close(),
    result: new Promise((resolve) => {
      ws.once('close', () => resolve({ stdout: text(1), stderr: text(2), outcome: parse(text(3)) }))
    }),
  }
}

/** Opens a SPDY connection by an upgrade, as clients of before WebSocket. */
export function openSpdy(url: string, protocols: readonly string[]): Promise<SpdyClient> {
  return new Promise((resolve, reject) => {
    const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': protocols.join(',') }
    const outgoing = request(url, { method: 'POST', headers })
    outgoing.once('error', reject)
    outgoing.once('response', ({ statusCode }) => reject(new Error(`no upgrade: ${statusCode}`)))
    outgoing.once('upgrade', (_response, socket: Duplex, head) => {
      if (head.length > 0) socket.unshift(head)
      resolve(new SpdyClient(socket))
    })
    outgoing.end()
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
