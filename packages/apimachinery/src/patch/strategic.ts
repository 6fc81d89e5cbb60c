import { toYAML } from '../bodies/yaml-writer.ts'
import { deepClone } from '../meta/deep.ts'
import { mapsConflict } from './conflicts.ts'
import { diffMaps } from './diff.ts'
import { isMap, type JSONMap, mapOf } from './json-map.ts'
import { mergeMap } from './merge.ts'
import { asStatusErrors, goText, PatchConflictError, PatchError, PreconditionError } from './patch-error.ts'
import { type PatchSchema, patchSchema } from './patch-schema.ts'

/** False where a patch must not be: see `keyUnchanged` and `metadataKeyUnchanged`. */
export type Precondition = (patch: JSONMap) => boolean

/** The patch does not touch the member. */
export const keyUnchanged =
  (key: string): Precondition =>
  (patch) =>
    !Object.hasOwn(patch, key)

/** The patch does not touch the member of metadata. */
export const metadataKeyUnchanged =
  (key: string): Precondition =>
  (patch) =>
    !Object.hasOwn(mapOf(patch.metadata), key)

/**
 * Applies a strategic merge patch to an object of a type of the field table; neither is changed. Directives: `$patch`
 * (replace, delete, merge), `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`; null removes a member.
 * Throws a `StatusError` as kube-apiserver answers it. As upstream: util/strategicpatch, `StrategicMergePatch`.
 */
export function applyStrategicMergePatch(object: unknown, patch: unknown, type: string | PatchSchema): JSONMap {
  return asStatusErrors(() => {
    if (!isMap(patch) || !isMap(object)) throw new PatchError('invalid JSON document', 400)
    return mergeMap(cloneMap(object), cloneMap(patch), schemaOf(type), { applying: true })
  })
}

/**
 * The strategic merge patch that leads from `original` to `modified`; empty where they are equal. Throws `PatchError`.
 */
export function createTwoWayMergePatch(
  original: unknown,
  modified: unknown,
  type: string | PatchSchema,
  preconditions: readonly Precondition[] = [],
): JSONMap {
  const options = { setElementOrder: true }
  const patch = diffMaps(cloneMap(mapOf(original)), cloneMap(mapOf(modified)), schemaOf(type), options)
  checkPreconditions(patch, preconditions)
  return deepClone<JSONMap>(patch)
}

export interface ThreeWayOptions {
  /** False: throw `PatchConflictError` where the current object was changed otherwise than the patch does. */
  readonly overwrite?: boolean
  readonly preconditions?: readonly Precondition[]
}

/**
 * The strategic merge patch of an apply: what differs between the current and the modified object, without deletions,
 * and what was deleted between the original (last applied) and the modified one. Throws `PatchError`.
 * As upstream: util/strategicpatch, `CreateThreeWayMergePatch`.
 */
export function createThreeWayStrategicMergePatch(
  original: unknown,
  modified: unknown,
  current: unknown,
  type: string | PatchSchema,
  { overwrite = true, preconditions = [] }: ThreeWayOptions = {},
): JSONMap {
  const schema = schemaOf(type)
  const [before, wanted, now] = [mapOf(original), mapOf(modified), mapOf(current)]
  const delta = diffMaps(cloneMap(now), cloneMap(wanted), schema, { ignoreDeletions: true, setElementOrder: true })
  const deletions = diffMaps(cloneMap(before), cloneMap(wanted), schema, { ignoreChanges: true, setElementOrder: true })
  const patch = mergeMap(cloneMap(deletions), cloneMap(delta), schema, { applying: false })
  checkPreconditions(patch, preconditions)
  if (!overwrite) {
    const changed = diffMaps(cloneMap(before), cloneMap(now), schema, {})
    if (mapsConflict(patch, changed, schema)) throw conflictBetween(patch, changed)
  }
  return patch
}

export function conflictBetween(patch: JSONMap, changed: JSONMap): PatchConflictError {
  const texts = `patch:\n${toYAML(patch)}\nconflicts with changes made from original to current:\n${toYAML(changed)}\n`
  return new PatchConflictError(texts)
}

export function checkPreconditions(patch: JSONMap, preconditions: readonly Precondition[]): void {
  if (!preconditions.every((holds) => holds(patch))) {
    throw new PreconditionError(`precondition failed for: ${goText(patch)}`)
  }
}

function schemaOf(type: string | PatchSchema): PatchSchema {
  return typeof type === 'string' ? patchSchema(type) : type
}

/** Merging changes what it works on. */
function cloneMap(map: JSONMap): JSONMap {
  return deepClone<JSONMap>(map)
}
