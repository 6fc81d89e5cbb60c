import { generateKeyPair, randomBytes, webcrypto, X509Certificate } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { codeOf } from './home.ts'

/** `front-proxy-ca` vouches for who may say in headers who asks: nobody whom it vouches for is a user. */
export type AuthorityName = 'ca' | 'front-proxy-ca'

export interface CertificateRequest {
  /** The file names: NAME.crt and NAME.key. */
  name: string
  /** A user name for clients, a host name for servers. */
  commonName: string
  /** Groups, for clients. */
  organizations?: readonly string[]
  usage: 'client' | 'server'
  /** Who signs; `ca` unless told. */
  authority?: AuthorityName
  dnsNames?: readonly string[]
  addresses?: readonly string[]
}

type X509 = typeof import('@peculiar/x509')

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const day = 24 * 60 * 60 * 1000
const authorityDays = 3650
const leafDays = 365
const renewalDays = 30

/**
 * Makes the certificate authorities of a cluster and the certificates that are missing, near their end, or made for
 * other names; all files are their owner's alone. Returns how many were made.
 */
export async function ensurePKI(dir: string, requests: readonly CertificateRequest[], now: number): Promise<number> {
  await ensureServiceAccountKey(dir)
  const names = new Set(['ca' as const, ...requests.map(({ authority = 'ca' }) => authority)])
  const made = await Promise.all([...names].map((name) => ensureSigned(dir, name, requests, now)))
  return made.reduce((sum, count) => sum + count, 0)
}

/** One authority with all that it signs. */
async function ensureSigned(
  dir: string,
  name: AuthorityName,
  requests: readonly CertificateRequest[],
  now: number,
): Promise<number> {
  const stale: CertificateRequest[] = []
  const present = await readPair(dir, name)
  for (const request of requests.filter(({ authority = 'ca' }) => authority === name)) {
    const pair = await readPair(dir, request.name)
    if (!present || !pair || !serves(pair.certificate, request, now)) stale.push(request)
  }
  if (present && stale.length === 0) return 0
  const x509 = await loadX509()
  const authority = present ? await importAuthority(x509, present) : await makeAuthority(x509, dir, name, now)
  await Promise.all(stale.map((request) => makeLeaf(x509, dir, authority, request, now)))
  return stale.length + (present ? 0 : 1)
}

async function loadX509(): Promise<X509> {
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  x509.cryptoProvider.set(webcrypto)
  return x509
}

interface Pair {
  certificate: string
  key: string
}

async function readPair(dir: string, name: string): Promise<Pair | undefined> {
  try {
    const [certificate, key] = await Promise.all([
      readFile(join(dir, `${name}.crt`), 'utf8'),
      readFile(join(dir, `${name}.key`), 'utf8'),
    ])
    return { certificate, key }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Whether a certificate is good for the request for a while yet. */
function serves(pem: string, request: CertificateRequest, now: number): boolean {
  const certificate = new X509Certificate(pem)
  const names = certificate.subjectAltName ?? ''
  return (
    Date.parse(certificate.validTo) - now > renewalDays * day &&
    (request.dnsNames ?? []).every((name) => names.includes(`DNS:${name}`)) &&
    (request.addresses ?? []).every((address) => names.includes(`IP Address:${address}`))
  )
}

interface Authority {
  certificate: InstanceType<X509['X509Certificate']>
  key: webcrypto.CryptoKey
}

async function makeAuthority(x509: X509, dir: string, name: AuthorityName, now: number): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=wherry-${name}`,
    notBefore: new Date(now - day),
    notAfter: new Date(now + authorityDays * day),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  await writePair(dir, name, certificate.toString('pem'), await exportKey(keys.privateKey))
  return { certificate, key: keys.privateKey }
}

async function importAuthority(x509: X509, { certificate, key }: Pair): Promise<Authority> {
  const der = Buffer.from(key.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  return {
    certificate: new x509.X509Certificate(certificate),
    key: await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']),
  }
}

async function makeLeaf(
  x509: X509,
  dir: string,
  authority: Authority,
  request: CertificateRequest,
  now: number,
): Promise<void> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const { dnsNames = [], addresses = [] } = request
  const names = [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...addresses.map((value) => ({ type: 'ip' as const, value })),
  ]
  const usage = request.usage === 'client' ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: [{ CN: [request.commonName] }, ...(request.organizations ?? []).map((group) => ({ O: [group] }))],
    issuer: authority.certificate.subject,
    notBefore: new Date(now - day),
    notAfter: new Date(now + leafDays * day),
    signingKey: authority.key,
    publicKey: keys.publicKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usage]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  })
  await writePair(dir, request.name, certificate.toString('pem'), await exportKey(keys.privateKey))
}

/** The key pair that signs service account tokens: it belongs to no certificate. */
async function ensureServiceAccountKey(dir: string): Promise<void> {
  if (await readFile(join(dir, 'sa.key')).catch(() => undefined)) return
  const { privateKey, publicKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
  await writePrivate(join(dir, 'sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }).toString())
  await writePrivate(join(dir, 'sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`
}

/** The key first: a certificate without its key must never be found. */
async function writePair(dir: string, name: string, certificate: string, key: string): Promise<void> {
  await writePrivate(join(dir, `${name}.key`), key)
  await writePrivate(join(dir, `${name}.crt`), `${certificate.trimEnd()}\n`)
}

async function writePrivate(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`
  await writeFile(temporary, text, { mode: 0o600 })
  await rename(temporary, path)
}

/** A positive number of 127 bits, as RFC 5280 asks. */
function serial(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}
