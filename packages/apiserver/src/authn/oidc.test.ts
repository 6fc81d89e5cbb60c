import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import { selfSignedCertificate } from '@wherry/component-base'
import { exportJWK, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newOIDCAuthenticator, type OIDCOptions } from './oidc.ts'

const now = Date.now()
const tls = selfSignedCertificate('127.0.0.1', [], now)
const keys = ['one', 'two'].map((kid) => ({ kid, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) }))
let published = ['one']
let asked = 0
let server: Server
let issuer: string
const clock = { now }

beforeAll(async () => {
  server = createServer(tls, async (request, response) => {
    asked++
    if (request.url === '/.well-known/openid-configuration') {
      return void response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` }))
    }
    const listed = keys.filter(({ kid }) => published.includes(kid))
    const set = listed.map(async ({ kid, publicKey }) => ({ ...(await exportJWK(publicKey)), kid, alg: 'RS256' }))
    response.end(JSON.stringify({ keys: await Promise.all(set) }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  issuer = `https://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

function token(claims: Record<string, unknown>, kid = 'one', audience = 'wherry') {
  const key = keys.find((one) => one.kid === kid)?.privateKey
  if (!key) throw new Error('no such key')
  return new SignJWT({ iss: issuer, aud: audience, exp: Math.floor(now / 1000) + 600, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid })
    .sign(key)
}

const authenticator = (more: Partial<OIDCOptions> = {}) =>
  newOIDCAuthenticator({
    now: () => clock.now,
    options: {
      issuerURL: issuer,
      clientID: 'wherry',
      ca: tls.cert,
      usernameClaim: 'sub',
      usernamePrefix: '',
      groupsClaim: '',
      groupsPrefix: '',
      signingAlgs: ['RS256'],
      requiredClaims: {},
      ...more,
    },
  })

describe('an ID token', () => {
  it.each([
    { claims: { sub: 'x' }, more: {}, want: { name: '#x', groups: [] } },
    { claims: { sub: 'x' }, more: { usernamePrefix: '-' }, want: { name: 'x', groups: [] } },
    { claims: { sub: 'x' }, more: { usernamePrefix: 'oidc:' }, want: { name: 'oidc:x', groups: [] } },
    {
      claims: { email: 'a@b.c', email_verified: true, roles: ['r', 's'] },
      more: { usernameClaim: 'email', groupsClaim: 'roles', groupsPrefix: 'g:' },
      want: { name: 'a@b.c', groups: ['g:r', 'g:s'] },
    },
    {
      claims: { sub: 'x', roles: 'one' },
      more: { usernamePrefix: '-', groupsClaim: 'roles' },
      want: { name: 'x', groups: ['one'] },
    },
  ])('with $claims names $want.name', async ({ claims, more, want }) => {
    const verified = await authenticator(more).authenticateToken(await token(claims), ['api'])
    const name = want.name.startsWith('#') ? issuer + want.name : want.name
    expect(verified).toMatchObject({ user: { ...want, name }, audiences: ['api'] })
  })

  it.each([
    { name: 'without the claim', claims: {}, more: {}, want: 'oidc: parse username claims "sub": claim not present' },
    {
      name: 'with an address that nobody has verified',
      claims: { email: 'a@b.c', email_verified: false },
      more: { usernameClaim: 'email' },
      want: 'oidc: email not verified',
    },
    {
      name: 'without a claim that must be there',
      claims: { sub: 'x' },
      more: { requiredClaims: { tenant: 'a' } },
      want: 'oidc: required claim tenant not present in ID token',
    },
    {
      name: 'of another value',
      claims: { sub: 'x', tenant: 'b' },
      more: { requiredClaims: { tenant: 'a' } },
      want: 'oidc: required claim tenant value does not match. Got = b, want = a',
    },
    { name: 'that has ended', claims: { sub: 'x', exp: 1 }, more: {}, want: 'oidc: verify token' },
  ])('$name is refused', async ({ claims, more, want }) => {
    await expect(authenticator(more).authenticateToken(await token(claims), ['api'])).rejects.toThrow(want)
  })

  it('for another client is refused, and one of another issuer is not looked at', async () => {
    const foreign = await token({ sub: 'x' }, 'one', 'other')
    await expect(authenticator().authenticateToken(foreign, ['api'])).rejects.toThrow('expected audience "wherry"')
    const other = await token({ sub: 'x', iss: 'https://other.example' })
    expect(await authenticator().authenticateToken(other, ['api'])).toBeUndefined()
  })

  it('of a new key is believed once the issuer publishes it, and the keys are not asked for each time', async () => {
    const one = authenticator({ usernamePrefix: '-' })
    await one.authenticateToken(await token({ sub: 'x' }), ['api'])
    const before = asked
    await one.authenticateToken(await token({ sub: 'y' }), ['api'])
    expect(asked).toBe(before)
    const fresh = await token({ sub: 'z' }, 'two')
    await expect(one.authenticateToken(fresh, ['api'])).rejects.toThrow('oidc: verify token')
    published = ['one', 'two']
    clock.now += 11_000
    expect((await one.authenticateToken(fresh, ['api']))?.user.name).toBe('z')
  })
})
