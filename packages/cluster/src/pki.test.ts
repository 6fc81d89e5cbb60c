import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { planCluster } from './addresses.ts'
import { certificateRequests } from './identities.ts'
import { ensurePKI } from './pki.ts'

const now = Date.UTC(2026, 0, 1)
let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'wherry-pki-'))
})
afterEach(() => rm(dir, { recursive: true }))

const read = async (name: string) => new X509Certificate(await readFile(join(dir, `${name}.crt`)))

describe('the certificates of a cluster', async () => {
  const requests = certificateRequests(await planCluster('a', 1, [], async () => true))

  it('are signed by its authority, name their user and groups, and fit their keys', async () => {
    expect(await ensurePKI(dir, requests, now)).toBe(requests.length + 2)
    for (const { name, authority = 'ca' } of requests) {
      const certificate = await read(name)
      const ca = await read(authority)
      expect(ca.ca).toBe(true)
      expect(certificate.verify(ca.publicKey), name).toBe(true)
      expect(certificate.checkIssued(ca), name).toBe(true)
      expect(certificate.checkPrivateKey(createPrivateKey(await readFile(join(dir, `${name}.key`)))), name).toBe(true)
    }
    expect((await read('node-1')).subject).toBe('CN=system:node:node-1\nO=system:nodes')
    expect((await read('apiserver')).checkIP('127.64.0.1')).toBe('127.64.0.1')
    expect((await read('apiserver')).checkHost('kubernetes.default.svc')).toBe('kubernetes.default.svc')
  })

  it('of proxies come from an authority of their own, which makes no users', async () => {
    await ensurePKI(dir, requests, now)
    const [proxy, ca] = [await read('front-proxy-client'), await read('ca')]
    expect(proxy.subject).toBe('CN=front-proxy-client')
    expect(proxy.checkIssued(ca) || proxy.verify(ca.publicKey)).toBe(false)
  })

  it('are readable by their owner only', async () => {
    await ensurePKI(dir, requests, now)
    for (const file of ['ca.key', 'admin.key', 'sa.key']) expect((await stat(join(dir, file))).mode & 0o777).toBe(0o600)
  })

  it('are kept while they last, and made anew near their end or for other names', async () => {
    await ensurePKI(dir, requests, now)
    const before = (await read('admin')).serialNumber
    expect(await ensurePKI(dir, requests, now)).toBe(0)
    expect((await read('admin')).serialNumber).toBe(before)
    const moved = requests.map((r) => (r.name === 'node-1-server' ? { ...r, addresses: ['127.33.0.1'] } : r))
    expect(await ensurePKI(dir, moved, now)).toBe(1)
    const elevenMonths = 340 * 24 * 60 * 60 * 1000
    expect(await ensurePKI(dir, moved, now + elevenMonths)).toBe(requests.length)
    expect((await read('admin')).verify((await read('ca')).publicKey)).toBe(true)
  })
})
