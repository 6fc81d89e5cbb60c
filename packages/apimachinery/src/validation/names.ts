const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomain = `${label}(\\.${label})*`
const labelWithUnderscore = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const subdomainWithUnderscore = `${labelWithUnderscore}(\\.${labelWithUnderscore})*`
const label1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const wildcard = `\\*\\.${subdomain}`
const labelKey = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const labelValue = `(${labelKey})?`
const cIdentifier = '[A-Za-z_][A-Za-z0-9_]*'
const configMapKey = '[-._a-zA-Z0-9]+'
const envVarName = '[-._a-zA-Z][-._a-zA-Z0-9]*'
const headerName = '[-A-Za-z0-9]+'
const percent = '[0-9]+%'
const whole = (pattern: string): RegExp => new RegExp(`^${pattern}$`)

const labelRegExp = whole(label)
const subdomainRegExp = whole(subdomain)
const subdomainWithUnderscoreRegExp = whole(subdomainWithUnderscore)
const label1035RegExp = whole(label1035)
const wildcardRegExp = whole(wildcard)
const labelKeyRegExp = whole(labelKey)
const labelValueRegExp = whole(labelValue)
const cIdentifierRegExp = whole(cIdentifier)
const configMapKeyRegExp = whole(configMapKey)
const envVarNameRegExp = whole(envVarName)
const headerNameRegExp = whole(headerName)
const percentRegExp = whole(percent)

const subdomainWords =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
const labelKeyWords =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
const maxSubdomain = 253

const maxCharacters = (max: number): string => `must be no more than ${max} characters`
const maxBytes = (max: number): string => `must be no more than ${max} bytes`
const utf8 = new TextEncoder()

/** Length in UTF-8 bytes, which is what the API's limits count. */
export function byteLength(text: string): number {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return utf8.encode(text).length
  return text.length
}

/** A refusal that shows the pattern, with examples that fit it. */
export function regexError(words: string, pattern: string, ...examples: string[]): string {
  if (examples.length === 0) return `${words} (regex used for validation is '${pattern}')`
  return `${words} (e.g. ${examples.map((example) => `'${example}', `).join(' or ')}regex used for validation is '${pattern}')`
}

// Each validator returns its refusals in the words of upstream's util/validation and api/validate/content; none: valid.

/** One part of a DNS name (RFC 1123): pods' host names, namespaces, containers. */
export function isDNS1123Label(value: string): string[] {
  const errors = byteLength(value) > 63 ? [maxCharacters(63)] : []
  if (labelRegExp.test(value)) return errors
  if (subdomainRegExp.test(value)) return [...errors, 'must not contain dots']
  const words =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
  return [...errors, regexError(words, label, 'my-name', '123-abc')]
}

/** A DNS name (RFC 1123): the names of most objects. */
export function isDNS1123Subdomain(value: string): string[] {
  const errors = byteLength(value) > maxSubdomain ? [maxCharacters(maxSubdomain)] : []
  if (!subdomainRegExp.test(value)) errors.push(regexError(subdomainWords, subdomain, 'example.com'))
  return errors
}

/** The same where parts may contain underscores: the search domains of pods. */
export function isDNS1123SubdomainWithUnderscore(value: string): string[] {
  const errors = byteLength(value) > maxSubdomain ? [maxCharacters(maxSubdomain)] : []
  const words =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character"
  if (!subdomainWithUnderscoreRegExp.test(value)) {
    errors.push(regexError(words, subdomainWithUnderscore, 'example.com'))
  }
  return errors
}

/** A DNS label that starts with a letter (RFC 1035): the names of Services. */
export function isDNS1035Label(value: string): string[] {
  const errors = byteLength(value) > 63 ? [maxCharacters(63)] : []
  const words =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character"
  if (!label1035RegExp.test(value)) errors.push(regexError(words, label1035, 'my-name', 'abc-123'))
  return errors
}

/** `*.example.com` */
export function isWildcardDNS1123Subdomain(value: string): string[] {
  const errors = byteLength(value) > maxSubdomain ? [maxCharacters(maxSubdomain)] : []
  const words =
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character"
  if (!wildcardRegExp.test(value)) errors.push(regexError(words, wildcard, '*.example.com'))
  return errors
}

/** The key of a label: a name, or `domain/name`. */
export function isQualifiedName(value: string): string[] {
  const parts = value.split('/')
  const examples = ['MyName', 'my.name', '123-abc']
  if (parts.length > 2) {
    const words = regexError(labelKeyWords, labelKey, ...examples)
    return [`a valid label key ${words} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  }
  const errors: string[] = []
  const name = parts.at(-1) ?? ''
  if (parts.length === 2) {
    const prefix = parts[0] ?? ''
    if (prefix === '') errors.push('prefix part must be non-empty')
    else {
      if (byteLength(prefix) > maxSubdomain) errors.push(`prefix part ${maxBytes(maxSubdomain)}`)
      if (!subdomainRegExp.test(prefix)) {
        errors.push(`prefix part ${regexError(subdomainWords, subdomain, 'example.com')}`)
      }
    }
  }
  if (name === '') errors.push('name part must be non-empty')
  else if (byteLength(name) > 63) errors.push(`name part ${maxBytes(63)}`)
  if (!labelKeyRegExp.test(name)) errors.push(`name part ${regexError(labelKeyWords, labelKey, ...examples)}`)
  return errors
}

export function isValidLabelValue(value: string): string[] {
  const errors = byteLength(value) > 63 ? [maxBytes(63)] : []
  const words =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
  if (!labelValueRegExp.test(value)) errors.push(regexError(words, labelValue, 'MyValue', 'my_value', '12345'))
  return errors
}

/** The key of a ConfigMap or Secret: it becomes a file's name. */
export function isConfigMapKey(value: string): string[] {
  const errors = byteLength(value) > maxSubdomain ? [maxCharacters(maxSubdomain)] : []
  const words = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
  if (!configMapKeyRegExp.test(value)) {
    errors.push(regexError(words, configMapKey, 'key.name', 'KEY_NAME', 'key-name'))
  }
  return [...errors, ...leadsUpwards(value)]
}

function leadsUpwards(value: string): string[] {
  if (value === '.' || value === '..') return [`must not be '${value}'`]
  return value.startsWith('..') ? [`must not start with '..'`] : []
}

/** The name of an environment variable as it always was; `isRelaxedEnvVarName` is what the API asks now. */
export function isEnvVarName(value: string): string[] {
  const words =
    "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit"
  const errors = envVarNameRegExp.test(value)
    ? []
    : [regexError(words, envVarName, 'my.env-name', 'MY_ENV.NAME', 'MyEnvName1')]
  return [...errors, ...leadsUpwards(value)]
}

/** The name of an environment variable: printable ASCII without `=`. */
export function isRelaxedEnvVarName(value: string): string[] {
  if (value === '') return ['environment variable name must be non-empty']
  return /^[ -<>-~]+$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
}

export function isCIdentifier(value: string): string[] {
  const words =
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'"
  return cIdentifierRegExp.test(value) ? [] : [regexError(words, cIdentifier, 'my_name', 'MY_NAME', 'MyName')]
}

export function isInRange(value: number, min: number, max: number): string[] {
  return value >= min && value <= max ? [] : [`must be between ${min} and ${max}, inclusive`]
}

export function isPortNum(port: number): string[] {
  return isInRange(port, 1, 65535)
}

export function isUserID(id: number): string[] {
  return isInRange(id, 0, 2147483647)
}

export const isGroupID = isUserID

/** The name of a port (an IANA service name): up to 15 lower case letters, digits and hyphens. */
export function isPortName(value: string): string[] {
  const errors: string[] = []
  if (byteLength(value) > 15) errors.push(maxCharacters(15))
  if (!/^[-a-z0-9]+$/.test(value)) {
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  }
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)')
  if (value.includes('--')) errors.push('must not contain consecutive hyphens')
  if (value.startsWith('-') || value.endsWith('-')) errors.push('must not begin or end with a hyphen')
  return errors
}

export function isPercent(value: string): string[] {
  const words = "a valid percent string must be a numeric string followed by an ending '%'"
  return percentRegExp.test(value) ? [] : [regexError(words, percent, '1%', '93%')]
}

export function isHTTPHeaderName(value: string): string[] {
  const words = "a valid HTTP header must consist of alphanumeric characters or '-'"
  return headerNameRegExp.test(value) ? [] : [regexError(words, headerName, 'X-Header-Name')]
}

/** A DNS name of at least two parts; it may end with a dot. */
export function isFullyQualifiedDomainName(value: string): string[] {
  const name = value.endsWith('.') ? value.slice(0, -1) : value
  const errors = isDNS1123Subdomain(name)
  if (errors.length > 0) return [errors.join(',')]
  const parts = name.split('.')
  if (parts.length < 2) return ['should be a domain with at least two segments separated by dots']
  return parts.flatMap((part) => {
    const refusals = isDNS1123Label(part)
    return refusals.length > 0 ? [refusals.join(',')] : []
  })
}

/** Names that stand in a URL's path as they are, with no other rule: roles, bindings. */
export function isPathSegmentName(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`]
  return ['/', '%'].flatMap((part) => (value.includes(part) ? [`may not contain '${part}'`] : []))
}

/** A `generateName` as the name that it begins: a dash at its end will not be the last character. */
export function namePrefix(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name
}

/** Refusals of an object's name; `prefix` is true where it is a `generateName`. */
export type ValidateName = (name: string, prefix: boolean) => string[]

export const nameIsDNSSubdomain: ValidateName = (name, prefix) => isDNS1123Subdomain(prefix ? namePrefix(name) : name)
export const nameIsDNSLabel: ValidateName = (name, prefix) => isDNS1123Label(prefix ? namePrefix(name) : name)
export const nameIsDNS1035Label: ValidateName = (name, prefix) => isDNS1035Label(prefix ? namePrefix(name) : name)
export const nameIsPathSegment: ValidateName = (name) => isPathSegmentName(name)
