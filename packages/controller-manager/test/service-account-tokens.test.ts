import { generateKeyPairSync } from 'node:crypto'
import { Secret, ServiceAccount, TokenReview } from '@wherry/api'
import { isNotFound } from '@wherry/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startCluster, type TestCluster } from './cluster.ts'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const serviceAccountKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const namespace = 'default'
let cluster: TestCluster
beforeAll(async () => {
  cluster = await startCluster({
    controllers: ['serviceaccount-token'],
    runPods: false,
    options: { serviceAccountKey, rootCA: 'the CA' },
    serviceAccountSigningKey: serviceAccountKey,
  })
})
afterAll(() => cluster.close())

const text = (value = '') => Buffer.from(value, 'base64').toString('utf8')
const create = (name: string, account: string) => {
  const annotations = { 'kubernetes.io/service-account.name': account }
  const type = 'kubernetes.io/service-account-token'
  return cluster.client.create(Secret, { metadata: { namespace, name, annotations }, type })
}
const filled = (name: string) =>
  eventually(async () => {
    const secret = await cluster.client.get(Secret, { namespace, name })
    return secret.data?.token !== undefined && secret
  })
const isGone = (name: string) =>
  eventually(() =>
    cluster.client.get(Secret, { namespace, name }).then(
      () => false,
      (error: unknown) => isNotFound(error),
    ),
  )
const review = async (token: string) =>
  (await cluster.client.create(TokenReview, { metadata: {}, spec: { token } })).status

describe('a Secret for the token of a service account', () => {
  it('is filled with a token that the API server believes until the Secret is gone', async () => {
    const account = await cluster.client.create(ServiceAccount, { metadata: { namespace, name: 'app' } })
    await create('app-token', 'app')
    const { data, metadata } = await filled('app-token')
    expect(metadata.annotations?.['kubernetes.io/service-account.uid']).toBe(account.metadata.uid)
    expect(text(data?.namespace)).toBe(namespace)
    expect(text(data?.['ca.crt'])).toBe('the CA')
    const token = text(data?.token)
    expect(await review(token)).toMatchObject({
      authenticated: true,
      user: {
        username: 'system:serviceaccount:default:app',
        uid: account.metadata.uid,
        groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      },
    })
    const used = await cluster.client.get(Secret, { namespace, name: 'app-token' })
    expect(used.metadata.labels?.['kubernetes.io/legacy-token-last-used']).toMatch(/^\d{4}-\d\d-\d\d$/)
    await cluster.client.delete(Secret, { namespace, name: 'app-token' })
    expect(await review(token)).toMatchObject({ error: '[invalid bearer token, Token has been invalidated]' })
  })

  it('goes with its service account', async () => {
    await cluster.client.create(ServiceAccount, { metadata: { namespace, name: 'short' } })
    await create('short-token', 'short')
    await filled('short-token')
    await cluster.client.delete(ServiceAccount, { namespace, name: 'short' })
    await isGone('short-token')
  })

  it('goes when there is no such service account', async () => {
    await create('nobody-token', 'nobody')
    await isGone('nobody-token')
  })

  it('leaves no reference behind', async () => {
    const secrets = [{ name: 'listed-token' }, { name: 'other' }]
    await cluster.client.create(ServiceAccount, { metadata: { namespace, name: 'listed' }, secrets })
    await create('listed-token', 'listed')
    await filled('listed-token')
    await cluster.client.delete(Secret, { namespace, name: 'listed-token' })
    await eventually(async () => {
      const account = await cluster.client.get(ServiceAccount, { namespace, name: 'listed' })
      return account.secrets?.length === 1 && account.secrets[0]?.name === 'other'
    })
  })
})
