import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { newTokenSigner } from './token-signer.ts'

const subject = { namespace: 'n', serviceAccount: { name: 'app', uid: 'u1' }, secret: 's' }
const decoded = (part = '') => Buffer.from(part, 'base64url').toString('utf8')
const pemOf = ({ privateKey }: ReturnType<typeof generateKeyPairSync>) =>
  privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

describe('the token of a Secret', () => {
  it.each([
    { alg: 'RS256', hash: 'sha256', pair: generateKeyPairSync('rsa', { modulusLength: 2048 }) },
    { alg: 'ES256', hash: 'sha256', pair: generateKeyPairSync('ec', { namedCurve: 'P-256' }) },
    { alg: 'ES384', hash: 'sha384', pair: generateKeyPairSync('ec', { namedCurve: 'P-384' }) },
    { alg: 'ES512', hash: 'sha512', pair: generateKeyPairSync('ec', { namedCurve: 'P-521' }) },
  ])('is signed with $alg and says whose it is', ({ alg, hash, pair }) => {
    const pem = pemOf(pair)
    const [header = '', claims = '', signature = ''] = newTokenSigner(pem)(subject).split('.')
    expect(JSON.parse(decoded(header))).toEqual({ alg, kid: expect.stringMatching(/^[\w-]{43}$/) })
    expect(decoded(claims)).toBe(
      '{"iss":"kubernetes/serviceaccount","kubernetes.io/serviceaccount/namespace":"n","kubernetes.io/serviceaccount/secret.name":"s","kubernetes.io/serviceaccount/service-account.name":"app","kubernetes.io/serviceaccount/service-account.uid":"u1","sub":"system:serviceaccount:n:app"}',
    )
    const key = { key: createPublicKey(pem), dsaEncoding: 'ieee-p1363' } as const
    const signed = Buffer.from(`${header}.${claims}`)
    expect(verify(hash, signed, key, Buffer.from(signature, 'base64url'))).toBe(true)
  })

  it('needs a key of a kind that Kubernetes signs with', () => {
    expect(() => newTokenSigner(pemOf(generateKeyPairSync('ed25519')))).toThrow('with a key of type ed25519')
    expect(() => newTokenSigner('nonsense')).toThrow()
  })
})
