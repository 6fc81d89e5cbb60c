import type { CertificateSigningRequest } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { createErrors, updateErrors } from '../../../testing/field-errors.ts'
import { certificateSigningRequests } from './certificate-signing-request.ts'

const encode = (text: string) => Buffer.from(text).toString('base64')
const pem = encode('-----BEGIN CERTIFICATE REQUEST-----\nMA==\n-----END CERTIFICATE REQUEST-----\n')
const request = (spec: Partial<CertificateSigningRequest['spec']>, status = {}): CertificateSigningRequest => ({
  metadata: { name: 'r' },
  spec: { request: pem, signerName: 'a.io/b', usages: ['client auth'], ...spec },
  status,
})

describe('a certificate request', () => {
  it.each<[spec: Partial<CertificateSigningRequest['spec']>, ...errors: string[]]>([
    [{}],
    [{ expirationSeconds: 600, usages: ['server auth', 'digital signature'] }],
    [
      { request: encode('x') },
      `spec.request: Invalid value: "${encode('x')}": PEM block type must be CERTIFICATE REQUEST`,
    ],
    [{ usages: [] }, 'spec.usages: Required value'],
    [{ usages: ['any', 'any'] }, 'spec.usages[1]: Duplicate value: "any"'],
    [{ usages: ['x'] }, expect.stringMatching(/^spec.usages\[0\]: Unsupported value: "x": supported values: "any", /)],
    [
      { expirationSeconds: 599 },
      'spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)',
    ],
    [{ signerName: '' }, 'spec.signerName: Required value'],
    [
      { signerName: 'kubernetes.io/legacy-unknown' },
      'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version',
    ],
    [
      { signerName: 'a.io/b/c' },
      'spec.signerName: Invalid value: "a.io/b/c": must be a fully qualified domain and path of the form \'example.com/signer-name\'',
    ],
    [
      { signerName: 'a/b' },
      'spec.signerName: Invalid value: "a": should be a domain with at least two segments separated by dots',
    ],
    [
      { signerName: 'A.io/b' },
      expect.stringContaining('spec.signerName: Invalid value: "A.io": validating label "A": '),
    ],
    [{ signerName: 'a.io/B' }, expect.stringContaining('spec.signerName: Invalid value: "B": validating label "B": ')],
  ])('%j', (spec, ...errors) => {
    expect(createErrors(certificateSigningRequests, request(spec))).toEqual(errors)
  })

  it.each<[certificate: string, before: string, ...errors: string[]]>([
    ['', ''],
    [encode('x'), encode('x')],
    [encode('y'), encode('x'), 'status.certificate: Forbidden: updates may not modify existing certificate content'],
    [
      encode('x'),
      '',
      'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
    ],
    [
      encode('-----BEGIN KEY-----\nMA==\n-----END KEY-----'),
      '',
      'status.certificate: Invalid value: "<certificate data>": only CERTIFICATE PEM blocks are allowed, found "KEY"',
    ],
  ])('is issued as %s after %j', (certificate, before, ...errors) => {
    const old = request({}, before === '' ? {} : { certificate: before })
    const next = request({}, certificate === '' ? {} : { certificate })
    expect(updateErrors(certificateSigningRequests, next, old, 'status')).toEqual(errors)
  })

  it('is decided once, and one way', () => {
    const condition = (type: string) => ({ type, status: 'True' })
    const approved = request({}, { conditions: [condition('Approved')] })
    const both = request({}, { conditions: [condition('Approved'), condition('Denied')] })
    expect(updateErrors(certificateSigningRequests, both, approved, 'approval')).toEqual([
      'status.conditions[1].type: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
    ])
    expect(updateErrors(certificateSigningRequests, request({}), approved, 'approval')).toEqual([
      'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
    ])
  })
})
