import { createHash, type X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isUnauthorized, unauthorized } from '@wherry/apimachinery'
import type { Behaviours } from '../registry/behaviours.ts'
import type { UserInfo } from '../registry/resource.ts'
import { bearerToken } from './bearer-token.ts'
import { certificateUser } from './client-certificate.ts'
import { ExpiringCache } from './expiring-cache.ts'
import { certificatesOf } from './issued-by.ts'
import { newRequestHeaderAuthenticator, type RequestHeaderOptions } from './request-header.ts'
import { authenticateBearer, type TokenAuthenticator } from './token-authenticator.ts'
import { anonymous, authenticated } from './user-info.ts'

/** Finds out who asks. */
export interface Authenticator {
  /** Throws 401 for credentials that do not hold. */
  authenticate(request: IncomingMessage): Promise<UserInfo>
}

export interface AuthenticatorDeps {
  readonly behaviours: Behaviours
  /** Asked in turn. */
  readonly tokenAuthenticators: readonly TokenAuthenticator[]
  /** The audiences of the API server itself. */
  readonly audiences: readonly string[]
  /** PEM: what certificates of users lead to. */
  readonly clientCA?: string | undefined
  readonly requestHeader?: RequestHeaderOptions | undefined
  /** Whether who shows no credentials is `system:anonymous`; true unless told. */
  readonly anonymous?: boolean | undefined
}

/** How long a verified token counts without a second look; upstream's `TokenSuccessCacheTTL`. */
const successTTL = 10_000

/**
 * A trusted proxy's headers first, then client certificates, bearer tokens and anonymous, in upstream's order
 * (`pkg/kubeapiserver/authenticator/config.go`). A certificate is read once a connection, and a token's signature and
 * bound objects are checked once in ten seconds.
 */
export function newAuthenticator(deps: AuthenticatorDeps): Authenticator {
  const { behaviours, tokenAuthenticators, audiences } = deps
  const known = new ExpiringCache<UserInfo>(1024)
  const proxy = deps.requestHeader && newRequestHeaderAuthenticator(deps.requestHeader)
  // Where TLS believes proxies' authorities, too, it must be told whose a certificate is.
  const clientCAs = proxy && deps.clientCA !== undefined ? certificatesOf(deps.clientCA) : undefined
  const noUsers: readonly X509Certificate[] = []

  const tokenUser = async (token: string): Promise<UserInfo> => {
    const key = createHash('sha256').update(token).digest('base64')
    const now = behaviours.now()
    const cached = known.get(key, now)
    if (cached) return cached
    const { user, expires = Infinity } = await authenticateBearer(tokenAuthenticators, token, audiences)
    known.set(key, user, Math.min(now + successTTL, expires))
    return user
  }

  return {
    async authenticate(request) {
      const proxied = proxy && attempt(() => proxy.authenticate(request))
      if (proxied?.user) return authenticated(proxied.user)
      const certified = attempt(() => certificateUser(request.socket, proxy ? (clientCAs ?? noUsers) : undefined))
      if (certified.user) return authenticated(certified.user)
      try {
        const token = bearerToken(request)
        if (token !== undefined) return authenticated(await tokenUser(token))
      } catch (error) {
        if (isUnauthorized(error)) throw unauthorized('Unauthorized')
        throw error
      }
      if (proxied?.failed || certified.failed || deps.anonymous === false) throw unauthorized('Unauthorized')
      return anonymous
    },
  }
}

/** One way of telling who asks; a failure counts only when no other way tells. */
function attempt(way: () => UserInfo | undefined): { user?: UserInfo | undefined; failed: boolean } {
  try {
    return { user: way(), failed: false }
  } catch (error) {
    if (isUnauthorized(error)) return { failed: true }
    throw error
  }
}
