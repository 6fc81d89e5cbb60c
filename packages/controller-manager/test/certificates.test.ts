import { webcrypto, X509Certificate } from 'node:crypto'
import { CertificateSigningRequest, ClusterRole, ClusterRoleBinding } from '@wherry/api'
import { selfSignedCertificate } from '@wherry/component-base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadX509 } from '../src/certificates/request.ts'
import { defaultOptions } from '../src/options.ts'
import { eventually, startCluster, type TestCluster } from './cluster.ts'

const ca = selfSignedCertificate('test-ca', [], Date.now())
const authority = new X509Certificate(ca.cert)
const signers = [
  'kubernetes.io/kube-apiserver-client',
  'kubernetes.io/kube-apiserver-client-kubelet',
  'kubernetes.io/kubelet-serving',
  'kubernetes.io/legacy-unknown',
]
let cluster: TestCluster

beforeAll(async () => {
  cluster = await startCluster({
    controllers: ['csrapproving', 'csrsigning', 'csrcleaner', 'clusterrole-aggregation'],
    runPods: false,
    options: {
      signing: { authorities: Object.fromEntries(signers.map((name) => [name, ca])), durationMs: 24 * 3600_000 },
      workers: defaultOptions.workers,
    },
  })
})
afterAll(() => cluster.close())

interface Wish {
  signer: string
  subject: string
  usages: string[]
  dns?: string[]
  rsa?: boolean
  expirationSeconds?: number
}

async function ask(name: string, { signer, subject, usages, dns = [], rsa = false, expirationSeconds }: Wish) {
  const x509 = await loadX509()
  const algorithm = rsa
    ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }
    : { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  if (!('privateKey' in keys)) throw new Error('no pair')
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: subject,
    keys,
    signingAlgorithm: algorithm,
    extensions:
      dns.length > 0
        ? [new x509.SubjectAlternativeNameExtension(dns.map((value) => ({ type: 'dns' as const, value })))]
        : [],
  })
  return cluster.client.create(CertificateSigningRequest, {
    metadata: { name },
    spec: {
      request: Buffer.from(request.toString('pem')).toString('base64'),
      signerName: signer,
      usages,
      ...(expirationSeconds === undefined ? {} : { expirationSeconds }),
    },
  })
}

async function decide(name: string, type: 'Approved' | 'Denied') {
  const request = await cluster.client.get(CertificateSigningRequest, { name })
  const conditions = [{ type, status: 'True', reason: 'Test', message: 'because' }]
  await cluster.client.updateSubresource(CertificateSigningRequest, { name }, 'approval', {
    ...request,
    status: { ...request.status, conditions },
  })
}

const issued = (name: string) =>
  eventually(async () => {
    const { status } = await cluster.client.get(CertificateSigningRequest, { name })
    if (!status?.certificate) throw new Error(`not yet: ${JSON.stringify(status)}`)
    return new X509Certificate(Buffer.from(status.certificate, 'base64'))
  })

const failed = (name: string) =>
  eventually(async () => {
    const { status } = await cluster.client.get(CertificateSigningRequest, { name })
    const condition = status?.conditions?.find(({ type }) => type === 'Failed')
    if (!condition) throw new Error(`not yet: ${JSON.stringify(status)}`)
    return condition
  })

const nodeWish = {
  signer: 'kubernetes.io/kube-apiserver-client-kubelet',
  subject: 'O=system:nodes, CN=system:node:n1',
  usages: ['digital signature', 'client auth'],
}

describe('a certificate request', () => {
  it('is signed once it is approved, for what it asks', async () => {
    const usages = ['client auth', 'digital signature', 'key encipherment']
    await ask('alice', { signer: signers[0] ?? '', subject: 'O=devs, CN=alice', usages, rsa: true })
    await decide('alice', 'Approved')
    const certificate = await issued('alice')
    expect(certificate.subject.split('\n').sort()).toEqual(['CN=alice', 'O=devs'])
    expect(certificate.checkIssued(authority) && certificate.verify(authority.publicKey)).toBe(true)
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
    expect(certificate.ca).toBe(false)
    const life = Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)
    expect(Math.round(life / 60_000)).toBe(24 * 60)
  })

  it('is signed for the time that it asks for, where that is less', async () => {
    await ask('short', {
      signer: signers[0] ?? '',
      subject: 'CN=alice',
      usages: ['client auth'],
      expirationSeconds: 3600,
    })
    await decide('short', 'Approved')
    const certificate = await issued('short')
    // It is good from five minutes before it was made.
    expect(Math.round((Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / 60_000)).toBe(65)
  })

  it('is not signed when it is denied', async () => {
    await ask('denied', { signer: signers[0] ?? '', subject: 'CN=eve', usages: ['client auth'] })
    await decide('denied', 'Denied')
    await ask('after', { signer: signers[0] ?? '', subject: 'CN=alice', usages: ['client auth'] })
    await decide('after', 'Approved')
    await issued('after')
    const { status } = await cluster.client.get(CertificateSigningRequest, { name: 'denied' })
    expect(status).not.toHaveProperty('certificate')
  })

  it.each([
    [
      'usage',
      { signer: signers[0], subject: 'CN=a', usages: ['server auth'] },
      'invalid usage for client certificate: server auth',
    ],
    [
      'lack',
      { signer: signers[0], subject: 'CN=a', usages: ['key encipherment'] },
      'missing required usage for client certificate: client auth',
    ],
    ['group', { ...nodeWish, subject: 'O=admins, CN=system:node:n1' }, 'subject organization is not system:nodes'],
    ['name', { ...nodeWish, subject: 'O=system:nodes, CN=n1' }, 'subject common name does not begin with system:node:'],
    ['san', { ...nodeWish, dns: ['a.example'] }, 'DNS subjectAltNames are not allowed'],
    [
      'uses',
      { ...nodeWish, usages: ['client auth'] },
      'usages did not match [client auth digital signature key encipherment]',
    ],
    [
      'none',
      { ...nodeWish, signer: signers[2], usages: ['digital signature', 'server auth'] },
      'DNS or IP subjectAltName is required',
    ],
  ])('fails when its signer may not sign it: %s', async (name, wish, message) => {
    await ask(`bad-${name}`, { ...wish, signer: wish.signer ?? '' })
    await decide(`bad-${name}`, 'Approved')
    expect(await failed(`bad-${name}`)).toMatchObject({ reason: 'SignerValidationFailure', status: 'True', message })
  })

  it('of a kubelet as a server is signed with its names', async () => {
    await ask('serving', {
      signer: signers[2] ?? '',
      subject: nodeWish.subject,
      usages: ['digital signature', 'server auth'],
      dns: ['n1', 'n1.example'],
    })
    await decide('serving', 'Approved')
    expect((await issued('serving')).subjectAltName).toBe('DNS:n1, DNS:n1.example')
  })

  it('of a node is approved by itself for who may bootstrap nodes', async () => {
    await cluster.client.create(ClusterRoleBinding, {
      metadata: { name: 'bootstrap' },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'system:certificates.k8s.io:certificatesigningrequests:nodeclient',
      },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'kubernetes-admin' }],
    })
    await ask('node', nodeWish)
    expect((await issued('node')).subject.split('\n').sort()).toEqual(['CN=system:node:n1', 'O=system:nodes'])
    const { status } = await cluster.client.get(CertificateSigningRequest, { name: 'node' })
    expect(status?.conditions?.[0]).toMatchObject({ type: 'Approved', reason: 'AutoApproved' })
  })
})

describe('an aggregated cluster role', () => {
  const rulesOf = async (name: string) => (await cluster.client.get(ClusterRole, { name })).rules ?? []

  it('follows the roles that it is made of', async () => {
    const before = await rulesOf('view')
    const rules = [{ verbs: ['get', 'list', 'watch'], apiGroups: ['example.com'], resources: ['things'] }]
    await cluster.client.create(ClusterRole, {
      metadata: { name: 'zz-things', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
      rules,
    })
    await eventually(async () => expect(await rulesOf('view')).toEqual([...before, ...rules]))
    // Through view and edit it reaches admin.
    await eventually(async () => expect(await rulesOf('admin')).toEqual(expect.arrayContaining(rules)))
    await cluster.client.delete(ClusterRole, { name: 'zz-things' })
    await eventually(async () => expect(await rulesOf('view')).toEqual(before))
  })
})
