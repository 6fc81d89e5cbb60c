import { Secret } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldInvalid,
  fieldRequired,
  fieldTooLong,
  isConfigMapKey,
  JSONSyntaxError,
  parseJSON,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { unchanged } from '../fields.ts'
import { decodedLength, maxDataBytes, validateFrozen } from './config-map.ts'

export const secrets = defineResource(Secret, {
  setDefaults(secret) {
    secret.type ||= 'Opaque'
    // Write-only: its values go over those of `data`.
    for (const [key, text] of Object.entries(secret.stringData ?? {})) {
      ;(secret.data ??= {})[key] = Buffer.from(text, 'utf8').toString('base64')
    }
    delete secret.stringData
  },
  prepareForUpdate(secret, old) {
    secret.type ||= old.type
  },
  validate,
  validateUpdate: (secret, old) => [
    ...unchanged('type', secret.type, old.type),
    ...validateFrozen(secret, old, ['data']),
  ],
  columns: [
    nameColumn(),
    { name: 'Type', type: 'string', value: (secret) => secret.type ?? '' },
    { name: 'Data', type: 'string', value: (secret) => Object.keys(secret.data ?? {}).length },
    ageColumn(),
  ],
  selectableFields: { type: (secret) => secret.type ?? '' },
})

function validate(secret: DeepReadonly<Secret>): FieldError[] {
  const data = secret.data ?? {}
  const errors: FieldError[] = []
  let size = 0
  for (const [key, value] of Object.entries(data)) {
    errors.push(...isConfigMapKey(key).map((detail) => fieldInvalid(`data[${key}]`, key, detail)))
    size += decodedLength(value)
  }
  if (size > maxDataBytes) errors.push(fieldTooLong('data', '', maxDataBytes))
  return [...errors, ...validateType(secret)]
}

/** What each type of secret must hold. */
function validateType(secret: DeepReadonly<Secret>): FieldError[] {
  const data = secret.data ?? {}
  const annotations = secret.metadata.annotations ?? {}
  switch (secret.type) {
    case 'kubernetes.io/service-account-token':
      return annotations['kubernetes.io/service-account.name']
        ? []
        : [fieldRequired('metadata.annotations[kubernetes.io/service-account.name]')]
    case 'kubernetes.io/dockercfg':
      return validateJSON(data, '.dockercfg')
    case 'kubernetes.io/dockerconfigjson':
      return validateJSON(data, '.dockerconfigjson')
    case 'kubernetes.io/basic-auth':
      // One of the two is enough; upstream names both where neither is there.
      return 'username' in data || 'password' in data
        ? []
        : [fieldRequired('data[username]'), fieldRequired('data[password]')]
    case 'kubernetes.io/ssh-auth':
      return data['ssh-privatekey'] ? [] : [fieldRequired('data[ssh-privatekey]')]
    case 'kubernetes.io/tls':
      return ['tls.crt', 'tls.key'].flatMap((key) => (key in data ? [] : [fieldRequired(`data[${key}]`)]))
    default:
      return []
  }
}

function validateJSON(data: Readonly<Record<string, string>>, key: string): FieldError[] {
  const text = data[key]
  if (text === undefined) return [fieldRequired(`data[${key}]`)]
  // Secrets stay out of messages.
  const refuse = (detail: string) => [fieldInvalid(`data[${key}]`, '<secret contents redacted>', detail)]
  try {
    const value = parseJSON(Buffer.from(text, 'base64'))
    if (value === null || (typeof value === 'object' && !Array.isArray(value))) return []
    return refuse(`json: cannot unmarshal ${goType(value)} into Go value of type map[string]interface {}`)
  } catch (error) {
    if (error instanceof JSONSyntaxError) return refuse(error.message)
    throw error
  }
}

/** What Go calls a JSON value that is no object. */
function goType(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : 'number'
}
