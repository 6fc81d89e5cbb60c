import { type ClientRequest, type OutgoingHttpHeaders, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { SecureContextOptions } from 'node:tls'
import { serviceUnavailable, StatusError } from '@wherry/apimachinery'

/** Where a request is passed on to. */
export interface Backend {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** With its query. */
  readonly path: string
  /** Client certificate and CA for https; without a CA the server's certificate is not checked. */
  readonly tls?: Pick<SecureContextOptions, 'cert' | 'key' | 'ca'> & {
    /** The name that the server's certificate must be for, where it is not the host. */
    readonly servername?: string
    /** Whether the certificate is checked, where it is not the CA that tells. */
    readonly rejectUnauthorized?: boolean
  }
}

/** Begins a request to the backend; nothing is sent before the caller writes or ends it. */
export function openRequest(backend: Backend, method: string, headers: OutgoingHttpHeaders): ClientRequest {
  const { scheme, host, port, path, tls } = backend
  const options = { host, port, path, method, headers, agent: false, setHost: false } as const
  if (scheme === 'http') return httpRequest(options)
  return httpsRequest({ ...options, rejectUnauthorized: tls?.ca !== undefined, ...tls })
}

export function hostHeader({ host, port }: Pick<Backend, 'host' | 'port'>): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** The 500 of a backend that cannot be reached, in the words of Go's dialer. */
export function dialError(backend: Backend, cause: Error): StatusError {
  const message = `error dialing backend: dial tcp ${hostHeader(backend)}: ${dialText(cause)}`
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code: 500 }
  return new StatusError(status, { cause })
}

/** The 503 of a proxy's backend that cannot be reached (apimachinery `util/proxy/transport.go`). */
export function unreachable(backend: Backend, cause: Error): StatusError {
  return serviceUnavailable(`error trying to reach service: dial tcp ${hostHeader(backend)}: ${dialText(cause)}`)
}

/** Why a connection was not made, in the words of Go's dialer. */
export function dialText(cause: Error): string {
  const code = 'code' in cause ? cause.code : undefined
  if (code === 'ECONNREFUSED') return 'connect: connection refused'
  if (code === 'ETIMEDOUT') return 'i/o timeout'
  if (code === 'EHOSTUNREACH') return 'connect: no route to host'
  if (code === 'ENETUNREACH') return 'connect: network is unreachable'
  return cause.message
}
