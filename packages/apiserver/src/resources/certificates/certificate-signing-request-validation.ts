import type { CertificateSigningRequest } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
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

/** As pkg/apis/certificates/validation `ValidateCertificateSigningRequestCreate`. */
export function validateRequest({ spec }: Request): FieldError[] {
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
  const signer = spec.signerName ?? ''
  if (signer === '') errors.push(fieldRequired('spec.signerName'))
  else if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/.+$/.test(signer)) {
    const detail = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
    errors.push(fieldInvalid('spec.signerName', signer, detail))
  }
  const seconds = spec.expirationSeconds
  if (seconds !== undefined && seconds < minSeconds) {
    errors.push(
      fieldInvalid(
        'spec.expirationSeconds',
        seconds,
        `may not specify a duration less than ${minSeconds} seconds (10 minutes)`,
      ),
    )
  }
  return errors
}

function isPEM(base64: string): boolean {
  return /-----BEGIN (NEW )?CERTIFICATE REQUEST-----/.test(Buffer.from(base64, 'base64').toString('latin1'))
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
