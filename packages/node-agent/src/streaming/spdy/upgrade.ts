import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** Whether a request asks to go on in SPDY/3.1. */
export function wantsSpdy(request: IncomingMessage): boolean {
  return (request.headers.upgrade ?? '').toLowerCase() === 'spdy/3.1'
}

/** The first of these stream protocols that the client offers; a client that offers none speaks the first version. */
export function negotiate(request: IncomingMessage, protocols: readonly string[]): string | undefined {
  const header = request.headers['x-stream-protocol-version']
  const offered = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').map((name) => name.trim())
  if (offered.every((name) => name === '')) return ''
  return protocols.find((name) => offered.includes(name))
}

/** Switches the connection over. */
export function acceptSpdy(socket: Duplex, protocol: string): void {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: SPDY/3.1', 'Connection: Upgrade']
  if (protocol !== '') lines.push(`X-Stream-Protocol-Version: ${protocol}`)
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
}
