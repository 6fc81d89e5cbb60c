import { X509Certificate } from 'node:crypto'
import { Agent, request } from 'node:https'
import type { Status, WebhookClientConfig } from '@wherry/api'
import { genericServerResponse, goQuote, parseJSON, stringifyJSON } from '@wherry/apimachinery'
import type { Clock } from '@wherry/component-base'
import { dialText } from '../connect/backend.ts'
import type { Behaviours } from '../registry/behaviours.ts'
import { type Address, resolveService } from '../connect/service-endpoints.ts'

export interface WebhookClientDeps {
  readonly behaviours: Behaviours
  readonly clock: Clock
  readonly random: () => number
}

/** Sends reviews to webhooks. */
export interface WebhookClient {
  /**
   * Posts a JSON body and gives the JSON of the answer. Rejects with an `Error` in the words of Go's HTTP client where the
   * webhook cannot be reached, and of client-go where it answers with anything but success.
   */
  post(config: WebhookClientConfig, body: object, timeoutMs: number): Promise<unknown>
}

/** Where a webhook is, and what it calls itself. */
interface Target {
  /** As error messages show it. */
  readonly url: URL
  readonly servername: string
  address(): Address
}

/** How many webhooks keep their connections (upstream: `defaultCacheSize`). */
const maxAgents = 200
/** An answer beyond this is not read. A patch of the largest object is a third of it. */
const maxAnswerBytes = 16 * 1024 * 1024
const loopback = /^(localhost|127\.[\d.]+|\[::1\])$/i

/** As upstream: `k8s.io/apiserver/pkg/util/webhook`, `ClientManager`. Connections are kept for the next call. */
export function newWebhookClient({ behaviours, clock, random }: WebhookClientDeps): WebhookClient {
  const agents = new Map<string, Agent>()
  const agentOf = ({ service, url, caBundle }: WebhookClientConfig): Agent => {
    const key = JSON.stringify([service?.namespace, service?.name, service?.port, url, caBundle])
    const agent = agents.get(key) ?? new Agent({ keepAlive: true, maxFreeSockets: 8 })
    agents.delete(key)
    agents.set(key, agent)
    const [oldest] = agents.keys()
    if (agents.size > maxAgents && oldest !== undefined) {
      agents.get(oldest)?.destroy()
      agents.delete(oldest)
    }
    return agent
  }
  return {
    async post(config, body, timeoutMs) {
      const target = targetOf(behaviours, config, random)
      const { url, servername } = target
      // The webhook is told how long it has.
      url.searchParams.set('timeout', `${Math.ceil(timeoutMs / 1000)}s`)
      const ca = config.caBundle ? authoritiesOf(config.caBundle) : undefined
      const failed = (text: string, cause?: unknown) => new Error(`Post ${goQuote(shown(url))}: ${text}`, { cause })
      const address = resolved(target, failed)
      const payload = Buffer.from(stringifyJSON(body))
      const { status, bytes } = await new Promise<{ status: number; bytes: Buffer }>((resolve, reject) => {
        const outgoing = request({
          method: 'POST',
          host: address.host,
          port: address.port,
          path: `${url.pathname}${url.search}`,
          agent: agentOf(config),
          ...(ca === undefined ? {} : { ca }),
          ...(loopback.test(servername) || /^[\d.]+$/.test(servername) ? {} : { servername }),
          headers: {
            host: url.host,
            accept: 'application/json, */*',
            'content-type': 'application/json',
            'content-length': payload.length,
            'user-agent': 'kube-apiserver-admission',
          },
        })
        const fail = (error: Error) => {
          cancel()
          outgoing.destroy()
          reject(error)
        }
        const cancel = clock.setTimer(timeoutMs, () => fail(failed('context deadline exceeded')))
        outgoing.on('error', (cause) => fail(failed(transportText(cause, address), cause)))
        outgoing.on('response', (incoming) => {
          const chunks: Buffer[] = []
          let length = 0
          incoming.on('data', (chunk: Buffer) => {
            length += chunk.length
            if (length > maxAnswerBytes) fail(failed('the answer is too long'))
            else chunks.push(chunk)
          })
          incoming.on('error', (cause) => fail(failed('unexpected EOF', cause)))
          incoming.on('end', () => {
            cancel()
            resolve({ status: incoming.statusCode ?? 0, bytes: Buffer.concat(chunks) })
          })
        })
        outgoing.end(payload)
      })
      return answerOf(status, bytes)
    },
  }
}

function targetOf(behaviours: Behaviours, { service, url }: WebhookClientConfig, random: () => number): Target {
  if (service) {
    const { namespace, name, path = '', port = 443 } = service
    const servername = `${name}.${namespace}.svc`
    const [pathname = '', search = ''] = path.split('?', 2)
    const made = new URL(`https://${servername}:${port}`)
    made.pathname = pathname
    made.search = search
    return { url: made, servername, address: () => resolveService(behaviours, { namespace, name, port }, random) }
  }
  if (!url) throw new Error('webhook configuration must have either service or URL')
  const parsed = new URL(url)
  const host = parsed.hostname.replace(/^\[|\]$/g, '')
  return {
    url: parsed,
    servername: parsed.hostname,
    address: () => ({ host, port: Number(parsed.port || 443) }),
  }
}

function resolved(target: Target, failed: (text: string, cause: unknown) => Error): Address {
  try {
    return target.address()
  } catch (cause) {
    throw failed(cause instanceof Error ? cause.message : String(cause), cause)
  }
}

/** As Go writes it: the port stands there even where it is the scheme's own. */
function shown(url: URL): string {
  const { protocol, hostname, port, pathname, search } = url
  const own = hostname.endsWith('.svc') && port === '' ? ':443' : port === '' ? '' : `:${port}`
  return `${protocol}//${hostname}${own}${pathname}${search}`
}

/** The certificates of a bundle, each as a PEM of its own; what is no certificate was refused when it was written. */
export function authoritiesOf(caBundle: string): string[] {
  const text = Buffer.from(caBundle, 'base64').toString('latin1')
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.filter((pem) => {
    try {
      return new X509Certificate(pem).raw.length > 0
    } catch {
      return false
    }
  })
}

const unknownAuthority = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
])

/** Why a request failed, in the words of Go's HTTP client. */
export function transportText(cause: Error, { host, port }: Address): string {
  const code = 'code' in cause ? String(cause.code) : ''
  const at = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  if (unknownAuthority.has(code)) {
    return 'tls: failed to verify certificate: x509: certificate signed by unknown authority'
  }
  if (code === 'CERT_HAS_EXPIRED') {
    return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid'
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `tls: failed to verify certificate: x509: ${cause.message}`
  if (code === 'EPROTO') return 'http: server gave HTTP response to HTTPS client'
  if (code === 'ECONNRESET') return 'EOF'
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${host}: no such host`
  return `dial tcp ${at}: ${dialText(cause)}`
}

function answerOf(status: number, bytes: Buffer): unknown {
  let value: unknown
  let problem: unknown
  try {
    value = parseJSON(bytes)
  } catch (cause) {
    problem = cause
  }
  if (status < 200 || status > 206) {
    const sent: Partial<Status> = Object(value)
    if (sent.kind === 'Status' && sent.message) throw new Error(sent.message)
    const text = bytes.length === 0 ? 'unknown' : bytes.subarray(0, 2048).toString().trim()
    throw new Error(genericServerResponse(status, 'POST', { group: '', resource: '' }, '', text).message)
  }
  if (problem !== undefined) {
    const text = problem instanceof Error ? problem.message : String(problem)
    throw new Error(`couldn't get version/kind; json parse error: ${text}`, { cause: problem })
  }
  return value
}
