import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'

const block = /-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----/g

/**
 * The public keys of a PEM text, which may hold several: public keys, private keys (their public halves count) and
 * certificates, RSA or elliptic. Throws when there is none (upstream `util/keyutil.ParsePublicKeysPEM`).
 */
export function publicKeysOf(pem: string): KeyObject[] {
  const keys: KeyObject[] = []
  for (const [text, label = ''] of pem.matchAll(block)) {
    // Curve parameters may stand before a key.
    if (label === 'EC PARAMETERS') continue
    const key = label.includes('PRIVATE KEY') ? createPublicKey(createPrivateKey(text)) : createPublicKey(text)
    if (key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'ec') keys.push(key)
  }
  if (keys.length > 0) return keys
  throw new Error('data does not contain any valid RSA or ECDSA public keys')
}
