import type { IncomingMessage } from 'node:http'
import { unauthorized } from '@wherry/apimachinery'

const protocolPrefix = 'base64url.bearer.authorization.k8s.io.'

/**
 * The bearer token of a request: from the Authorization header, or, as browsers cannot set that on a WebSocket, from a
 * subprotocol, which is taken out of the request: nobody is to answer with it, or pass it on (upstream
 * `authentication/request/websocket`). Undefined where there is none.
 */
export function bearerToken(request: IncomingMessage): string | undefined {
  const match = /^bearer +(\S.*)$/i.exec(request.headers.authorization?.trim() ?? '')
  if (match) return match[1]?.trim()
  const offered = request.headers['sec-websocket-protocol']?.split(',').map((one) => one.trim()) ?? []
  const encoded = offered.find((one) => one.startsWith(protocolPrefix))
  if (encoded === undefined) return undefined
  const others = offered.filter((one) => !one.startsWith(protocolPrefix))
  if (others.length === 0) throw unauthorized('missing additional subprotocol')
  request.headers['sec-websocket-protocol'] = others.join(', ')
  return Buffer.from(encoded.slice(protocolPrefix.length), 'base64url').toString('utf8')
}
