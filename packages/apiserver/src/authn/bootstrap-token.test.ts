import type { Secret } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { fakeBehaviours } from '../../testing/fake-behaviours.ts'
import { newBootstrapTokenAuthenticator } from './bootstrap-token.ts'

const good = {
  'token-id': 'abcdef',
  'token-secret': '0123456789abcdef',
  'usage-bootstrap-authentication': 'true',
}
const base64 = (data: Record<string, string>) =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]))

function ask(data: Record<string, string>, token = 'abcdef.0123456789abcdef', type = 'bootstrap.kubernetes.io/token') {
  const metadata = { name: 'bootstrap-token-abcdef', namespace: 'kube-system' }
  const secret: Secret = { kind: 'Secret', metadata, type, data: base64(data) }
  const behaviours = fakeBehaviours([secret])
  return newBootstrapTokenAuthenticator(behaviours).authenticateToken(token, ['api'])
}

describe('a bootstrap token', () => {
  it('is a user of its own, in the group of all that bootstrap', async () => {
    expect(await ask(good)).toEqual({
      user: { name: 'system:bootstrap:abcdef', groups: ['system:bootstrappers'] },
      audiences: ['api'],
    })
    const extra = { ...good, 'auth-extra-groups': 'system:bootstrappers:workers,system:bootstrappers:a' }
    expect((await ask(extra))?.user.groups).toEqual([
      'system:bootstrappers',
      'system:bootstrappers:a',
      'system:bootstrappers:workers',
    ])
  })

  it.each([
    { name: 'of another form', data: good, token: 'abcdef' },
    { name: 'with another secret', data: good, token: 'abcdef.aaaaaaaaaaaaaaaa' },
    { name: 'of another id', data: { ...good, 'token-id': 'fedcba' } },
    { name: 'that has ended', data: { ...good, expiration: '2025-01-01T00:00:00Z' } },
    { name: 'for signing only', data: { ...good, 'usage-bootstrap-authentication': 'false' } },
    { name: 'with a group of others', data: { ...good, 'auth-extra-groups': 'system:masters' } },
    { name: 'of another type of secret', data: good, type: 'Opaque' },
  ])('$name is nobody’s', async ({ data, token, type }) => {
    expect(await ask(data, token, type)).toBeUndefined()
  })

  it('holds until it ends', async () => {
    expect(await ask({ ...good, expiration: '2999-01-01T00:00:00Z' })).toBeDefined()
  })
})
