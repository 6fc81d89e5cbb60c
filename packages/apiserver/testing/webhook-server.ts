import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { newTestAuthority } from './certificates.ts'

/** What a review asks, as tests look at it. */
export interface ReviewRequest {
  readonly uid: string
  readonly [field: string]: unknown
}

export interface WebhookServer {
  readonly port: number
  /** The CA of its certificate, as configurations carry it. */
  readonly caBundle: string
  /** All reviews that it was sent, in order, with the paths that they came to. */
  readonly calls: { readonly path: string; readonly request: ReviewRequest }[]
  close(): Promise<void>
}

/**
 * A webhook on loopback: `answer` gives the `response` of a review, the whole body where it is a string, or nothing at
 * all where it never answers.
 */
export async function startWebhook(
  answer: (request: ReviewRequest, path: string) => object | string | undefined,
  dnsNames: readonly string[] = [],
): Promise<WebhookServer> {
  const authority = newTestAuthority(Date.now())
  const calls: { path: string; request: ReviewRequest }[] = []
  const server = createServer(authority.issue('webhook', { dnsNames }), async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const review: { apiVersion: string; kind: string; request: ReviewRequest } = JSON.parse(
      Buffer.concat(chunks).toString(),
    )
    const path = request.url ?? ''
    calls.push({ path, request: review.request })
    const result = answer(review.request, path)
    if (result === undefined) return
    response.setHeader('content-type', 'application/json')
    const { apiVersion, kind } = review
    response.end(
      typeof result === 'string'
        ? result
        : JSON.stringify({ apiVersion, kind, response: { uid: review.request.uid, ...result } }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port }: Partial<AddressInfo> = Object(server.address())
  return {
    port: port ?? 0,
    caBundle: Buffer.from(authority.ca).toString('base64'),
    calls,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
