import { createPrivateKey, X509Certificate } from 'node:crypto'
import { expect, it } from 'vitest'
import { selfSignedCertificate } from './self-signed.ts'

it('a self-signed certificate is good for its names and addresses, and its own authority', () => {
  const now = Date.UTC(2026, 0, 1)
  const { cert, key } = selfSignedCertificate('127.0.0.1', ['localhost', 'fd00::1'], now)
  const certificate = new X509Certificate(cert)
  expect(certificate.subjectAltName).toBe('IP Address:127.0.0.1, DNS:localhost, IP Address:FD00:0:0:0:0:0:0:1')
  expect([certificate.checkIP('127.0.0.1'), certificate.checkHost('localhost')]).toEqual(['127.0.0.1', 'localhost'])
  expect(certificate.checkIP('127.0.0.2')).toBeUndefined()
  expect(certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey)).toBe(true)
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true)
  expect(certificate.ca).toBe(true)
  expect([Date.parse(certificate.validFrom) < now, Date.parse(certificate.validTo) > now]).toEqual([true, true])
})
