import type { ClientRequest, OutgoingHttpHeaders } from 'node:http'
import type { APIServiceSpec } from '@wherry/api'
import { type DeepReadonly, goQuote } from '@wherry/apimachinery'
import type { Clock } from '@wherry/component-base'
import { type Backend, hostHeader, openRequest } from '../connect/backend.ts'
import type { Behaviours } from '../registry/behaviours.ts'
import type { UserInfo } from '../registry/resource.ts'
import { resolveService, type ServiceRef } from '../connect/service-endpoints.ts'
import { authoritiesOf, transportText } from '../webhook/webhook-client.ts'
import { userHeaders } from './remote-user.ts'

/** How this server proves to extension servers that it is the one that may say who asks. */
export interface ProxyClient {
  /** Both in PEM. */
  readonly cert: string
  readonly key: string
}

export interface ExtensionServerDeps {
  readonly behaviours: Behaviours
  readonly clock: Clock
  readonly random: () => number
  readonly proxyClient: ProxyClient | undefined
}

export interface Answer {
  readonly status: number
  readonly etag: string | undefined
  readonly contentType: string
  readonly body: Buffer
  /** Where it came from. */
  readonly url: string
}

const timeout = 5000
const maxAnswerBytes = 32 * 1024 * 1024

/** The server behind one APIService. Each request has a connection of its own: none can turn out to be closed. */
export class ExtensionServer {
  readonly ref: ServiceRef
  readonly #deps: ExtensionServerDeps
  readonly #tls: NonNullable<Backend['tls']>
  readonly #asking = new Set<ClientRequest>()

  constructor(deps: ExtensionServerDeps, { service, caBundle, insecureSkipTLSVerify }: DeepReadonly<APIServiceSpec>) {
    const { namespace = '', name = '', port = 443 } = service ?? {}
    this.#deps = deps
    this.ref = { namespace, name, port }
    this.#tls = {
      servername: `${name}.${namespace}.svc`,
      rejectUnauthorized: insecureSkipTLSVerify !== true,
      ...(caBundle ? { ca: authoritiesOf(caBundle) } : {}),
      ...deps.proxyClient,
    }
  }

  /** One of the Service's endpoints. Throws an `Error` where there is none. */
  backend(path: string): Backend {
    const { behaviours, random } = this.#deps
    const { host, port } = resolveService(behaviours, this.ref, random)
    return { scheme: 'https', host, port, path, tls: this.#tls }
  }

  /** Asks on this server's own account. Rejects with an `Error` in the words of upstream's check of discovery. */
  get(path: string, user: UserInfo, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    const backend = this.backend(path)
    const host = hostHeader(backend)
    const url = `https://${host}${path}`
    return new Promise((resolve, reject) => {
      const outgoing = openRequest(backend, 'GET', { host, ...headers, ...userHeaders(user) })
      this.#asking.add(outgoing)
      outgoing.on('close', () => this.#asking.delete(outgoing))
      const fail = (text: string, cause?: unknown) => {
        cancel()
        outgoing.destroy()
        reject(new Error(`failing or missing response from ${url}: Get ${goQuote(url)}: ${text}`, { cause }))
      }
      const cancel = this.#deps.clock.setTimer(timeout, () => fail('context deadline exceeded'))
      outgoing.on('error', (cause) => fail(transportText(cause, backend), cause))
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = []
        let length = 0
        incoming.on('data', (chunk: Buffer) => {
          length += chunk.length
          if (length > maxAnswerBytes) fail('the answer is too long')
          else chunks.push(chunk)
        })
        incoming.on('error', (cause) => fail('unexpected EOF', cause))
        incoming.on('end', () => {
          cancel()
          const { etag, 'content-type': contentType = '' } = incoming.headers
          resolve({ status: incoming.statusCode ?? 0, etag, contentType, body: Buffer.concat(chunks), url })
        })
      })
      outgoing.end()
    })
  }

  /** Breaks off what was asked on this server's own account. */
  close(): void {
    for (const outgoing of this.#asking) outgoing.destroy(new Error('the APIService has changed'))
  }
}
