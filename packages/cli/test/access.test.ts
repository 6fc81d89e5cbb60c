import { CertificateSigningRequest, ClusterRole, ClusterRoleBinding } from '@wherry/api'
import { startTestServer, type TestServer } from '@wherry/apiserver/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newTestCLI, type TestCLI } from '../testing/index.ts'

let server: TestServer
let cli: TestCLI

beforeAll(async () => {
  server = await startTestServer()
  cli = newTestCLI(server.url)
})

afterAll(() => server.close())

const done = (stdout: string) => ({ code: 0, stdout, stderr: '' })

/** A request of CN=alice, in DER. */
const der = [
  'MIHKMHICAQAwEDEOMAwGA1UEAwwFYWxpY2UwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQYIvHFG77NnwScugvh8by7uQNfeVP6',
  'ewUGuPy7GE1gORQTNLFE9NH4W0rSX5MhewEE06YSUinIqpXz8dxHDhrboAAwCgYIKoZIzj0EAwIDSAAwRQIgLQhedfkMjtQJNCAX',
  '+ryetjpQhkv7n8+fnaOYBvSC5IcCIQCXZn6bRu3k2NSNjQi9xP7VhnGJmGzjEh15aVGc1geBtA==',
].join('')

describe('certificate', () => {
  const request = (name: string) => ({
    metadata: { name },
    spec: {
      request: Buffer.from(`-----BEGIN CERTIFICATE REQUEST-----\n${der}\n-----END CERTIFICATE REQUEST-----\n`).toString(
        'base64',
      ),
      signerName: 'example.com/signer',
      usages: ['client auth'],
    },
  })
  const conditions = async (name: string) =>
    (await server.client.get(CertificateSigningRequest, { name })).status?.conditions ?? []

  it('approves and denies requests, once', async () => {
    for (const name of ['good', 'bad']) await server.client.create(CertificateSigningRequest, request(name))
    const name = 'certificatesigningrequest.certificates.k8s.io'
    expect(await cli.run('certificate approve good')).toEqual(done(`${name}/good approved\n`))
    expect(await cli.run('certificate deny csr/bad')).toEqual(done(`${name}/bad denied\n`))
    expect(await conditions('good')).toMatchObject([
      {
        type: 'Approved',
        status: 'True',
        reason: 'KubectlApprove',
        message: 'This CSR was approved by kubectl certificate approve.',
      },
    ])
    expect(await conditions('bad')).toMatchObject([{ type: 'Denied', reason: 'KubectlDeny' }])
    expect(await cli.run('certificate approve good')).toEqual(done(`${name}/good approved\n`))
    expect(await cli.run('certificate approve bad')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: certificate signing request "bad" is already Denied\n',
    })
  })

  it('wants a name, of a request that is there', async () => {
    expect(await cli.run('certificate approve')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('error: one or more CSRs must be specified as <name> or -f <filename>'),
    })
    expect(await cli.run('certificate approve nobody')).toMatchObject({
      code: 1,
      stderr: 'Error from server (NotFound): certificatesigningrequests.certificates.k8s.io "nobody" not found\n',
    })
  })
})

describe('auth reconcile', () => {
  const role = (...resources: string[]) =>
    `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\nrules:\n${resources
      .map((one) => `- {apiGroups: [""], resources: [${one}], verbs: [get]}\n`)
      .join('')}`
  const binding = (roleName: string, ...users: string[]) =>
    `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${roleName}}\nsubjects:\n${users
      .map((one) => `- {apiGroup: rbac.authorization.k8s.io, kind: User, name: ${one}}\n`)
      .join('')}`
  const reconcile = (text: string, ...flags: string[]) =>
    cli.run(['auth', 'reconcile', '-f', '-', ...flags], { stdin: text })
  const resources = async () =>
    (await server.client.get(ClusterRole, { name: 'r' })).rules?.flatMap((rule) => rule.resources ?? [])
  const bound = async () => {
    const { roleRef, subjects } = await server.client.get(ClusterRoleBinding, { name: 'b' })
    return [roleRef.name, ...(subjects ?? []).map(({ name }) => name)]
  }

  it('makes roles, adds what they lack, and takes what is too much where it is told to', async () => {
    const said = done('clusterrole.rbac.authorization.k8s.io/r reconciled\n')
    expect(await reconcile(role('pods'))).toEqual(said)
    expect(await reconcile(role('services'))).toEqual(said)
    expect(await resources()).toEqual(['pods', 'services'])
    expect(await reconcile(role('services'), '--remove-extra-permissions')).toEqual(said)
    expect(await resources()).toEqual(['services'])
  })

  it('adds subjects to bindings, and makes them anew for another role', async () => {
    await reconcile(binding('r', 'a'))
    await reconcile(binding('r', 'b'))
    expect(await bound()).toEqual(['r', 'a', 'b'])
    await reconcile(binding('r', 'b'), '--remove-extra-subjects')
    expect(await bound()).toEqual(['r', 'b'])
    await reconcile(binding('view', 'c'))
    expect(await bound()).toEqual(['view', 'c'])
  })
})
