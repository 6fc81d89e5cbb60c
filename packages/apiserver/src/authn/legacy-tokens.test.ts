import type { KubeObject } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { fakeBehaviours } from '../../testing/fake-behaviours.ts'
import { legacyUser } from './legacy-tokens.ts'

const prefix = 'kubernetes.io/serviceaccount/'
const token = 'the.token.itself'
const claims = {
  sub: 'system:serviceaccount:n:app',
  [`${prefix}namespace`]: 'n',
  [`${prefix}secret.name`]: 's',
  [`${prefix}service-account.name`]: 'app',
  [`${prefix}service-account.uid`]: 'u1',
}
const account = (metadata = {}): KubeObject => ({
  kind: 'ServiceAccount',
  metadata: { namespace: 'n', name: 'app', uid: 'u1', ...metadata },
})
const secret = (metadata = {}, held = token) => ({
  kind: 'Secret',
  metadata: { namespace: 'n', name: 's', ...metadata },
  data: { token: Buffer.from(held).toString('base64') },
})
const time = '2026-01-01T00:00:00Z'
const lastUsed = (day: string) => ({ labels: { 'kubernetes.io/legacy-token-last-used': day } })

describe('a token out of a Secret', () => {
  it('stands for its service account', async () => {
    expect(await legacyUser(token, claims, fakeBehaviours([account(), secret()]))).toEqual({
      name: 'system:serviceaccount:n:app',
      uid: 'u1',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:n'],
    })
  })

  it.each<{ name: string; objects: KubeObject[]; want: string }>([
    { name: 'the Secret is gone', objects: [account()], want: 'Token has been invalidated' },
    {
      name: 'the Secret is to go',
      objects: [account(), secret({ deletionTimestamp: time })],
      want: 'Token has been invalidated',
    },
    {
      name: 'the Secret has another',
      objects: [account(), secret({}, 'x')],
      want: "Token does not match server's copy",
    },
    { name: 'the account is gone', objects: [secret()], want: 'serviceaccounts "app" not found' },
    {
      name: 'the account is to go',
      objects: [account({ deletionTimestamp: time }), secret()],
      want: 'ServiceAccount n/app has been deleted',
    },
    {
      name: 'the account is another',
      objects: [account({ uid: 'u2' }), secret()],
      want: 'ServiceAccount UID (u2) does not match claim (u1)',
    },
    {
      name: 'the Secret is marked invalid',
      objects: [account(), secret({ labels: { 'kubernetes.io/legacy-token-invalid-since': '2025-01-01' } })],
      want: 'the token in secret n/s for service account n/app has been marked invalid.',
    },
  ])('is refused when $name', async ({ objects, want }) => {
    const refused = legacyUser(token, claims, fakeBehaviours(objects))
    await expect(refused).rejects.toMatchObject({ code: 401, message: expect.stringContaining(want) })
  })

  it.each([
    { without: 'sub', want: 'sub claim is missing' },
    { without: `${prefix}namespace`, want: 'namespace claim is missing' },
    { without: `${prefix}secret.name`, want: 'secretName claim is missing' },
    { without: `${prefix}service-account.name`, want: 'serviceAccountName claim is missing' },
    { without: `${prefix}service-account.uid`, want: 'serviceAccountUID claim is missing' },
  ])('needs its claim $without', async ({ without, want }) => {
    await expect(legacyUser(token, { ...claims, [without]: undefined }, undefined)).rejects.toThrow(want)
  })

  it('is for the account that it names only', async () => {
    const other = { ...claims, sub: 'system:serviceaccount:n:other' }
    await expect(legacyUser(token, other, undefined)).rejects.toThrow('sub claim is invalid')
  })

  it.each([
    { name: 'the first time', metadata: {}, writes: 1 },
    { name: 'on another day', metadata: lastUsed('2025-12-31'), writes: 1 },
    { name: 'again', metadata: lastUsed('2026-01-01'), writes: 0 },
    { name: 'and another clock was ahead', metadata: lastUsed('2026-01-02'), writes: 0 },
  ])('notes its use once a day: $name', async ({ metadata, writes }) => {
    const behaviours = fakeBehaviours([account(), secret(metadata)])
    await legacyUser(token, claims, behaviours)
    expect(behaviours.writes).toBe(writes)
  })
})
