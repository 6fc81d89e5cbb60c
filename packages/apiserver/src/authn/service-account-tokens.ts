import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomUUID } from 'node:crypto'
import { unauthorized } from '@wherry/apimachinery'
import type { Behaviours } from '../registry/behaviours.ts'
import type { UserInfo } from '../registry/resource.ts'
import { claimedUser, type PrivateClaims, readPrivateClaims } from './claims.ts'

export { newReviewHandlers, type ReviewDeps } from './reviews.ts'

export interface ServiceAccountTokensDeps {
  readonly behaviours: Behaviours
  /** The private key in PEM: RSA, or an elliptic curve P-256, P-384 or P-521. */
  readonly signingKey: string
  /** Whom tokens say they are from; upstream's `--service-account-issuer`. */
  readonly issuer: string
  /** Audiences of the API server itself; the issuer unless told. */
  readonly audiences?: readonly string[]
}

export interface TokenClaims {
  readonly audiences: readonly string[]
  readonly serviceAccount: { readonly namespace: string; readonly name: string; readonly uid: string }
  readonly expirationSeconds: number
  readonly private: Omit<PrivateClaims, 'namespace' | 'serviceaccount'>
}

export interface VerifiedToken {
  readonly user: UserInfo
  readonly audiences: readonly string[]
  /** Milliseconds since the epoch. */
  readonly expires: number
}

/** Issues and verifies tokens of service accounts: JWTs that live as long as what they are bound to. */
export interface ServiceAccountTokens {
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

/** Tokens signed with one key. Nothing of the JWT library is loaded before the first token is seen. */
export function newServiceAccountTokens(deps: ServiceAccountTokensDeps): ServiceAccountTokens {
  const { behaviours, issuer } = deps
  const ownAudiences = deps.audiences ?? [issuer]
  const privateKey = createPrivateKey(deps.signingKey)
  const publicKey = createPublicKey(privateKey)
  const alg = algorithmOf(privateKey)
  const kid = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url')
  const seconds = () => Math.floor(behaviours.now() / 1000)

  return {
    audiences: ownAudiences,
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
        .setProtectedHeader({ alg, kid })
        .sign(privateKey)
    },
    async verify(token, audiences = ownAudiences) {
      const { jwtVerify } = await import('jose')
      const currentDate = new Date(behaviours.now())
      const { payload } = await jwtVerify(token, publicKey, { issuer, currentDate, algorithms: [alg] }).catch(
        (cause: unknown) => {
          throw unauthorized(cause instanceof Error ? cause.message : 'invalid bearer token')
        },
      )
      const given = [payload.aud ?? []].flat()
      const accepted = audiences.filter((audience) => given.includes(audience))
      if (accepted.length === 0) {
        throw unauthorized(
          `token audiences [${given.join(' ')}] is invalid for the target audiences [${audiences.join(' ')}]`,
        )
      }
      const user = claimedUser(readPrivateClaims(payload['kubernetes.io']), payload.jti, behaviours)
      if (payload.sub !== user.name) throw unauthorized('sub claim does not match the service account')
      return { user, audiences: accepted, expires: (payload.exp ?? 0) * 1000 }
    },
    discoveryDocument: (jwksURI) => ({
      issuer,
      jwks_uri: jwksURI,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [alg],
    }),
    async keySet() {
      const { exportJWK } = await import('jose')
      return { keys: [{ use: 'sig', ...(await exportJWK(publicKey)), kid, alg }] }
    },
  }
}

function algorithmOf(key: KeyObject): string {
  if (key.asymmetricKeyType === 'rsa') return 'RS256'
  const curve = key.asymmetricKeyDetails?.namedCurve
  const algorithm = curve && { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }[curve]
  if (algorithm) return algorithm
  throw new Error(`service account tokens cannot be signed with a key of type ${key.asymmetricKeyType}`)
}
