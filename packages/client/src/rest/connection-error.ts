/** The server could not be reached, or the connection ended before its answer did. Nothing is known of a write's fate. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  /** Node's code of the failure, such as `ECONNREFUSED`. */
  readonly code: string
  readonly url: string
  /** What went wrong, without what was asked. */
  readonly reason: string

  constructor(method: string, url: string, cause: unknown) {
    const failure = rootOf(cause)
    const reason = describe(failure, url)
    super(`${titleCase(method)} "${url}": ${reason}`, { cause })
    this.code = failure.code ?? ''
    this.url = url
    this.reason = reason
  }
}

/** Nobody listens at the server's address: kubectl asks whether host and port are right. */
export function isConnectionRefused(error: unknown): boolean {
  return error instanceof ConnectionError && error.code === 'ECONNREFUSED'
}

/** The connection broke, so that a request that changes nothing can be sent again. As client-go: reset or probably EOF. */
export function isConnectionReset(error: unknown): boolean {
  return error instanceof ConnectionError && ['ECONNRESET', 'EPIPE', 'UNEXPECTED_EOF'].includes(error.code)
}

interface Failure {
  code?: string
  message: string
  host?: string
}

/** A name with several addresses fails with one error for each. */
function rootOf(cause: unknown): Failure {
  if (cause instanceof AggregateError && cause.errors.length > 0) return rootOf(cause.errors[0])
  if (!(cause instanceof Error)) return { message: String(cause) }
  const code = 'code' in cause && typeof cause.code === 'string' ? { code: cause.code } : {}
  const host = 'hostname' in cause && typeof cause.hostname === 'string' ? { host: cause.hostname } : {}
  return { message: cause.message, ...code, ...host }
}

const unknownAuthority = 'tls: failed to verify certificate: x509: certificate signed by unknown authority'

/** In Go's words, which users of kubectl know and search for. */
function describe({ code, message, host }: Failure, url: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return `dial tcp ${addressOf(url)}: connect: connection refused`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${host ?? new URL(url).hostname}: no such host`
    case 'EHOSTUNREACH':
      return `dial tcp ${addressOf(url)}: connect: no route to host`
    case 'ENETUNREACH':
      return `dial tcp ${addressOf(url)}: connect: network is unreachable`
    case 'ETIMEDOUT':
      return `dial tcp ${addressOf(url)}: i/o timeout`
    case 'ECONNRESET':
      return 'read: connection reset by peer'
    case 'UNEXPECTED_EOF':
      return 'unexpected EOF'
    case 'EPROTO':
      return `tls: first record does not look like a TLS handshake (${message})`
    case 'CERT_HAS_EXPIRED':
      return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid'
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `tls: failed to verify certificate: x509: ${message}`
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'CERT_SIGNATURE_FAILURE':
      return unknownAuthority
    default:
      return message
  }
}

function addressOf(url: string): string {
  const { host, hostname, port, protocol } = new URL(url)
  return port ? host : `${hostname}:${protocol === 'https:' || protocol === 'wss:' ? 443 : 80}`
}

function titleCase(method: string): string {
  return method.charAt(0).toUpperCase() + method.slice(1).toLowerCase()
}

/** The connection ended in the middle of an answer. */
export function unexpectedEOF(): Error {
  return Object.assign(new Error('unexpected EOF'), { code: 'UNEXPECTED_EOF' })
}
