import { createHash, type KeyObject } from 'node:crypto'

/** A key that tokens of service accounts may be signed with, and how it is named in their headers. */
export interface TokenKey {
  readonly publicKey: KeyObject
  /** As upstream `pkg/serviceaccount/jwt.go`: the SHA-256 of the key's DER form. */
  readonly kid: string
  readonly alg: string
}

/** Throws for a key that no JWT algorithm of upstream's is for. */
export function tokenKeyOf(publicKey: KeyObject): TokenKey {
  const kid = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url')
  return { publicKey, kid, alg: algorithmOf(publicKey) }
}

function algorithmOf(key: KeyObject): string {
  if (key.asymmetricKeyType === 'rsa') return 'RS256'
  const curve = key.asymmetricKeyDetails?.namedCurve
  const algorithm = curve && { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }[curve]
  if (algorithm) return algorithm
  throw new Error(`service account tokens cannot be signed with a key of type ${key.asymmetricKeyType}`)
}
