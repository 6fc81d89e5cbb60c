import type { IncomingMessage, ServerResponse } from 'node:http'
import { isStatusError } from '@wherry/apimachinery'
import type { Backend } from '../connect/backend.ts'
import { forwardRequest, forwardUpgrade } from '../connect/forward.ts'
import type { Exchange } from '../http/exchange.ts'
import type { ExtensionServer } from './extension-server.ts'
import { dropUserHeaders, userHeaders } from './remote-user.ts'

/**
 * Passes a request on to an extension server, which is told who asks. What goes wrong on the way is said in text.
 *
 * As upstream: kube-aggregator `pkg/apiserver/handler_proxy.go`.
 */
export async function passOn(server: ExtensionServer, { request, response, user, upgrade }: Exchange): Promise<void> {
  let backend: Backend
  try {
    backend = server.backend(request.url ?? '/')
  } catch {
    return refuse(response, 'service unavailable')
  }
  dropUserHeaders(request.headers)
  Object.assign(request.headers, userHeaders(user), forwarded(request))
  try {
    if (upgrade) await forwardUpgrade(request, upgrade.socket, upgrade.head, backend)
    else await forwardRequest(request, response, backend)
  } catch (error) {
    if (!isStatusError(error) || response.headersSent) throw error
    refuse(response, error.message)
  }
}

export function refuse(response: ServerResponse, text: string): void {
  response.writeHead(503, {
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    'Content-Length': Buffer.byteLength(text) + 1,
  })
  response.end(`${text}\n`)
}

/** Where the request came from, and what it was for. */
function forwarded({ headers, socket, url = '' }: IncomingMessage): Record<string, string> {
  const before = [headers['x-forwarded-for'] ?? []].flat()
  return {
    'x-forwarded-for': [...before, socket.remoteAddress ?? ''].filter((one) => one !== '').join(', '),
    'x-forwarded-host': headers.host ?? '',
    'x-forwarded-proto': 'https',
    'x-forwarded-uri': url.split('?')[0] ?? '',
  }
}
