import { generateKeyPairSync } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigMap } from '@wherry/api'
import { type Client, newClient } from '@wherry/client'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { main } from '../src/main.ts'
import { newTestAuthority, type TestAuthority } from '../testing/certificates.ts'

const authority: TestAuthority = newTestAuthority(Date.parse(new Date(performance.timeOrigin).toISOString()))
let folder: string
let port: number
const output: string[] = []

beforeAll(() => {
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => output.push(String(chunk)) > 0)
  return () => vi.restoreAllMocks()
})
beforeEach(async () => {
  output.length = 0
  folder = await mkdtemp(join(tmpdir(), 'wherry-main-'))
  port = await freePort()
  const { cert, key } = authority.issue('kube-apiserver')
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await writeFile(join(folder, 'server.crt'), cert)
  await writeFile(join(folder, 'server.key'), key)
  await writeFile(join(folder, 'ca.crt'), authority.ca)
  await writeFile(join(folder, 'sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

const flags = (more: Record<string, string | number> = {}) =>
  Object.entries({
    'data-dir': join(folder, 'data'),
    'secure-port': port,
    'tls-cert-file': join(folder, 'server.crt'),
    'tls-private-key-file': join(folder, 'server.key'),
    'client-ca-file': join(folder, 'ca.crt'),
    'service-account-signing-key-file': join(folder, 'sa.key'),
    'service-cluster-ip-range': '127.64.0.0/16',
    'allow-loopback-endpoints': 'true',
    ...more,
  }).map(([name, value]) => `--${name}=${value}`)

/** What the program says when it fails, in one line. */
async function failure(argv: string[]): Promise<string> {
  await main(argv)
  expect(process.exitCode).toBe(1)
  process.exitCode = 0
  return output
    .filter((line) => line.startsWith('apiserver: '))
    .join('')
    .trim()
}

async function whileServing<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const running = main(flags())
  const { cert, key } = authority.issue('admin', { organizations: ['system:masters'] })
  const client = newClient({ server: `https://127.0.0.1:${port}`, ca: authority.ca, cert, key })
  try {
    await vi.waitFor(
      async () => expect((await client.request({ method: 'GET', path: '/readyz' })).status).toBe(200),
      10_000,
    )
    return await work(client)
  } finally {
    client.close()
    process.emit('SIGTERM', 'SIGTERM')
    await running
  }
}

describe('the program', () => {
  it('serves over TLS, ends when it is told to, and comes back with what it had', async () => {
    const key = { namespace: 'default', name: 'a' }
    const created = await whileServing((client) => client.create(ConfigMap, { metadata: key, data: { x: '1' } }))
    expect(await whileServing((client) => client.get(ConfigMap, key))).toEqual(created)
    expect(process.exitCode ?? 0).toBe(0)
  })

  it('lets no one in without a certificate, but tells that it lives', async () => {
    await whileServing(async () => {
      const client = newClient({ server: `https://127.0.0.1:${port}`, ca: authority.ca })
      const refused = await client.request({ method: 'GET', path: '/api/v1/pods' })
      expect([refused.status, JSON.parse(refused.body.toString()).message]).toEqual([
        403,
        'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope',
      ])
      expect((await client.request({ method: 'GET', path: '/livez' })).status).toBe(200)
      expect((await client.request({ method: 'GET', path: '/version' })).status).toBe(200)
      client.close()
    })
  })

  it('says who has its data directory', async () => {
    const said = await whileServing(async () => failure(flags({ 'secure-port': 0 })))
    expect(said).toBe(
      `apiserver: data directory ${join(folder, 'data')} is in use by another API server: stop it, or choose another`,
    )
  })

  it('takes a certificate for extension servers with its key only', async () => {
    expect(await failure(flags({ 'proxy-client-cert-file': join(folder, 'server.crt') }))).toContain(
      '--proxy-client-cert-file and --proxy-client-key-file must be specified together',
    )
  })

  it('says that its port is in use', async () => {
    const said = await whileServing(async () => failure(flags({ 'data-dir': join(folder, 'other') })))
    expect(said).toBe(
      `apiserver: 127.0.0.1:${port} is in use: stop what listens there, or choose another --secure-port`,
    )
  })

  it('says that its data directory cannot be written to', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    await chmod(file, 0o400)
    expect(await failure(flags({ 'data-dir': join(file, 'data') }))).toBe(
      `apiserver: data directory ${join(file, 'data')} cannot be made (ENOTDIR): choose one that you may write`,
    )
  })

  it.each([
    ['a flag that it does not know', { nonsense: 1 }, 'apiserver: unknown flag: --nonsense'],
    [
      'a certificate that is not there',
      { 'tls-cert-file': '/nowhere/x' },
      'apiserver: --tls-cert-file: /nowhere/x cannot be read (ENOENT)',
    ],
    [
      'a range of ports that is none',
      { 'service-node-port-range': '9-1' },
      'apiserver: --service-node-port-range: "9-1" is no range of ports, such as 30000-32767',
    ],
    [
      'a range of Services that is none',
      { 'service-cluster-ip-range': '10.0.0.0' },
      'apiserver: service-cluster-ip-range[0] is not a valid cidr',
    ],
    [
      'ranges of Services of both families',
      { 'service-cluster-ip-range': '10.0.0.0/16,fd00::/112' },
      'apiserver: --service-cluster-ip-range: "10.0.0.0/16,fd00::/112" names several ranges: only one is there',
    ],
    [
      'an address that pods cannot reach',
      { 'allow-loopback-endpoints': 'false' },
      'apiserver: --advertise-address 127.0.0.1 is a loopback address: choose one that pods reach, or set --allow-loopback-endpoints',
    ],
    [
      'an unknown authorizer',
      { 'authorization-mode': 'Webhook' },
      'apiserver: invalid argument "Webhook" for "--authorization-mode" flag: "Webhook" is not one of Node, RBAC, AlwaysAllow, AlwaysDeny',
    ],
    [
      'an etcd, which it does not have',
      { 'etcd-servers': 'http://127.0.0.1:2379' },
      'apiserver: unknown flag: --etcd-servers: objects are kept in --data-dir, not in etcd',
    ],
    [
      'an admission plugin that upstream does not have',
      { 'disable-admission-plugins': 'Nonsense' },
      'apiserver: disable-admission-plugins plugin "Nonsense" is unknown',
    ],
    [
      'an admission plugin that is not there',
      { 'enable-admission-plugins': 'NodeRestriction,EventRateLimit' },
      expect.stringContaining('enable-admission-plugins plugin "EventRateLimit" is not there: this server has '),
    ],
    [
      'an admission plugin that is on and off',
      { 'enable-admission-plugins': 'Priority', 'disable-admission-plugins': 'Priority' },
      'apiserver: Priority in enable-admission-plugins and disable-admission-plugins overlapped',
    ],
    [
      'an issuer of ID tokens without a client',
      { 'oidc-issuer-url': 'https://127.0.0.1' },
      'apiserver: oidc-issuer-url and oidc-client-id must be specified together',
    ],
    [
      'an issuer of tokens that is no URL and looks like one',
      { 'service-account-issuer': 'http://[' },
      `apiserver: service-account-issuer "http://[" contained a ':' but was not a valid URL`,
    ],
    [
      'tokens that live for less than an hour at most',
      { 'service-account-max-token-expiration': '30m' },
      'apiserver: the service-account-max-token-expiration must be between 1 hour and 2^32 seconds',
    ],
    [
      'a cipher suite that does not exist',
      { 'tls-cipher-suites': 'TLS_NONSENSE' },
      "apiserver: Cipher suite TLS_NONSENSE not supported or doesn't exist",
    ],
    ['pprof', { profiling: 'true' }, 'apiserver: invalid argument "true" for "--profiling" flag: only false is there'],
  ])('refuses %s', async (_what, more: Record<string, string | number>, said: unknown) => {
    expect(await failure(flags(more))).toEqual(said)
  })
})
