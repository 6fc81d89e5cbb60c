import { type FieldError, fieldInvalid, fieldRequired, isValidIPForLegacyField, regexError } from '@wherry/apimachinery'
import { refusals } from '../../../fields.ts'
import type { Spec } from './context.ts'

const maxNameservers = 3
const maxSearches = 32
const maxSearchCharacters = 2048

/** As `validatePodDNSConfig`. */
export function validateDNSConfig({ dnsConfig, dnsPolicy }: Spec, field: string): FieldError[] {
  if (dnsPolicy === 'None') {
    if (!dnsConfig) return [fieldRequired(field, 'must provide `dnsConfig` when `dnsPolicy` is None')]
    if (!dnsConfig.nameservers?.length) {
      const detail = 'must provide at least one DNS nameserver when `dnsPolicy` is None'
      return [fieldRequired(`${field}.nameservers`, detail)]
    }
  }
  if (!dnsConfig) return []
  const errors: FieldError[] = []
  const { nameservers = [], searches = [], options = [] } = dnsConfig
  if (nameservers.length > maxNameservers) {
    const detail = `must not have more than ${maxNameservers} nameservers`
    errors.push(fieldInvalid(`${field}.nameservers`, nameservers, detail))
  }
  for (const [i, ip] of nameservers.entries()) {
    errors.push(...refusals(`${field}.nameservers[${i}]`, ip, isValidIPForLegacyField(ip)))
  }
  if (searches.length > maxSearches) {
    errors.push(fieldInvalid(`${field}.searches`, searches, `must not have more than ${maxSearches} search paths`))
  }
  if (searches.join(' ').length > maxSearchCharacters) {
    const detail = `must not have more than ${maxSearchCharacters} characters (including spaces) in the search list`
    errors.push(fieldInvalid(`${field}.searches`, searches, detail))
  }
  for (const [i, search] of searches.entries()) {
    // A single dot is the root.
    if (search === '.') continue
    const domain = search.replace(/\.$/, '')
    errors.push(...refusals(`${field}.searches[${i}]`, domain, isDomainWithUnderscores(domain)))
  }
  for (const [i, { name }] of options.entries()) {
    if (!name) errors.push(fieldRequired(`${field}.options[${i}]`, 'must not be empty'))
  }
  return errors
}

const part = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const domainPattern = `${part}(\\.${part})*`
const domainForm = new RegExp(`^${domainPattern}$`)

/** As `IsDNS1123SubdomainWithUnderscore`. */
function isDomainWithUnderscores(value: string): string[] {
  const errors = value.length > 253 ? ['must be no more than 253 characters'] : []
  if (domainForm.test(value)) return errors
  const words =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character"
  return [...errors, regexError(words, domainPattern, 'example.com')]
}
