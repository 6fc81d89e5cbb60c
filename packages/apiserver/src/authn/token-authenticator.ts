import { isUnauthorized, unauthorized } from '@wherry/apimachinery'
import type { UserInfo } from '../registry/resource.ts'

export interface VerifiedToken {
  readonly user: UserInfo
  /** The audiences that were asked for and that the token is meant for. */
  readonly audiences: readonly string[]
  /** Milliseconds since the epoch; absent where the token has no end of its own. */
  readonly expires?: number
}

/** One way of telling who shows a bearer token. */
export interface TokenAuthenticator {
  /** Undefined for a token of another kind; throws 401 for one of its kind that does not hold. */
  authenticateToken(token: string, audiences: readonly string[]): Promise<VerifiedToken | undefined>
}

/**
 * Asks each in turn; the first that knows the token counts. Throws 401 with every reason when none does, as upstream's
 * union of token authenticators under its bearer token authenticator does.
 */
export async function authenticateBearer(
  authenticators: readonly TokenAuthenticator[],
  token: string,
  audiences: readonly string[],
): Promise<VerifiedToken> {
  const problems = ['invalid bearer token']
  for (const authenticator of authenticators) {
    try {
      const verified = await authenticator.authenticateToken(token, audiences)
      if (verified) return verified
    } catch (error) {
      if (!isUnauthorized(error) || !(error instanceof Error)) throw error
      problems.push(error.message)
    }
  }
  const [only = '', ...more] = problems
  throw unauthorized(more.length === 0 ? only : `[${problems.join(', ')}]`)
}
