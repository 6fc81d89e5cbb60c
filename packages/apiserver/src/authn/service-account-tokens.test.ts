import { generateKeyPairSync } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'
import { fakeBehaviours } from '../../testing/fake-behaviours.ts'
import type { ResourceHandlers } from '../registry/handlers.ts'
import { publicKeysOf } from './key-files.ts'
import { newReviewHandlers, newServiceAccountTokens } from './service-account-tokens.ts'

const issuer = 'https://kubernetes.default.svc.cluster.local'
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const signingKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

const account = { kind: 'ServiceAccount', metadata: { name: 'app', namespace: 'default' } }
const podOf = (more = {}) => ({
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default', ...more },
  spec: { serviceAccountName: 'app', nodeName: 'n1', containers: [] },
})
const node = { kind: 'Node', metadata: { name: 'n1' } }

function setUp() {
  const behaviours = fakeBehaviours([account, podOf(), node])
  const tokens = newServiceAccountTokens({ behaviours, signingKey, issuer })
  const authorizer = { authorize: () => ({ allowed: true, reason: '' }) }
  const handlers = newReviewHandlers({ tokens, authorizer })
  const call = async (path: string, body: object, name = '') => {
    const entry: ResourceHandlers | undefined = handlers[path]
    const request = {
      verb: 'create' as const,
      key: { namespace: 'default', name },
      body,
      user: { name: 'bob', groups: ['system:authenticated'] },
      dryRun: false,
      warn: () => {},
    }
    const answer: { status: number; object: Record<string, unknown> } = await ask(entry?.create?.(request, behaviours))
    return answer
  }
  const request = (spec: object, more = {}) =>
    call('/serviceaccounts/token', { kind: 'TokenRequest', metadata: {}, spec, ...more }, 'app')
  return { behaviours, tokens, call, request }
}

async function ask(answer: Promise<{ status: number; object: object }> | undefined) {
  if (!answer) throw new Error('no such handler')
  const { status, object } = await answer
  return { status, object: { ...object } }
}

const tokenOf = ({ object }: { object: Record<string, unknown> }): string => {
  const { status } = object
  if (typeof status === 'object' && status !== null && 'token' in status) return String(status.token)
  throw new Error('no token')
}

describe('a token request', () => {
  it('gives a token with the claims of its service account, pod and node', async () => {
    const { request } = setUp()
    const answer = await request({ boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p' } })
    expect(answer.status).toBe(201)
    const seconds = Date.UTC(2026, 0, 1) / 1000
    expect(decodeJwt(tokenOf(answer))).toEqual({
      aud: [issuer],
      exp: seconds + 3600,
      iat: seconds,
      iss: issuer,
      jti: expect.any(String),
      'kubernetes.io': {
        namespace: 'default',
        node: { name: 'n1', uid: 'uid-node-n1' },
        pod: { name: 'p', uid: 'uid-pod-p' },
        serviceaccount: { name: 'app', uid: 'uid-serviceaccount-app' },
      },
      nbf: seconds,
      sub: 'system:serviceaccount:default:app',
    })
    expect(decodeProtectedHeader(tokenOf(answer))).toEqual({ alg: 'ES256', kid: expect.any(String) })
    expect(answer.object).toMatchObject({
      metadata: { name: 'app', namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { audiences: [issuer], expirationSeconds: 3600 },
      status: { expirationTimestamp: '2026-01-01T01:00:00Z' },
    })
  })

  it('lets the token of a projected volume outlive what it says, for old clients', async () => {
    const { request } = setUp()
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'p' }
    const answer = await request({ boundObjectRef, expirationSeconds: 3607 })
    const claims = decodeJwt(tokenOf(answer))
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(365 * 24 * 3600)
    expect(claims['kubernetes.io']).toMatchObject({ warnafter: (claims.iat ?? 0) + 3607 })
    expect(answer.object).toMatchObject({ status: { expirationTimestamp: '2026-01-01T01:00:07Z' } })
  })

  it.each([
    {
      spec: { expirationSeconds: 30 },
      want: ' "" is invalid: spec.expirationSeconds: Invalid value: 30: may not specify a duration less than 10 minutes',
    },
    { spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'x' } }, want: 'pods "x" not found' },
    {
      spec: { boundObjectRef: { apiVersion: 'v1', kind: 'ConfigMap', name: 'x' } },
      want: 'cannot bind token to object of type /v1, Kind=ConfigMap',
    },
    {
      spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'other' } },
      want: 'the UID in the bound object reference (other) does not match the UID in record',
    },
  ])('is refused: $want', async ({ spec, want }) => {
    await expect(setUp().request(spec)).rejects.toThrow(want)
  })

  it('is refused for a pod of another service account', async () => {
    const { behaviours, call } = setUp()
    behaviours.put({ kind: 'ServiceAccount', metadata: { name: 'other', namespace: 'default' } })
    const spec = { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p' } }
    await expect(call('/serviceaccounts/token', { metadata: {}, spec }, 'other')).rejects.toThrow(
      'cannot bind token for serviceaccount "other" to pod running with different serviceaccount name.',
    )
  })
})

describe('a token', () => {
  const bound = { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p' } }

  it('stands for its service account', async () => {
    const { tokens, request } = setUp()
    const token = tokenOf(await request(bound))
    const { user } = await tokens.verify(token)
    expect(user).toEqual({
      name: 'system:serviceaccount:default:app',
      uid: 'uid-serviceaccount-app',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default'],
      extra: {
        'authentication.kubernetes.io/credential-id': [`JTI=${decodeJwt(token).jti}`],
        'authentication.kubernetes.io/pod-name': ['p'],
        'authentication.kubernetes.io/pod-uid': ['uid-pod-p'],
        'authentication.kubernetes.io/node-name': ['n1'],
        'authentication.kubernetes.io/node-uid': ['uid-node-n1'],
      },
    })
  })

  it('holds no longer once its pod is gone, or is another one', async () => {
    const { behaviours, tokens, request } = setUp()
    const token = tokenOf(await request(bound))
    behaviours.put(podOf({ uid: 'another' }))
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: 401 })
    behaviours.remove({ kind: 'Pod' }, { namespace: 'default', name: 'p' })
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: 401 })
  })

  it('holds no longer than its time, and not for other audiences', async () => {
    const { behaviours, tokens, request } = setUp()
    const token = tokenOf(await request({ audiences: ['vault'] }))
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: 401 })
    expect((await tokens.verify(token, ['vault'])).audiences).toEqual(['vault'])
    behaviours.time += 3601_000
    await expect(tokens.verify(token, ['vault'])).rejects.toMatchObject({ code: 401 })
  })

  it('of another key is refused', async () => {
    const { tokens } = setUp()
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })
    const foreign = newServiceAccountTokens({
      behaviours: fakeBehaviours(),
      signingKey: other.toString(),
      issuer,
    })
    const serviceAccount = { namespace: 'default', name: 'app', uid: 'uid-serviceaccount-app' }
    const token = await foreign.issue({ audiences: [issuer], serviceAccount, expirationSeconds: 600, private: {} })
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: 401 })
    await expect(tokens.verify('not a token')).rejects.toMatchObject({ code: 401 })
  })

  it('of another key or issuer is believed where that is said to be one of ours', async () => {
    const pairs = [
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
      generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    ]
    const [old, current] = pairs.map((pair) => pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
    if (old === undefined || current === undefined) throw new Error('no keys')
    const behaviours = fakeBehaviours([account])
    const former = newServiceAccountTokens({ behaviours, signingKey: old, issuer: 'https://former.example' })
    const tokens = newServiceAccountTokens({
      behaviours,
      signingKey: current,
      issuer,
      formerIssuers: ['https://former.example'],
      verificationKeys: publicKeysOf(`${current}\n${old}`),
      audiences: ['api', 'https://former.example'],
    })
    const serviceAccount = { namespace: 'default', name: 'app', uid: 'uid-serviceaccount-app' }
    const claims = { audiences: ['https://former.example'], serviceAccount, expirationSeconds: 600, private: {} }
    const token = await former.issue(claims)
    expect((await tokens.verify(token)).user.name).toBe('system:serviceaccount:default:app')
    expect(await tokens.keySet()).toMatchObject({ keys: [{ alg: 'ES384' }, { alg: 'RS256' }] })
    expect(tokens.discoveryDocument('u')).toMatchObject({
      issuer,
      id_token_signing_alg_values_supported: ['ES384', 'RS256'],
    })
    // A token of an issuer that we do not know is nobody's, whoever signed it.
    const stranger = newServiceAccountTokens({ behaviours, signingKey: current, issuer: 'https://stranger.example' })
    expect(await tokens.authenticateToken(await stranger.issue(claims), ['api'])).toBeUndefined()
  })

  it('that has ended is refused in upstream’s words', async () => {
    const { behaviours, tokens, request } = setUp()
    const token = tokenOf(await request({}))
    behaviours.time += 3601_000
    await expect(tokens.verify(token)).rejects.toThrow('service account token has expired')
  })

  it('is reviewed by TokenReview', async () => {
    const { call, request } = setUp()
    const token = tokenOf(await request(bound))
    const review = (given: string) =>
      call('authentication.k8s.io/tokenreviews', { metadata: {}, spec: { token: given } })
    expect((await review(token)).object).toMatchObject({
      status: {
        authenticated: true,
        audiences: [issuer],
        user: {
          username: 'system:serviceaccount:default:app',
          groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
        },
      },
    })
    const refused = await review('nonsense')
    expect(refused.object).toMatchObject({ status: { error: 'invalid bearer token' } })
    expect(refused.object.status).not.toHaveProperty('authenticated')
  })
})

describe('an access review', () => {
  it('says what the authorizer says', async () => {
    const { call } = setUp()
    const spec = { user: 'bob', resourceAttributes: { verb: 'get', resource: 'pods' } }
    const answer = await call('authorization.k8s.io/subjectaccessreviews', { metadata: {}, spec })
    expect(answer).toMatchObject({ status: 201, object: { kind: 'SubjectAccessReview', status: { allowed: true } } })
  })

  it.each([
    { spec: { user: 'bob' }, want: 'exactly one of nonResourceAttributes or resourceAttributes must be specified' },
    { spec: { resourceAttributes: { verb: 'get' } }, want: 'at least one of user or group must be specified' },
    {
      spec: { user: 'bob', resourceAttributes: {}, nonResourceAttributes: { path: '/' } },
      want: 'cannot be specified in combination with resourceAttributes',
    },
  ])('is refused: $want', async ({ spec, want }) => {
    await expect(setUp().call('authorization.k8s.io/subjectaccessreviews', { metadata: {}, spec })).rejects.toThrow(
      want,
    )
  })

  it('of oneself tells who one is', async () => {
    const answer = await setUp().call('authentication.k8s.io/selfsubjectreviews', { metadata: {} })
    expect(answer.object).toMatchObject({ status: { userInfo: { username: 'bob', groups: ['system:authenticated'] } } })
  })
})
