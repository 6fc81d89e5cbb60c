import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'

export interface TokenSubject {
  readonly namespace: string
  readonly serviceAccount: { readonly name: string; readonly uid: string }
  readonly secret: string
}

/** Signs the token of a service account's Secret: it has no end, and no audience. */
export type TokenSigner = (subject: TokenSubject) => string

const claimPrefix = 'kubernetes.io/serviceaccount/'

/**
 * As upstream `pkg/serviceaccount/jwt.go` with the claims of `legacy.go`. Throws for what is no private key in PEM, and
 * for keys that Kubernetes signs no tokens with.
 */
export function newTokenSigner(pem: string): TokenSigner {
  const key = createPrivateKey(pem)
  const [alg, hash] = algorithmOf(key)
  const kid = createHash('sha256')
    .update(createPublicKey(key).export({ type: 'spki', format: 'der' }))
    .digest('base64url')
  const header = encode({ alg, kid })
  return ({ namespace, serviceAccount, secret }) => {
    const claims = encode({
      iss: 'kubernetes/serviceaccount',
      [`${claimPrefix}namespace`]: namespace,
      [`${claimPrefix}secret.name`]: secret,
      [`${claimPrefix}service-account.name`]: serviceAccount.name,
      [`${claimPrefix}service-account.uid`]: serviceAccount.uid,
      sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    })
    const signed = `${header}.${claims}`
    const signature = sign(hash, Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
    return `${signed}.${signature.toString('base64url')}`
  }
}

function algorithmOf(key: KeyObject): readonly [alg: string, hash: string] {
  if (key.asymmetricKeyType === 'rsa') return ['RS256', 'sha256']
  switch (key.asymmetricKeyDetails?.namedCurve) {
    case 'prime256v1':
      return ['ES256', 'sha256']
    case 'secp384r1':
      return ['ES384', 'sha384']
    case 'secp521r1':
      return ['ES512', 'sha512']
    default:
      throw new Error(`service account tokens cannot be signed with a key of type ${key.asymmetricKeyType}`)
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
