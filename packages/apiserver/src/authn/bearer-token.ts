import type { IncomingMessage } from 'node:http'

const protocolPrefix = 'base64url.bearer.authorization.k8s.io.'

/**
 * The bearer token of a request: from the Authorization header, or, as browsers cannot set that on a WebSocket, from a
 * subprotocol (upstream `authentication/request/websocket`). Undefined where there is none.
 */
export function bearerToken(request: IncomingMessage): string | undefined {
  const match = /^bearer +(\S.*)$/i.exec(request.headers.authorization?.trim() ?? '')
  if (match) return match[1]?.trim()
  const offered = request.headers['sec-websocket-protocol']?.split(',') ?? []
  const encoded = offered.map((one) => one.trim()).find((one) => one.startsWith(protocolPrefix))
  if (encoded === undefined) return undefined
  return Buffer.from(encoded.slice(protocolPrefix.length), 'base64url').toString('utf8')
}
