import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { encodingOf, rewriteHTML } from './rewrite-html.ts'
import { type Rewriting, rewriteURL } from './rewrite-url.ts'

/** A longer document goes on as it is: it would have to be held as a whole. */
const maxDocument = 4 * 1024 * 1024

/** Whether an answer is a document whose links we can read. */
export function isRewritable({ headers, statusCode }: IncomingMessage): boolean {
  const type = headers['content-type']?.split(';')[0]?.trim()
  return type === 'text/html' && statusCode !== 304 && encodingOf(headers['content-encoding']) !== undefined
}

/** Sends a document with its links rewritten; it has been read to its end by then, unless it is too long. */
export async function sendRewritten(
  incoming: IncomingMessage,
  response: ServerResponse,
  rewriting: Rewriting,
  headers: OutgoingHttpHeaders,
  begin: () => void,
): Promise<void> {
  const chunks: Buffer[] = []
  let length = 0
  const iterator: AsyncIterator<Buffer> = incoming[Symbol.asyncIterator]()
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
    chunks.push(next.value)
    length += next.value.length
    if (length <= maxDocument) continue
    begin()
    for (const chunk of chunks) response.write(chunk)
    incoming.pipe(response)
    return
  }
  const encoding = encodingOf(incoming.headers['content-encoding'])
  let body = Buffer.concat(chunks)
  if (encoding && length > 0) {
    const document = (await encoding.open(body)).toString('utf8')
    body = Buffer.from(await encoding.close(Buffer.from(rewriteHTML(document, (link) => rewriteURL(link, rewriting)))))
    headers['content-length'] = body.length
  }
  begin()
  response.end(body)
}
