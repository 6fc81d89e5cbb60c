import type { Definition } from './conditions.ts'
import type { ObjectRules, Version } from './custom-definition.ts'

/** What is demanded of the objects of one version. */
export function newObjectRules(_definition: Definition, _version: Version): ObjectRules {
  return { validate: () => [], validateUpdate: () => [], validateStatusUpdate: () => [] }
}
