import { webcrypto } from 'node:crypto'
import type { Pkcs10CertificateRequest } from '@peculiar/x509'

export type X509 = typeof import('@peculiar/x509')

/** The library for certificates, which nothing needs before the first request. */
export async function loadX509(): Promise<X509> {
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  x509.cryptoProvider.set(webcrypto)
  return x509
}

/** What a certificate request asks for. */
export interface ParsedRequest {
  readonly commonName: string
  readonly organizations: readonly string[]
  readonly dnsNames: readonly string[]
  readonly addresses: readonly string[]
  readonly emails: readonly string[]
  readonly uris: readonly string[]
  /** The request itself, for who signs it. */
  readonly raw: Pkcs10CertificateRequest
}

/** Reads `spec.request`; throws for what is no PEM block of a request (upstream `pkg/apis/certificates` `ParseCSR`). */
export function parseRequest(base64: string, x509: X509): ParsedRequest {
  const pem = Buffer.from(base64, 'base64').toString('latin1')
  const [, body] = /-----BEGIN CERTIFICATE REQUEST-----([\s\S]*?)-----END CERTIFICATE REQUEST-----/.exec(pem) ?? []
  if (body === undefined) throw new Error('PEM block type must be CERTIFICATE REQUEST')
  const raw = new x509.Pkcs10CertificateRequest(Buffer.from(body, 'base64'))
  const names = raw.extensions.flatMap((one) =>
    one instanceof x509.SubjectAlternativeNameExtension ? one.names.items : [],
  )
  const ofType = (type: string) => names.filter((name) => name.type === type).map((name) => name.value)
  return {
    commonName: raw.subjectName.getField('CN')[0] ?? '',
    organizations: raw.subjectName.getField('O'),
    dnsNames: ofType('dns'),
    addresses: ofType('ip'),
    emails: ofType('email'),
    uris: ofType('url'),
    raw,
  }
}
