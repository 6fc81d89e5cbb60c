import type { CustomResourceColumnDefinition, CustomResourceSubresources, SelectableField } from '@wherry/api'
import {
  child,
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldInvalid,
  fieldRequired,
  fieldTooMany,
  index,
} from '@wherry/apimachinery'
import type { Schema } from '../schema/schema.ts'
import { schemaAt } from './schema-path.ts'

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string']
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password']

/** As upstream: `ValidateCustomResourceColumnDefinition`. */
export function columnErrors(column: DeepReadonly<CustomResourceColumnDefinition>, path: string): FieldError[] {
  const { name = '', type = '', format = '', jsonPath = '' } = column
  const errors: FieldError[] = []
  if (name === '') errors.push(fieldRequired(child(path, 'name')))
  const types = `must be one of ${columnTypes.join(',')}`
  if (type === '') errors.push(fieldRequired(child(path, 'type'), types))
  else if (!columnTypes.includes(type)) errors.push(fieldInvalid(child(path, 'type'), type, types))
  if (format !== '' && !columnFormats.includes(format)) {
    errors.push(fieldInvalid(child(path, 'format'), format, `must be one of ${columnFormats.join(',')}`))
  }
  if (jsonPath === '') errors.push(fieldRequired(child(path, 'JSONPath')))
  else errors.push(...simplePathErrors(jsonPath, child(path, 'JSONPath')))
  return errors
}

/** As upstream: `ValidateCustomResourceDefinitionSubresources`. */
export function subresourceErrors(
  subresources: DeepReadonly<CustomResourceSubresources> | undefined,
  path: string,
): FieldError[] {
  const scale = subresources?.scale
  if (!scale) return []
  const { specReplicasPath = '', statusReplicasPath = '', labelSelectorPath = '' } = scale
  const errors: FieldError[] = []
  const under = (name: string, value: string, roots: readonly string[], where: string) => {
    const at = `${path}.scale.${name}`
    const refused = simplePathErrors(value, at)
    if (refused.length > 0) errors.push(...refused)
    else if (!roots.some((root) => value.startsWith(root))) {
      errors.push(fieldInvalid(at, value, `should be a json path under ${where}`))
    }
  }
  if (specReplicasPath === '') errors.push(fieldRequired(`${path}.scale.specReplicasPath`))
  else under('specReplicasPath', specReplicasPath, ['.spec.'], '.spec')
  if (statusReplicasPath === '') errors.push(fieldRequired(`${path}.scale.statusReplicasPath`))
  else under('statusReplicasPath', statusReplicasPath, ['.status.'], '.status')
  if (labelSelectorPath !== '') {
    under('labelSelectorPath', labelSelectorPath, ['.spec.', '.status.'], 'either .spec or .status')
  }
  return errors
}

function simplePathErrors(value: string, path: string): FieldError[] {
  if (value === '') return [fieldInvalid(path, value, 'must not be empty')]
  return value.startsWith('.') ? [] : [fieldInvalid(path, value, 'must be a simple json path starting with .')]
}

/** As upstream: `MaxSelectableFields`. */
export const maxSelectableFields = 8

/** As upstream: `ValidateCustomResourceSelectableFields`. */
export function selectableFieldErrors(
  fields: DeepReadonly<SelectableField[]>,
  schema: Schema,
  path: string,
  allowTooMany: boolean,
): FieldError[] {
  const errors: FieldError[] = []
  const seen = new Set<string>()
  for (const [at, { jsonPath = '' }] of fields.entries()) {
    const place = child(index(path, at), 'jsonPath')
    if (jsonPath === '') {
      errors.push(fieldRequired(place))
      continue
    }
    const found = schemaAt(jsonPath, schema, { arrays: false })
    if ('problem' in found) {
      errors.push(fieldInvalid(place, jsonPath, `is an invalid path: ${found.problem}`))
      continue
    }
    if (found.path.split(/[.[]/)[0] === 'metadata') {
      errors.push(fieldInvalid(place, jsonPath, 'must not point to fields in metadata'))
    }
    if (!['string', 'boolean', 'integer'].includes(found.schema?.type ?? '')) {
      const detail =
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.'
      errors.push(fieldInvalid(place, jsonPath, detail))
    }
    if (seen.has(found.path)) errors.push(fieldDuplicate(place, jsonPath))
    seen.add(found.path)
  }
  if (seen.size > maxSelectableFields && !allowTooMany) {
    errors.push(fieldTooMany(path, seen.size, maxSelectableFields))
  }
  return errors
}
