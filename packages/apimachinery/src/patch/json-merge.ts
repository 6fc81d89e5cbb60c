import { badRequest } from '../errors/status-errors.ts'
import { deepClone, deepEqual } from '../meta/deep.ts'
import { wordOf } from '../typed/context.ts'
import { get, has, isList, isMap, type JSONMap, mapOf, set } from './json-map.ts'
import { goTypeOf } from './patch-error.ts'
import { checkPreconditions, conflictBetween, type Precondition } from './strategic.ts'

/**
 * Applies a JSON merge patch (RFC 7386): null removes a member, all else but objects replaces. Neither argument is
 * changed. Throws a 400 `StatusError` where the patch is no object.
 */
export function applyMergePatch(object: unknown, patch: unknown): JSONMap {
  if (!isMap(patch)) {
    if (patch === null) throw badRequest('Invalid JSON Patch')
    const word = wordOf(patch)
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${word} into Go value of type map[string]interface {}`,
    )
  }
  return merge(mapOf(deepClone<unknown>(object)), deepClone<JSONMap>(patch))
}

function merge(object: JSONMap, patch: JSONMap): JSONMap {
  for (const [key, value] of Object.entries(patch)) {
    const current = get(object, key)
    if (value === null) delete object[key]
    else if (isMap(current) && isMap(value)) merge(current, value)
    else {
      pruneNulls(value, current)
      set(object, key, value)
    }
  }
  return object
}

/** What comes in new has no nulls; a list that replaces another value of the same place is taken as it is. */
function pruneNulls(value: unknown, current: unknown): void {
  if (isList(value)) {
    if (!isMap(current)) for (const item of value) pruneNulls(item, undefined)
  } else if (isMap(value)) {
    for (const [key, member] of Object.entries(value)) {
      if (member === null) delete value[key]
      else pruneNulls(member, undefined)
    }
  }
}

/** The JSON merge patch that leads from `original` to `modified`; empty where they are equal. */
export function createMergePatch(original: unknown, modified: unknown): JSONMap {
  return diff(mapOf(original), mapOf(modified))
}

function diff(original: JSONMap, modified: JSONMap): JSONMap {
  const patch: JSONMap = {}
  for (const [key, value] of Object.entries(modified)) {
    const old = get(original, key)
    if (!has(original, key) || goTypeOf(old) !== goTypeOf(value)) set(patch, key, deepClone<unknown>(value))
    else if (isMap(old) && isMap(value)) {
      const inner = diff(old, value)
      if (Object.keys(inner).length > 0) set(patch, key, inner)
    } else if (!deepEqual(old, value)) set(patch, key, deepClone<unknown>(value))
  }
  for (const key of Object.keys(original)) if (!has(modified, key)) set(patch, key, null)
  return patch
}

/**
 * The JSON merge patch of an apply, for kinds whose types nobody knows: changes from current to modified, deletions from
 * original (last applied) to modified. Throws `PatchConflictError` where both touch the same member, and
 * `PreconditionError`. As upstream: util/jsonmergepatch, `CreateThreeWayJSONMergePatch`.
 */
export function createThreeWayJSONMergePatch(
  original: unknown,
  modified: unknown,
  current: unknown,
  preconditions: readonly Precondition[] = [],
): JSONMap {
  const changes = filterNulls(createMergePatch(current, modified), false)
  const deletions = filterNulls(createMergePatch(original, modified), true)
  if (conflict(changes, deletions)) throw conflictBetween(changes, deletions)
  const patch = combine(deletions, changes)
  checkPreconditions(patch, preconditions)
  return patch
}

/** Only the deletions of a patch, or all but them. */
export function filterNulls(patch: JSONMap, nulls: boolean): JSONMap {
  const filtered: JSONMap = {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      if (nulls) set(filtered, key, null)
    } else if (isMap(value) && Object.keys(value).length > 0) {
      const inner = filterNulls(value, nulls)
      if (Object.keys(inner).length > 0) set(filtered, key, inner)
    } else if (!nulls) set(filtered, key, value)
  }
  return filtered
}

function conflict(left: unknown, right: unknown): boolean {
  if (isMap(left)) {
    return !isMap(right) || Object.entries(left).some(([key, value]) => has(right, key) && conflict(value, right[key]))
  }
  if (isList(left)) {
    return !isList(right) || left.length !== right.length || left.some((item, i) => conflict(item, right[i]))
  }
  return !deepEqual(left, right)
}

/** One patch that does what both do; nulls stay. */
function combine(first: JSONMap, second: JSONMap): JSONMap {
  for (const [key, value] of Object.entries(second)) {
    const current = get(first, key)
    if (isMap(current) && isMap(value)) combine(current, value)
    else set(first, key, value)
  }
  return first
}
