import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isUnauthorized, unauthorized } from '@wherry/apimachinery'
import type { Behaviours } from '../registry/behaviours.ts'
import type { UserInfo } from '../registry/resource.ts'
import { bearerToken } from './bearer-token.ts'
import { certificateUser } from './client-certificate.ts'
import { ExpiringCache } from './expiring-cache.ts'
import type { ServiceAccountTokens } from './service-account-tokens.ts'
import { anonymous, authenticated } from './user-info.ts'

/** Finds out who asks. */
export interface Authenticator {
  /** Throws 401 for credentials that do not hold. */
  authenticate(request: IncomingMessage): Promise<UserInfo>
}

export interface AuthenticatorDeps {
  readonly behaviours: Behaviours
  readonly tokens: ServiceAccountTokens
  /** Users by their token, as with upstream's `--token-auth-file`. */
  readonly staticTokens?: ReadonlyMap<string, UserInfo>
}

/** How long a verified token counts without a second look; upstream's `TokenSuccessCacheTTL`. */
const successTTL = 10_000

/**
 * Client certificates first, then bearer tokens, then anonymous. A certificate is read once a connection, and a token's
 * signature and bound objects are checked once in ten seconds.
 */
export function newAuthenticator({ behaviours, tokens, staticTokens }: AuthenticatorDeps): Authenticator {
  const known = new ExpiringCache<UserInfo>(1024)

  const tokenUser = async (token: string): Promise<UserInfo> => {
    const fixed = staticTokens?.get(token)
    if (fixed) return fixed
    const key = createHash('sha256').update(token).digest('base64')
    const now = behaviours.now()
    const cached = known.get(key, now)
    if (cached) return cached
    const { user, expires } = await tokens.verify(token)
    known.set(key, user, Math.min(now + successTTL, expires))
    return user
  }

  return {
    async authenticate(request) {
      const certified = certificateUser(request.socket)
      if (certified) return authenticated(certified)
      try {
        const token = bearerToken(request)
        return token === undefined ? anonymous : authenticated(await tokenUser(token))
      } catch (error) {
        if (isUnauthorized(error)) throw unauthorized('Unauthorized')
        throw error
      }
    },
  }
}
