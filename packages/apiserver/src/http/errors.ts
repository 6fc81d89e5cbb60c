import type { IncomingMessage, ServerResponse } from 'node:http'
import { badRequest, internalError, isStatusError, type StatusError, stringifyJSON } from '@wherry/apimachinery'
import type { Logger } from '@wherry/component-base'
import { ClientGone } from './body.ts'
import { mediaTypes, negotiate, type Wanted } from './negotiation.ts'
import { encode } from './respond.ts'
import { addWarnings } from './warnings.ts'

/** What a failed request answers. What is not a Status is the server's own fault: logged here, and not told. */
export function statusOf(error: unknown, logger: Logger, request: IncomingMessage): StatusError {
  if (isStatusError(error)) return error
  if (error instanceof ClientGone) return badRequest(error.message)
  logger.error('request failed', { method: request.method, url: request.url, error, stack: stackOf(error) })
  return internalError('the server has logged what went wrong')
}

/** A path that nobody serves: answered in text, as Go's `http.NotFound` does. */
export class PageNotFound extends Error {
  override readonly name = 'PageNotFound'
}

export function respondNotFound(response: ServerResponse): void {
  response.writeHead(404, {
    'Cache-Control': 'no-cache, private',
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    'Content-Length': 19,
  })
  response.end('404 page not found\n')
}

/** Answers with the error's Status, in the encoding that the client asks for where that is possible. */
export function respondError(
  request: IncomingMessage,
  response: ServerResponse,
  error: StatusError,
  warnings: ReadonlySet<string>,
): void {
  if (response.headersSent) {
    // The answer has begun: all that can be done is not to let it look whole.
    response.destroy()
    return
  }
  const status = { kind: 'Status', apiVersion: 'v1', ...error.status }
  const { encoding, pretty } = wantedOf(request)
  const body =
    encoding === 'json' && pretty ? Buffer.from(stringifyJSON(status, 2)) : encode(status, { encoding, pretty })
  addWarnings(response, warnings)
  const retryAfter = error.status.details?.retryAfterSeconds ?? 0
  if (retryAfter > 0) response.setHeader('Retry-After', String(retryAfter))
  // The rest of a body that nobody will read is not to be taken for the next request.
  if (!request.complete) response.setHeader('Connection', 'close')
  response.writeHead(error.code, {
    'Cache-Control': 'no-cache, private',
    'Content-Type': mediaTypes[encoding],
    'Content-Length': body.length,
  })
  response.end(body)
}

function wantedOf({ headers, url = '' }: IncomingMessage): Wanted {
  const query = new URLSearchParams(url.split('?')[1] ?? '')
  try {
    return negotiate(headers.accept, headers['user-agent'], { query }, { transforms: false })
  } catch {
    // An answer in a form that the client did not ask for is better than none: its status code counts.
    return { encoding: 'json', pretty: true }
  }
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined
}
