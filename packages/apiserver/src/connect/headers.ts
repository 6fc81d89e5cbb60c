import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { type Backend, hostHeader } from './backend.ts'

/** Headers that concern one connection only, and credentials that the backend must not see. */
const dropped = new Set([
  'authorization',
  'connection',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** What goes on to the backend of a client's headers. */
export function passedHeaders(headers: IncomingHttpHeaders, backend: Backend): OutgoingHttpHeaders {
  const passed: OutgoingHttpHeaders = { host: hostHeader(backend) }
  for (const [name, value] of Object.entries(headers)) {
    if (!dropped.has(name) && !name.startsWith('impersonate-')) passed[name] = value
  }
  return passed
}

/** What goes back to the client of a backend's headers: it may not speak about who else reads this server. */
export function returnedHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const kept = Object.entries(headers).filter(([name]) => !dropped.has(name) && !name.startsWith('access-control-'))
  return Object.fromEntries(kept)
}

/** Status line and headers as they came, for a socket that an upgrade was asked on. */
export function rawHead(incoming: IncomingMessage, headers: Readonly<Record<string, string>> = {}): string {
  const lines = [`HTTP/1.1 ${incoming.statusCode} ${incoming.statusMessage}`]
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2) {
    const name = incoming.rawHeaders[i] ?? ''
    if (name.toLowerCase() === 'transfer-encoding' || name.toLowerCase() in headers) continue
    lines.push(`${name}: ${incoming.rawHeaders[i + 1]}`)
  }
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
