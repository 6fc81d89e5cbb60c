import {
  byteLength,
  type FieldError,
  fieldInvalid,
  fieldRequired,
  fieldTooLong,
  isCIdentifier,
  isDNS1123Label,
  isDNS1123Subdomain,
  isQualifiedName,
  isValidLabelValue,
} from '@wherry/apimachinery'
import { refusals } from '../fields.ts'

const maxDriver = 63
const maxPool = 253
const maxId = 32
/** Longest key of an attribute or a capacity that errors show. */
export const maxQualifiedName = 63 + 1 + maxId

/** The name of a driver; as those of CSI drivers. */
export function validateDriver(name: string, field: string): FieldError[] {
  const errors: FieldError[] = name === '' ? [fieldRequired(field)] : []
  if (byteLength(name) > maxDriver) errors.push(fieldTooLong(field, '', maxDriver))
  return [...errors, ...refusals(field, name, isDNS1123Subdomain(name.toLowerCase()))]
}

export const validateLabelPart = (name: string, field: string): FieldError[] =>
  refusals(field, name, isDNS1123Label(name))

export const validateSubdomain = (name: string, field: string): FieldError[] =>
  refusals(field, name, isDNS1123Subdomain(name))

export const validateLabelName = (name: string, field: string): FieldError[] =>
  refusals(field, name, isQualifiedName(name))

export const validateLabelValue = (value: string, field: string): FieldError[] =>
  refusals(field, value, isValidLabelValue(value))

/** Subdomains, with slashes between them. */
export function validatePool(name: string, field: string): FieldError[] {
  if (name === '') return [fieldRequired(field)]
  const errors = byteLength(name) > maxPool ? [fieldTooLong(field, '', maxPool)] : []
  return [...errors, ...name.split('/').flatMap((part) => validateSubdomain(part, field))]
}

/** The name of an attribute or a capacity: an identifier, which may have a driver's domain in front. */
export function validateQualifiedName(name: string, field: string): FieldError[] {
  const parts = name.split('/')
  const [first = '', second = ''] = parts
  if (parts.length === 1) return validateIdentifier(first, field)
  if (parts.length > 2) return [fieldInvalid(field, name, 'must not contain more than one slash')]
  return [
    ...(first === '' ? [fieldInvalid(field, '', 'the domain must not be empty')] : validateDriver(first, field)),
    ...(second === '' ? [fieldInvalid(field, '', 'the name must not be empty')] : validateIdentifier(second, field)),
  ]
}

export function validateDomainName(name: string, field: string): FieldError[] {
  const errors = validateQualifiedName(name, field)
  if (name.includes('/')) return errors
  const detail = 'a fully qualified name must be a domain and a name separated by a slash'
  return [...errors, fieldInvalid(field, name, detail)]
}

function validateIdentifier(id: string, field: string): FieldError[] {
  const errors = byteLength(id) > maxId ? [fieldTooLong(field, '', maxId)] : []
  return [...errors, ...refusals(field, id, isCIdentifier(id))]
}

/** A uid in its canonical form. */
export function validateUID(uid: string, field: string): FieldError[] {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uid)) return []
  const parsed = /^(urn:uuid:)?\{?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i.test(uid)
  const detail = parsed
    ? 'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters'
    : `error validating uid: ${[36, 32, 38, 45].includes(uid.length) ? 'invalid UUID format' : `invalid UUID length: ${uid.length}`}`
  return [fieldInvalid(field, uid, detail)]
}

/** A key as errors show it: cut in the middle where it is too long. */
export function shortKey(key: string, max: number): string {
  if (key.length <= max) return key
  const rest = max - 3
  return `${key.slice(0, Math.floor((rest + 1) / 2))}...${key.slice(key.length - Math.floor(rest / 2))}`
}
