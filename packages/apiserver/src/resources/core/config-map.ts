import { ConfigMap } from '@wherry/api'
import {
  byteLength,
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldTooLong,
  isConfigMapKey,
  semanticEqual,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'

/** What a ConfigMap's or Secret's values may sum up to. */
export const maxDataBytes = 1024 * 1024

export const configMaps = defineResource(ConfigMap, {
  shortNames: ['cm'],
  validate,
  validateUpdate(map, old) {
    return [...validateFrozen(map, old, ['data', 'binaryData'])]
  },
  columns: [
    nameColumn(),
    {
      name: 'Data',
      type: 'string',
      value: (map) => Object.keys(map.data ?? {}).length + Object.keys(map.binaryData ?? {}).length,
    },
    ageColumn(),
  ],
})

function validate(map: DeepReadonly<ConfigMap>): FieldError[] {
  const errors: FieldError[] = []
  let size = 0
  for (const [key, value] of Object.entries(map.data ?? {})) {
    errors.push(...isConfigMapKey(key).map((detail) => fieldInvalid(`data[${key}]`, key, detail)))
    if (Object.hasOwn(map.binaryData ?? {}, key)) {
      errors.push(fieldInvalid(`data[${key}]`, key, 'duplicate of key present in binaryData'))
    }
    size += byteLength(value)
  }
  for (const [key, value] of Object.entries(map.binaryData ?? {})) {
    errors.push(...isConfigMapKey(key).map((detail) => fieldInvalid(`binaryData[${key}]`, key, detail)))
    size += decodedLength(value)
  }
  // The whole object is what is too long; upstream names it so.
  if (size > maxDataBytes) errors.push(fieldTooLong('[]', '', maxDataBytes))
  return errors
}

/** Bytes that a base64 text stands for. */
export function decodedLength(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  return Math.floor((base64.length * 3) / 4) - padding
}

/** What has been marked immutable stays marked, and its data stays. Shared with Secret. */
export function validateFrozen<K extends string>(
  object: { readonly immutable?: boolean } & { readonly [key in K]?: unknown },
  old: { readonly immutable?: boolean } & { readonly [key in K]?: unknown },
  fields: readonly K[],
): FieldError[] {
  if (!old.immutable) return []
  const errors: FieldError[] = []
  const detail = 'field is immutable when `immutable` is set'
  if (!object.immutable) errors.push(fieldForbidden('immutable', detail))
  for (const field of fields) {
    if (!semanticEqual(object[field], old[field])) errors.push(fieldForbidden(field, detail))
  }
  return errors
}
