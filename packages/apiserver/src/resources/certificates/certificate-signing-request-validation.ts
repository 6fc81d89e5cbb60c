import { X509Certificate } from 'node:crypto'
import type { CertificateSigningRequest } from '@wherry/api'
import {
  byteLength,
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  isDNS1123Label,
  isDNS1123Subdomain,
} from '@wherry/apimachinery'

type Request = DeepReadonly<CertificateSigningRequest>

const usages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
]
const minSeconds = 600
const maxDomain = 253
const maxPath = 571

/** As pkg/apis/certificates/validation `ValidateCertificateSigningRequestCreate`; what is stored may stay as it is. */
export function validateRequest({ spec }: Request, old?: Request): FieldError[] {
  if (old) return []
  const errors: FieldError[] = []
  if (!isPEM(spec.request ?? '')) {
    errors.push(fieldInvalid('spec.request', spec.request ?? '', 'PEM block type must be CERTIFICATE REQUEST'))
  }
  const asked = spec.usages ?? []
  if (asked.length === 0) errors.push(fieldRequired('spec.usages'))
  for (const [i, usage] of asked.entries()) {
    if (!usages.includes(usage)) errors.push(fieldNotSupported(`spec.usages[${i}]`, usage, usages))
    if (asked.indexOf(usage) < i) errors.push(fieldDuplicate(`spec.usages[${i}]`, usage))
  }
  const seconds = spec.expirationSeconds
  if (seconds !== undefined && seconds < minSeconds) {
    const detail = `may not specify a duration less than ${minSeconds} seconds (10 minutes)`
    errors.push(fieldInvalid('spec.expirationSeconds', seconds, detail))
  }
  const signer = spec.signerName ?? ''
  if (signer === 'kubernetes.io/legacy-unknown') {
    const detail = 'the legacy signerName is not allowed via this API version'
    errors.push(fieldInvalid('spec.signerName', signer, detail))
  }
  return [...errors, ...validateSignerName(signer, 'spec.signerName')]
}

/** As pkg/apis/certificates/validation `ValidateSignerName`. */
function validateSignerName(signer: string, field: string): FieldError[] {
  if (signer === '') return [fieldRequired(field)]
  const parts = signer.split('/')
  const [domain = '', path = ''] = parts
  if (parts.length !== 2) {
    const detail = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
    return [fieldInvalid(field, signer, detail)]
  }
  const labels = domain.split('.')
  const of = (part: string, label: string, refused: readonly string[]) =>
    refused.map((detail) => fieldInvalid(field, part, `validating label ${JSON.stringify(label)}: ${detail}`))
  const errors = [
    ...(byteLength(domain) > maxDomain ? [fieldTooLong(field, '', maxDomain)] : []),
    ...labels.flatMap((label) => of(domain, label, isDNS1123Label(label))),
  ]
  if (labels.length < 2) {
    errors.push(fieldInvalid(field, domain, 'should be a domain with at least two segments separated by dots'))
  }
  errors.push(...path.split('.').flatMap((label) => of(path, label, isDNS1123Subdomain(label))))
  return byteLength(path) > maxPath ? [...errors, fieldTooLong(field, '', maxPath)] : errors
}

/** The certificate is PEM, and once issued it stays; nobody but the signer's path may set it. */
export function validateCertificate({ status }: Request, old: Request, mayIssue: boolean): FieldError[] {
  const field = 'status.certificate'
  const { certificate = '' } = status ?? {}
  const before = old.status?.certificate ?? ''
  if (certificate === before) return []
  if (!mayIssue) return [fieldForbidden(field, 'updates may not set certificate content')]
  if (before !== '') return [fieldForbidden(field, 'updates may not modify existing certificate content')]
  const refused = refusalOfPEM(Buffer.from(certificate, 'base64').toString('latin1'))
  return refused === undefined ? [] : [fieldInvalid(field, '<certificate data>', refused)]
}

function refusalOfPEM(text: string): string | undefined {
  const blocks = [...text.matchAll(/-----BEGIN ([^-\n]*)-----([\s\S]*?)-----END \1-----/g)]
  for (const [block, type = '', body = ''] of blocks) {
    if (type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`
    if (body.includes(':')) return 'no PEM block headers are permitted'
    try {
      new X509Certificate(block)
    } catch {
      return 'x509: malformed certificate'
    }
  }
  return blocks.length === 0 ? 'must contain at least one CERTIFICATE PEM block' : undefined
}

/** One block, and a request in it. */
function isPEM(base64: string): boolean {
  const text = Buffer.from(base64, 'base64').toString('latin1')
  return /^-----BEGIN CERTIFICATE REQUEST-----$/m.test(text) && /^-----END CERTIFICATE REQUEST-----$/m.test(text)
}

/** Decisions are `True`, stand once each, and are not taken back; nobody is both approved and denied. */
export function validateConditions({ status }: Request, old: Request): FieldError[] {
  const errors: FieldError[] = []
  const conditions = status?.conditions ?? []
  const seen = new Set<string>()
  for (const [i, { type, status: value }] of conditions.entries()) {
    const field = `status.conditions[${i}]`
    if (!type) errors.push(fieldRequired(`${field}.type`))
    if (type === 'Approved' || type === 'Denied' || type === 'Failed') {
      if (value !== 'True') errors.push(fieldNotSupported(`${field}.status`, value, ['True']))
    } else if (!['True', 'False', 'Unknown'].includes(value)) {
      errors.push(fieldNotSupported(`${field}.status`, value, ['False', 'True', 'Unknown']))
    }
    if (seen.has(type)) errors.push(fieldDuplicate(`${field}.type`, type))
    if ((type === 'Approved' && seen.has('Denied')) || (type === 'Denied' && seen.has('Approved'))) {
      const detail = 'Approved and Denied conditions are mutually exclusive'
      errors.push(fieldInvalid(`${field}.type`, type, detail))
    }
    seen.add(type)
  }
  for (const { type } of old.status?.conditions ?? []) {
    if ((type === 'Approved' || type === 'Denied' || type === 'Failed') && !seen.has(type)) {
      const detail = `updates may not remove a condition of type ${JSON.stringify(type)}`
      errors.push({ type: 'FieldValueForbidden', field: 'status.conditions', detail })
    }
  }
  return errors
}
