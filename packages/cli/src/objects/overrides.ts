import { applyJSONPatch, applyMergePatch, applyStrategicMergePatch, parseYAML } from '@wherry/apimachinery'
import { CommandError, messageOf } from '../errors.ts'
import { isObject, type Unstructured, unstructured } from './json.ts'

export const overrideFlags = {
  overrides: { type: 'string', describe: 'JSON or YAML that is laid over the generated object.' },
  'override-type': {
    type: 'string',
    default: 'merge',
    describe: 'How --overrides is applied: json, merge, or strategic.',
  },
} as const

/** Lays the user's overrides over a generated object. */
export function withOverrides(object: Unstructured, overrides: string, type: string, typeName: string): Unstructured {
  if (overrides === '') return object
  let patch: unknown
  try {
    patch = parseYAML(overrides)[0]
  } catch (error) {
    throw new CommandError(`Invalid JSON Patch: ${messageOf(error)}`, { cause: error })
  }
  switch (type) {
    case 'json':
      return unstructured(applyJSONPatch(object, patch))
    case 'strategic':
      return unstructured(applyStrategicMergePatch(object, patch, typeName))
    case 'merge':
      if (!isObject(patch)) throw new CommandError('overrides must be an object')
      return unstructured(applyMergePatch(object, patch))
    default:
      throw new CommandError(`invalid override type: ${type}`)
  }
}
