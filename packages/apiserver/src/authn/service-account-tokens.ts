import { createPrivateKey, createPublicKey, type KeyObject, randomUUID } from 'node:crypto'
import { unauthorized } from '@wherry/apimachinery'
import type { JWTPayload } from 'jose'
import { quotedList } from '../authz/policy-rules.ts'
import type { Behaviours } from '../registry/behaviours.ts'
import { claimedUser, type PrivateClaims, readPrivateClaims } from './claims.ts'
import { legacyIssuer, legacyUser } from './legacy-tokens.ts'
import type { TokenAuthenticator, VerifiedToken } from './token-authenticator.ts'
import { type TokenKey, tokenKeyOf } from './token-key.ts'

export { newReviewHandlers, type ReviewDeps } from './reviews.ts'
export type { VerifiedToken } from './token-authenticator.ts'

export interface ServiceAccountTokensDeps {
  readonly behaviours: Behaviours
  /** The private key in PEM: RSA, or an elliptic curve P-256, P-384 or P-521. */
  readonly signingKey: string
  /** Keys whose tokens are believed; the signing key's public half unless told. */
  readonly verificationKeys?: readonly KeyObject[] | undefined
  /** Whom tokens say they are from; upstream's `--service-account-issuer`. */
  readonly issuer: string
  /** Issuers of former times, whose tokens are still believed. */
  readonly formerIssuers?: readonly string[] | undefined
  /** Audiences of the API server itself; the issuer unless told. */
  readonly audiences?: readonly string[] | undefined
  /** Whether what a token is bound to must still exist; true unless told. */
  readonly lookup?: boolean | undefined
}

export interface TokenClaims {
  readonly audiences: readonly string[]
  readonly serviceAccount: { readonly namespace: string; readonly name: string; readonly uid: string }
  readonly expirationSeconds: number
  readonly private: Omit<PrivateClaims, 'namespace' | 'serviceaccount'>
}

/**
 * Issues and verifies tokens of service accounts: JWTs that live as long as what they are bound to. Those that the
 * controller manager puts into Secrets are verified, too.
 */
export interface ServiceAccountTokens extends TokenAuthenticator {
  /** Audiences that the API server accepts. */
  readonly audiences: readonly string[]
  issue(claims: TokenClaims): Promise<string>
  /** Throws 401 for a token that does not hold; `audiences` are the API server's unless told. */
  verify(token: string, audiences?: readonly string[]): Promise<VerifiedToken>
  /** The OIDC discovery document, at /.well-known/openid-configuration. */
  discoveryDocument(jwksURI: string): object
  /** The key set, at /openid/v1/jwks. */
  keySet(): Promise<object>
}

/**
 * Tokens signed with one key and verified with any of several, so that keys and issuers can be exchanged (upstream
 * `pkg/serviceaccount/jwt.go`). Nothing of the JWT library is loaded before the first token is seen.
 */
export function newServiceAccountTokens(deps: ServiceAccountTokensDeps): ServiceAccountTokens {
  const { behaviours, issuer } = deps
  const issuers = [issuer, ...(deps.formerIssuers ?? [])]
  const ownAudiences = deps.audiences?.length ? deps.audiences : [issuer]
  const privateKey = createPrivateKey(deps.signingKey)
  const signing = tokenKeyOf(createPublicKey(privateKey))
  const keys = deps.verificationKeys?.map(tokenKeyOf) ?? [signing]
  const seconds = () => Math.floor(behaviours.now() / 1000)

  /** Undefined for what is no JWT; throws 401 for one that no key has signed, or whose time it is not. */
  const payloadOf = async (token: string): Promise<JWTPayload | undefined> => {
    const { decodeProtectedHeader, errors, jwtVerify } = await import('jose')
    let kid: string | undefined
    try {
      kid = decodeProtectedHeader(token).kid
    } catch {
      return undefined
    }
    const candidates = candidatesFor(kid, keys)
    const problems: string[] = []
    for (const { publicKey, alg } of candidates) {
      try {
        const currentDate = new Date(behaviours.now())
        return (await jwtVerify(token, publicKey, { currentDate, algorithms: [alg] })).payload
      } catch (error) {
        if (error instanceof errors.JWTExpired) throw unauthorized('service account token has expired')
        if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf') {
          throw unauthorized('service account token is not valid yet')
        }
        problems.push('go-jose/go-jose: error in cryptographic primitive')
      }
    }
    throw unauthorized([...new Set(problems)].join(', '))
  }

  const authenticateToken: TokenAuthenticator['authenticateToken'] = async (token, audiences) => {
    const from = claimedIssuer(token) ?? ''
    if (from !== legacyIssuer && !issuers.includes(from)) return undefined
    const payload = await payloadOf(token)
    if (!payload) return undefined
    // Tokens out of Secrets name no audience: they are for the API server.
    const given = from === legacyIssuer && payload.aud === undefined ? ownAudiences : [payload.aud ?? []].flat()
    const accepted = audiences.filter((audience) => given.includes(audience))
    if (accepted.length === 0) {
      throw unauthorized(
        `token audiences ${quotedList(given)} is invalid for the target audiences ${quotedList(audiences)}`,
      )
    }
    const lookup = deps.lookup === false ? undefined : behaviours
    if (from === legacyIssuer) return { user: await legacyUser(token, payload, lookup), audiences: accepted }
    const user = claimedUser(readPrivateClaims(payload['kubernetes.io']), payload.jti, lookup)
    if (payload.sub !== user.name) throw unauthorized('sub claim does not match the service account')
    return { user, audiences: accepted, expires: (payload.exp ?? 0) * 1000 }
  }

  return {
    audiences: ownAudiences,
    authenticateToken,
    async issue({ audiences, serviceAccount: { namespace, name, uid }, expirationSeconds, private: bound }) {
      const { SignJWT } = await import('jose')
      const now = seconds()
      const { node, pod, secret, warnafter } = bound
      const claims: PrivateClaims = {
        namespace,
        ...(node && { node }),
        ...(pod && { pod }),
        ...(secret && { secret }),
        serviceaccount: { name, uid },
        ...(warnafter === undefined ? {} : { warnafter }),
      }
      return new SignJWT({
        aud: [...audiences],
        exp: now + expirationSeconds,
        iat: now,
        iss: issuer,
        jti: randomUUID(),
        'kubernetes.io': claims,
        nbf: now,
        sub: `system:serviceaccount:${namespace}:${name}`,
      })
        .setProtectedHeader({ alg: signing.alg, kid: signing.kid })
        .sign(privateKey)
    },
    async verify(token, audiences = ownAudiences) {
      const verified = await authenticateToken(token, audiences)
      if (!verified) throw unauthorized('invalid bearer token')
      return verified
    },
    discoveryDocument: (jwksURI) => ({
      issuer,
      jwks_uri: jwksURI,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [...new Set(keys.map(({ alg }) => alg))].sort(),
    }),
    async keySet() {
      const { exportJWK } = await import('jose')
      const each = keys.map(async ({ publicKey, kid, alg }) => ({
        use: 'sig',
        ...(await exportJWK(publicKey)),
        kid,
        alg,
      }))
      return { keys: await Promise.all(each) }
    },
  }
}

/** The key that the token names, or all where it names none that we have. */
function candidatesFor(kid: string | undefined, keys: readonly TokenKey[]): readonly TokenKey[] {
  const named = keys.filter((key) => key.kid === kid)
  return named.length > 0 ? named : keys
}

/** Whom a token says it is from, before anything of it is believed. */
function claimedIssuer(token: string): string | undefined {
  const [, payload, signature, ...more] = token.split('.')
  if (payload === undefined || signature === undefined || more.length > 0) return undefined
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    const issuer: unknown = typeof claims === 'object' && claims !== null && 'iss' in claims ? claims.iss : undefined
    return typeof issuer === 'string' ? issuer : undefined
  } catch {
    return undefined
  }
}
