import { type DraftSet, emptySet, type FieldSet, hasChildren, isMember } from './field-set.ts'
import type { ApplyMap, ApplySchema } from './schema.ts'
import { innerSchema } from './to-field-set.ts'

/**
 * The set as today's schema would have it: what has become atomic since is owned as a whole by whoever owned some of it.
 * The set itself where nothing changes. As upstream: structured-merge-diff, `ReconcileFieldSetWithSchema`.
 */
export function reconcileSet(schema: ApplySchema, set: FieldSet): FieldSet {
  return inside(schema, set)
}

function reconcileNode(schema: ApplySchema | undefined, node: FieldSet): FieldSet {
  if (!schema || !hasChildren(node)) return node
  if (schema.map ? schema.map.atomic && !isDeduced(schema.map) : schema.list?.atomic) return emptySet
  return inside(schema, node)
}

function inside(schema: ApplySchema, set: FieldSet): FieldSet {
  if (schema.map && isDeduced(schema.map)) return set
  const out: DraftSet = {}
  let changed = false
  for (const element of Object.keys(set)) {
    const node = set[element] ?? emptySet
    const made = element === '.' ? node : reconcileNode(innerSchema(schema, element), node)
    if (made !== node) changed = true
    out[element] = isMember(made) || hasChildren(made) ? made : emptySet
  }
  return changed ? out : set
}

/** Maps of anything do not change their ways. */
const isDeduced = (map: ApplyMap): boolean => map.element !== undefined && map.element.map === map
