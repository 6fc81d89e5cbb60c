import { deepEqual } from '../meta/deep.ts'
import { get, has, isList, isMap, type JSONMap, set } from './json-map.ts'
import {
  deletePrefix,
  directive,
  itemsAreMaps,
  keyOf,
  mapItem,
  normalizeOrder,
  orderPrefix,
  partition,
  positions,
  retainKeys,
} from './lists.ts'
import { badDirective, badListFormat, badType, goText, noMergeKey, PatchError } from './patch-error.ts'
import { itemsOf, type PatchField, type PatchSchema } from './patch-schema.ts'

export interface MergeOptions {
  /** True where the patch is applied to an object; false where a patch is added to another, which keeps directives. */
  readonly applying: boolean
}

/**
 * Merges a strategic merge patch into an object, or into another patch. Both are changed, and parts of the patch end
 * up in the result. As upstream: util/strategicpatch, `mergeMap`.
 */
export function mergeMap(original: JSONMap, patch: JSONMap, schema: PatchSchema, options: MergeOptions): JSONMap {
  if (has(patch, directive)) return replaceOrDelete(patch)
  applyRetainKeys(original, patch, options)
  mergeOrderedLists(original, patch, schema, options)
  for (const name of Object.keys(patch)) {
    const value = patch[name]
    let [key, deletes] = [name, false]
    if (name.startsWith(deletePrefix)) {
      if (!options.applying) {
        set(original, name, value)
        continue
      }
      ;[key, deletes] = [listOf(name, deletePrefix), true]
    }
    if (value === null || value === undefined) {
      delete original[key]
      if (options.applying) continue
    }
    const current = get(original, key)
    if (isMap(current) && isMap(value)) {
      const field = schema.member(key)
      const merged = field.strategy === 'replace' ? value : mergeMap(current, value, field.schema, options)
      set(original, key, merged)
    } else if (isList(current) && isList(value)) {
      const field = schema.member(key)
      set(original, key, mergeLists(current, value, field, deletes, options))
    } else if (!deletes) take(original, key, value, options)
  }
  return original
}

/** A value that has no counterpart to merge with: it is taken as it is, without directives. */
function take(original: JSONMap, key: string, value: unknown, options: MergeOptions): void {
  if (options.applying) dropNulls(value)
  const clean = withoutDirectives(value)
  if (clean === undefined) delete original[key]
  else set(original, key, clean)
}

function replaceOrDelete(patch: JSONMap): JSONMap {
  const what = patch[directive]
  if (what === 'delete') return {}
  if (what !== 'replace') throw badDirective(what, patch)
  delete patch[directive]
  return patch
}

function listOf(key: string, prefix: string): string {
  const slash = key.indexOf('/')
  if (key.slice(0, slash) !== prefix) {
    throw badListFormat(prefix === deletePrefix ? 'primitive list' : 'setElementOrder list')
  }
  return key.slice(slash + 1)
}

/** `$retainKeys` names the only keys that a map may keep, as with the one member of a union. */
function applyRetainKeys(original: JSONMap, patch: JSONMap, options: MergeOptions): void {
  if (!has(patch, retainKeys)) return
  const kept = patch[retainKeys]
  delete patch[retainKeys]
  if (!options.applying) {
    if (!has(original, retainKeys)) set(original, retainKeys, kept)
    else if (!deepEqual(original[retainKeys], kept)) {
      const both = `${goText(original[retainKeys])} and ${goText(kept)}`
      throw new PatchError(`${both} are not deep equal: this may happen when calculating the 3-way diff patch`)
    }
    return
  }
  if (!isList(kept)) throw badListFormat('retainKeys')
  const keys = new Set(kept)
  for (const [key, value] of Object.entries(patch)) {
    const free = value === null || key.startsWith(deletePrefix) || key.startsWith(orderPrefix)
    if (!free && !keys.has(key)) throw badListFormat('retainKeys')
  }
  for (const key of Object.keys(original)) if (!keys.has(key)) delete original[key]
}

/** Lists that come with `$setElementOrder/…` are merged with it at once, and leave the patch. */
function mergeOrderedLists(original: JSONMap, patch: JSONMap, schema: PatchSchema, options: MergeOptions): void {
  for (const name of Object.keys(patch)) {
    if (!name.startsWith(orderPrefix)) continue
    const order = patch[name]
    if (!options.applying) {
      if (has(original, name) && !deepEqual(original[name], order)) throw badListFormat('setElementOrder list')
      set(original, name, order)
    }
    delete patch[name]
    if (!isList(order)) throw badType('list', order)
    const key = listOf(name, orderPrefix)
    const current = get(original, key)
    const added = get(patch, key)
    if (current !== undefined && !isList(current)) throw badType('list', current)
    if (added !== undefined && !isList(added)) throw badType('list', added)
    const field = schema.member(key)
    checkOrder(added ?? [], order, field.mergeKey)
    if (current === undefined && added === undefined) continue
    let merged: unknown[] = current ?? []
    if (added !== undefined) {
      const clean = current === undefined ? withoutDirectives(added) : mergeLists(current, added, field, false, options)
      merged = isList(clean) ? clean : []
    }
    const [ordered, others] = partition(merged, order, field.mergeKey)
    itemsAreMaps(current ?? [], added ?? [])
    const serverOrder = orderAfter(current ?? [], added ?? [], field.mergeKey)
    set(original, key, normalizeOrder(ordered, others, order, serverOrder, field.mergeKey))
    delete patch[key]
  }
}

/**
 * The order that the server's list stands for once the patch has been merged: items that the patch adds follow the
 * server's own, as many as it deletes. Upstream merges into the memory of the server's list, and sorts by what it
 * holds then; clients see the result as the order of containers, ports and variables.
 */
function orderAfter(current: readonly unknown[], patch: readonly unknown[], mergeKey: string): readonly unknown[] {
  if (mergeKey === '') return current
  const marked = (item: unknown, what: string) => isMap(item) && get(item, directive) === what
  const doomed = positions(
    patch.filter((item) => marked(item, 'delete')),
    mergeKey,
  )
  const kept = current.filter((item) => !doomed.has(keyOf(item, mergeKey)))
  if (patch.some((item) => marked(item, 'replace'))) return kept
  const known = positions(kept, mergeKey)
  const added = patch.filter((item) => !marked(item, 'delete') && !known.has(keyOf(item, mergeKey)))
  return [...kept, ...added.slice(0, current.length - kept.length)]
}

/** The items of a patch must stand in the order that the patch asks for, and be among those it names. */
function checkOrder(list: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  if (order.length === 0 || list.length === 0) return
  const items = list.filter((item) => !(isMap(item) && has(item, directive)))
  let at = 0
  for (const entry of order) {
    if (at < items.length && keyOf(items[at], mergeKey) === keyOf(entry, mergeKey)) at++
  }
  if (at === items.length) return
  throw new PatchError(
    `The order in patch list:\n${goText(list)}\n doesn't match ${orderPrefix} list:\n${goText(order)}\n`,
  )
}

function mergeLists(
  original: unknown[],
  patch: unknown[],
  field: PatchField,
  deletes: boolean,
  options: MergeOptions,
): unknown[] {
  if (field.strategy !== 'merge' && !deletes) return patch
  if (original.length === 0 && patch.length === 0) return original
  const { mergeKey } = field
  if (!itemsAreMaps(original, patch)) {
    if (options.applying && deletes) {
      const doomed = new Set(patch)
      return original.filter((item) => !doomed.has(item))
    }
    const merged = [...new Set([...original, ...patch])]
    const [inPatch, others] = partition(merged, patch, '')
    return normalizeOrder(inPatch, others, patch, original, '')
  }
  const items = itemsOf(field)
  if (mergeKey === '') throw new PatchError(`cannot merge lists without merge key for ${items.name}`)
  const [kept, changes] = applyItemDirectives(original, patch, mergeKey)
  const merged = mergeItems(kept, changes, items, mergeKey, options)
  const [inPatch, others] = partition(merged, changes, mergeKey)
  return normalizeOrder(inPatch, others, changes, kept, mergeKey)
}

/** Items of the patch that delete an item of the list, or replace the whole list. */
function applyItemDirectives(
  original: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
): [kept: unknown[], changes: unknown[]] {
  const changes: unknown[] = []
  const doomed = new Set<unknown>()
  let replace = false
  for (const item of patch) {
    const map = mapItem(item)
    if (!has(map, directive)) {
      changes.push(item)
      continue
    }
    const what = map[directive]
    if (what === 'delete') {
      if (!has(map, mergeKey)) throw noMergeKey(map, mergeKey)
      doomed.add(map[mergeKey])
    } else if (what === 'replace') replace = true
    else if (what === 'merge') throw new PatchError('merging lists cannot yet be specified in the patch')
    else throw badDirective(what, map)
  }
  if (replace) return [changes, []]
  return [original.filter((item) => !doomed.has(get(mapItem(item), mergeKey))), changes]
}

function mergeItems(
  original: readonly unknown[],
  patch: readonly unknown[],
  schema: PatchSchema,
  mergeKey: string,
  options: MergeOptions,
): unknown[] {
  const merged = [...original]
  const places = positions(merged, mergeKey)
  for (const item of patch) {
    const change = mapItem(item)
    const key = keyOf(change, mergeKey)
    const at = places.get(key)
    if (at === undefined) {
      places.set(key, merged.length)
      merged.push(item)
    } else merged[at] = mergeMap(mapItem(merged[at]), change, schema, options)
  }
  return merged
}

/** The value without maps that carry a directive; undefined where the value itself is such a map. */
function withoutDirectives(value: unknown): unknown {
  if (isList(value)) return value.map(withoutDirectives).filter((item) => item !== undefined)
  if (!isMap(value)) return value
  if (has(value, directive)) return undefined
  for (const key of Object.keys(value)) {
    const clean = withoutDirectives(value[key])
    if (clean === undefined) delete value[key]
    else set(value, key, clean)
  }
  return value
}

function dropNulls(value: unknown): void {
  if (isList(value)) for (const item of value) dropNulls(item)
  else if (isMap(value)) {
    for (const key of Object.keys(value)) {
      if (value[key] === null) delete value[key]
      else dropNulls(value[key])
    }
  }
}
