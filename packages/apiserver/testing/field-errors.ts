import type { KubeObject } from '@wherry/api'
import { deepClone, deepFreeze, formatFieldError } from '@wherry/apimachinery'
import { validateCreate, validateUpdate } from '../src/registry/prepare.ts'
import type { ResourceDefinition } from '../src/registry/resource.ts'

/** A new object as it stands when it is validated: a copy, with its defaults. */
export function withDefaults<T extends KubeObject>(definition: ResourceDefinition<T>, object: T): T {
  const copy = deepClone<T>(object)
  definition.setDefaults?.(copy)
  return copy
}

/** What a create of this object is refused for, as Go prints it. */
export function createErrors<T extends KubeObject>(definition: ResourceDefinition<T>, object: T): string[] {
  const made = deepFreeze<T>(withDefaults(definition, object))
  return validateCreate(Object(definition), made).map(formatFieldError)
}

/** What an update from `old` to `object` is refused for. */
export function updateErrors<T extends KubeObject>(
  definition: ResourceDefinition<T>,
  object: T,
  old: T,
  subresource = '',
): string[] {
  const [next, before] = [object, old].map((one) => {
    const made = withDefaults(definition, one)
    made.metadata.resourceVersion ??= '1'
    return deepFreeze<T>(made)
  })
  if (!next || !before) return []
  return validateUpdate(Object(definition), subresource, next, before).map(formatFieldError)
}
