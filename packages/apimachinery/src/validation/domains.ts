import { type FieldError, fieldInvalid, fieldRequired } from '../errors/field-errors.ts'
import { isDNS1123Label, isDNS1123Subdomain, isQualifiedName, regexError } from './names.ts'

const httpPath = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"
const httpPathRegExp = new RegExp(`^${httpPath}$`)

// As upstream: util/validation, the rules that give field errors.

/** Refuses what is no DNS name of at least three parts, such as the name of a webhook. */
export function validateFullyQualifiedName(field: string, name: string): FieldError[] {
  if (name === '') return [fieldRequired(field)]
  const refused = isDNS1123Subdomain(name)
  if (refused.length > 0) return [fieldInvalid(field, name, refused.join(','))]
  if (name.split('.').length >= 3) return []
  return [fieldInvalid(field, name, 'should be a domain with at least three segments separated by dots')]
}

/** Refuses what is no DNS name of at least two parts; it may end with a dot. */
export function validateFullyQualifiedDomainName(field: string, text: string): FieldError[] {
  if (text === '') return [fieldRequired(field)]
  const name = text.endsWith('.') ? text.slice(0, -1) : text
  const refused = isDNS1123Subdomain(name)
  if (refused.length > 0) return [fieldInvalid(field, name, refused.join(','))]
  const labels = name.split('.')
  if (labels.length < 2) {
    return [fieldInvalid(field, name, 'should be a domain with at least two segments separated by dots')]
  }
  const bad = labels.find((label) => isDNS1123Label(label).length > 0)
  return bad === undefined ? [] : [fieldInvalid(field, bad, isDNS1123Label(bad).join(','))]
}

/** Refuses what is not `domain/path`. */
export function validateDomainPrefixedPath(field: string, value: string): FieldError[] {
  if (value === '') return [fieldRequired(field)]
  const slash = value.indexOf('/')
  if (slash <= 0 || slash === value.length - 1) {
    return [fieldInvalid(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')]
  }
  const [host, path] = [value.slice(0, slash), value.slice(slash + 1)]
  const errors = isDNS1123Subdomain(host).map((detail) => fieldInvalid(field, host, detail))
  if (!httpPathRegExp.test(path)) errors.push(fieldInvalid(field, path, regexError('Invalid path', httpPath)))
  return errors
}

/** Refuses what is not `domain/name`. */
export function validateDomainPrefixedKey(field: string, key: string): FieldError[] {
  if (key === '') return [fieldRequired(field)]
  const refused = isQualifiedName(key)
  if (refused.length > 0) return refused.map((detail) => fieldInvalid(field, key, detail))
  if (key.split('/').length === 2) return []
  return [fieldInvalid(field, key, 'must be a domain-prefixed key (such as "acme.io/foo")')]
}
