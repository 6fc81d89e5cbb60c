import { X509Certificate } from 'node:crypto'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'

/** The certificates of a PEM bundle. */
export function certificatesOf(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  return blocks.map((text) => new X509Certificate(text))
}

/**
 * Whether the certificate that a client showed leads to one of these authorities. TLS has verified the chain against
 * all authorities that the server knows: this tells whose it is.
 */
export function issuedBy(socket: TLSSocket, authorities: readonly X509Certificate[]): boolean {
  let shown: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  const seen = new Set<string>()
  while (shown?.raw && !seen.has(shown.fingerprint256)) {
    seen.add(shown.fingerprint256)
    const certificate = new X509Certificate(shown.raw)
    for (const authority of authorities) {
      if (authority.fingerprint256 === certificate.fingerprint256) return true
      if (certificate.checkIssued(authority) && certificate.verify(authority.publicKey)) return true
    }
    shown = shown.issuerCertificate
  }
  return false
}
