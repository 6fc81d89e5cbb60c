import type { KubeObject, SelectableField } from '@wherry/api'
import { compileJSONPath, type DeepReadonly } from '@wherry/apimachinery'
import type { FieldReader } from '../registry/resource.ts'

/** Readers of the fields that a version declares as selectable, by the name that selectors use. */
export function fieldReaders(
  fields: DeepReadonly<SelectableField[]>,
): Readonly<Record<string, FieldReader<KubeObject>>> {
  return Object.fromEntries(fields.map(({ jsonPath }) => [jsonPath.replace(/^\./, ''), readerOf(jsonPath)]))
}

function readerOf(jsonPath: string): FieldReader<KubeObject> {
  const path = compileJSONPath(`{${jsonPath}}`, { allowMissingKeys: true })
  return (object) => {
    const value = path.find(object)[0]?.[0]
    return value === undefined || value === null ? '' : String(value)
  }
}
