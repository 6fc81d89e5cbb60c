import type { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { unauthorized } from '@wherry/apimachinery'
import type { UserInfo } from '../registry/resource.ts'
import { certificatesOf, issuedBy } from './issued-by.ts'

/** A proxy that authenticates users itself: who it may be, and in which headers it says who they are. */
export interface RequestHeaderOptions {
  /** PEM: what the proxy's certificate must lead to. */
  readonly clientCA: string
  /** Common names that the proxy may have; any where none is given. */
  readonly allowedNames: readonly string[]
  readonly usernameHeaders: readonly string[]
  readonly uidHeaders: readonly string[]
  readonly groupHeaders: readonly string[]
  readonly extraHeadersPrefix: readonly string[]
}

export interface RequestHeaderAuthenticator {
  /**
   * The user that a trusted proxy names; undefined where no proxy asks. Takes the headers out of the request, so that
   * nobody behind believes them again. Throws 401 for a proxy whose name is not allowed.
   */
  authenticate(request: IncomingMessage): UserInfo | undefined
}

/** As upstream `authentication/request/headerrequest` behind `request/x509.NewVerifier`. */
export function newRequestHeaderAuthenticator(options: RequestHeaderOptions): RequestHeaderAuthenticator {
  const authorities = certificatesOf(options.clientCA)
  const proxies = new WeakMap<Socket, boolean>()
  return {
    authenticate(request) {
      const { socket } = request
      if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined
      let trusted = proxies.get(socket)
      if (trusted === undefined) {
        trusted = isProxy(socket, authorities, options.allowedNames)
        proxies.set(socket, trusted)
      }
      return trusted ? namedUser(request, options) : undefined
    },
  }
}

function isProxy(socket: TLSSocket, authorities: readonly X509Certificate[], allowedNames: readonly string[]): boolean {
  if (!issuedBy(socket, authorities)) return false
  const name: unknown = socket.getPeerCertificate().subject.CN
  if (allowedNames.length === 0 || (typeof name === 'string' && allowedNames.includes(name))) return true
  throw unauthorized(`x509: subject with cn=${name} is not in the allowed list`)
}

function namedUser(request: IncomingMessage, options: RequestHeaderOptions): UserInfo | undefined {
  const headers = request.headersDistinct
  const valuesOf = (names: readonly string[]) =>
    names.flatMap((name) => headers[name.toLowerCase()] ?? []).filter((value) => value !== '')
  const [name] = valuesOf(options.usernameHeaders)
  if (name === undefined) return undefined
  const [uid] = valuesOf(options.uidHeaders)
  const groups = valuesOf(options.groupHeaders)
  const extra: Record<string, string[]> = {}
  for (const prefix of options.extraHeadersPrefix.map((one) => one.toLowerCase())) {
    for (const [header, values = []] of Object.entries(headers)) {
      if (!header.startsWith(prefix)) continue
      const key = unescapeKey(header.slice(prefix.length))
      extra[key] = [...(extra[key] ?? []), ...values]
      delete request.headers[header]
    }
  }
  for (const header of [...options.usernameHeaders, ...options.uidHeaders, ...options.groupHeaders]) {
    delete request.headers[header.toLowerCase()]
  }
  return {
    name,
    groups,
    ...(uid === undefined ? {} : { uid }),
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  }
}

/** A key that is not encoded well is taken as it stands. */
export function unescapeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return encoded
  }
}
