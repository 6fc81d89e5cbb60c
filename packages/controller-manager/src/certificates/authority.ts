import { createPrivateKey, type KeyObject, randomBytes, webcrypto } from 'node:crypto'
import type { Extension } from '@peculiar/x509'
import type { ParsedRequest, X509 } from './request.ts'

/** A certificate authority's files. */
export interface KeyPair {
  /** Both in PEM. */
  readonly cert: string
  readonly key: string
}

export interface SigningPolicy {
  readonly usages: readonly string[]
  readonly ttlMs: number
  readonly now: number
}

/** Clocks differ: a certificate is valid from a little before it was made. */
const backdateMs = 5 * 60_000
/** One that lives for less than this is not shortened by that. */
const shortMs = 8 * 3600_000

/**
 * Signs what a request asks for as it is, but for who may sign and how long it is good (upstream
 * `controller/certificates/authority/policies.go` `PermissiveSigningPolicy`). Throws where the request is not signed by
 * its own key.
 */
export async function signRequest(
  request: ParsedRequest,
  { cert, key }: KeyPair,
  { usages, ttlMs, now }: SigningPolicy,
  x509: X509,
): Promise<string> {
  if (!(await request.raw.verify())) throw new Error('unable to verify certificate request signature')
  const authority = new x509.X509Certificate(cert)
  const { signingKey, algorithm } = await importKey(createPrivateKey(key))
  const wanted = now + ttlMs - (ttlMs < shortMs ? 0 : backdateMs)
  const names = request.raw.extensions.filter((one) => one instanceof x509.SubjectAlternativeNameExtension)
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: request.raw.subjectName,
    issuer: authority.subjectName,
    notBefore: new Date(now - backdateMs),
    notAfter: new Date(Math.min(wanted, authority.notAfter.getTime())),
    publicKey: request.raw.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      ...usageExtensions(usages, x509),
      new x509.BasicConstraintsExtension(false, undefined, true),
      await x509.AuthorityKeyIdentifierExtension.create(authority),
      ...names,
    ],
  })
  return `${certificate.toString('pem').trimEnd()}\n`
}

/** Upstream's names of usages, as X.509 knows them. */
function usageExtensions(usages: readonly string[], x509: X509): Extension[] {
  const { KeyUsageFlags: flag, ExtendedKeyUsage: extended } = x509
  const plain: Readonly<Record<string, number>> = {
    signing: flag.digitalSignature,
    'digital signature': flag.digitalSignature,
    'content commitment': flag.nonRepudiation,
    'key encipherment': flag.keyEncipherment,
    'key agreement': flag.keyAgreement,
    'data encipherment': flag.dataEncipherment,
    'cert sign': flag.keyCertSign,
    'crl sign': flag.cRLSign,
    'encipher only': flag.encipherOnly,
    'decipher only': flag.decipherOnly,
  }
  const extra: Readonly<Record<string, string>> = {
    any: '2.5.29.37.0',
    'server auth': extended.serverAuth,
    'client auth': extended.clientAuth,
    'code signing': extended.codeSigning,
    'email protection': extended.emailProtection,
    's/mime': extended.emailProtection,
    'ipsec end system': '1.3.6.1.5.5.7.3.5',
    'ipsec tunnel': '1.3.6.1.5.5.7.3.6',
    'ipsec user': '1.3.6.1.5.5.7.3.7',
    timestamping: extended.timeStamping,
    'ocsp signing': extended.ocspSigning,
    'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
    'netscape sgc': '2.16.840.1.113730.4.1',
  }
  const bits = usages.reduce((all, usage) => all | (plain[usage] ?? 0), 0)
  const oids = usages.flatMap((usage) => extra[usage] ?? [])
  return [
    ...(bits === 0 ? [] : [new x509.KeyUsagesExtension(bits, true)]),
    ...(oids.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension([...new Set(oids)])]),
  ]
}

async function importKey(key: KeyObject) {
  const algorithm = algorithmOf(key)
  const der = key.export({ type: 'pkcs8', format: 'der' })
  return { signingKey: await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']), algorithm }
}

function algorithmOf(key: KeyObject) {
  if (key.asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const curve = key.asymmetricKeyDetails?.namedCurve ?? ''
  const known = { prime256v1: ['P-256', 'SHA-256'], secp384r1: ['P-384', 'SHA-384'], secp521r1: ['P-521', 'SHA-512'] }
  for (const [name, [namedCurve = '', hash = '']] of Object.entries(known)) {
    if (name === curve) return { name: 'ECDSA', namedCurve, hash }
  }
  throw new Error(`certificates cannot be signed with a key of type ${key.asymmetricKeyType} ${curve}`)
}

/** A positive number of 127 bits, as RFC 5280 asks. */
function serial(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}
