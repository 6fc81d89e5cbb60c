import { compareUtf8, deepEqual } from '../meta/deep.ts'
import { get, has, isList, isMap, type JSONMap, set } from './json-map.ts'
import {
  deletePrefix,
  directive,
  inOrder,
  itemsAreMaps,
  keyOf,
  mapItem,
  orderPrefix,
  retainKeys,
  sortByKey,
  sortScalars,
} from './lists.ts'
import { goText, goTypeOf, PatchError } from './patch-error.ts'
import { itemsOf, type PatchField, type PatchSchema } from './patch-schema.ts'

export interface DiffOptions {
  /** Whether the patch tells the order of merged lists. */
  readonly setElementOrder?: boolean
  /** Leaves only deletions. */
  readonly ignoreChanges?: boolean
  /** Leaves only changes and additions. */
  readonly ignoreDeletions?: boolean
  readonly retainKeys?: boolean
}

/**
 * The strategic merge patch that leads from `original` to `modified`. As upstream: util/strategicpatch, `diffMaps`.
 * The result shares values with both.
 */
export function diffMaps(original: JSONMap, modified: JSONMap, schema: PatchSchema, options: DiffOptions): JSONMap {
  const patch: JSONMap = {}
  const kept: string[] = []
  for (const [key, value] of Object.entries(modified)) {
    if (options.retainKeys && value !== null) kept.push(key)
    if (!has(original, key)) {
      if (!options.ignoreChanges) set(patch, key, value)
      continue
    }
    const old = get(original, key)
    if (key === directive) {
      if (typeof old !== 'string' || typeof value !== 'string') {
        throw new PatchError(`invalid value for special key: ${directive}`)
      }
      if (old !== value) set(patch, key, value)
    } else if (goTypeOf(old) !== goTypeOf(value)) {
      if (!options.ignoreChanges) set(patch, key, value)
    } else if (isMap(old) && isMap(value)) diffMember(key, old, value, patch, schema, options)
    else if (isList(old) && isList(value)) diffListMember(key, old, value, patch, schema, options)
    else if (!options.ignoreChanges && !deepEqual(old, value)) set(patch, key, value)
  }
  if (!options.ignoreDeletions) {
    for (const key of Object.keys(original)) if (!has(modified, key)) set(patch, key, null)
  }
  const gone = Object.entries(original).some(([key, value]) => value !== null && !has(modified, key))
  if (kept.length > 0 && (Object.keys(patch).length > 0 || gone)) set(patch, retainKeys, kept.sort(compareUtf8))
  return patch
}

/** The rules of a member, or undefined where the type does not know it and it has not changed either. */
function ruleOf(key: string, old: unknown, value: unknown, schema: PatchSchema): PatchField | undefined {
  try {
    return schema.member(key)
  } catch (error) {
    if (deepEqual(old, value)) return undefined
    throw error
  }
}

function diffMember(
  key: string,
  old: JSONMap,
  value: JSONMap,
  patch: JSONMap,
  schema: PatchSchema,
  options: DiffOptions,
): void {
  const field = ruleOf(key, old, value, schema)
  if (!field) return
  if (field.strategy === 'replace') {
    if (!options.ignoreChanges) set(patch, key, value)
    return
  }
  const diff = diffMaps(old, value, field.schema, { ...options, retainKeys: field.retainKeys })
  if (Object.keys(diff).length > 0) set(patch, key, diff)
}

function diffListMember(
  key: string,
  old: unknown[],
  value: unknown[],
  patch: JSONMap,
  schema: PatchSchema,
  options: DiffOptions,
): void {
  const field = ruleOf(key, old, value, schema)
  if (!field) return
  if (field.strategy !== 'merge') {
    if (!options.ignoreChanges && !deepEqual(old, value)) set(patch, key, value)
    return
  }
  const { added, deleted, order } = diffLists(old, value, field, { ...options, retainKeys: field.retainKeys })
  if (added.length > 0) set(patch, key, added)
  if (deleted.length > 0) set(patch, `${deletePrefix}/${key}`, deleted)
  if (order.length > 0) set(patch, `${orderPrefix}/${key}`, order)
}

interface ListDiff {
  readonly added: readonly unknown[]
  /** Scalars to delete; maps to delete stand at the end of `added`. */
  readonly deleted: readonly unknown[]
  readonly order: readonly unknown[]
}

function diffLists(original: unknown[], modified: unknown[], field: PatchField, options: DiffOptions): ListDiff {
  const changes = !options.ignoreChanges
  const deletions = !options.ignoreDeletions
  if (original.length === 0) return { added: changes ? modified : [], deleted: [], order: [] }
  const { mergeKey } = field
  if (itemsAreMaps(original, modified)) {
    const [changed, deleted] = diffItems(original, modified, itemsOf(field), mergeKey, options)
    const added = [...inOrder(changed, modified, mergeKey), ...deleted]
    const sameOrder =
      original.length === modified.length &&
      modified.every((item, i) => keyOf(original[i], mergeKey) === keyOf(item, mergeKey))
    const ordered =
      options.setElementOrder && ((changes && (added.length > 0 || !sameOrder)) || (deletions && added.length > 0))
    const order = ordered ? modified.map((item) => ({ [mergeKey]: get(mapItem(item), mergeKey) })) : []
    return { added, deleted: [], order }
  }
  const [changed, deleted] = diffScalars(original, modified, options)
  const added = inOrder(changed, modified, '')
  // Upstream compares with the sorted original, so that an unsorted list always tells its order.
  const moved = changes && !deepEqual(sortScalars(original), modified)
  const ordered = options.setElementOrder && ((deletions && deleted.length > 0) || moved)
  return { added, deleted, order: ordered ? modified : [] }
}

/** Walks two sorted lists side by side, and calls back for items of one, of the other, and of both. */
function walk<T>(
  left: readonly T[],
  right: readonly T[],
  text: (item: T) => string,
  on: { left(item: T): void; right(item: T): void; both(left: T, right: T): void },
): void {
  let [i, j] = [0, 0]
  while (i < left.length || j < right.length) {
    const [a, b] = [left[i], right[j]]
    if (a === undefined && b === undefined) return
    const order = a === undefined ? 1 : b === undefined ? -1 : compareUtf8(text(a), text(b))
    if (order <= 0) i++
    if (order >= 0) j++
    if (order === 0 && a !== undefined && b !== undefined) on.both(a, b)
    else if (order < 0 && a !== undefined) on.left(a)
    else if (b !== undefined) on.right(b)
  }
}

function diffScalars(original: unknown[], modified: unknown[], options: DiffOptions): [unknown[], unknown[]] {
  const added: unknown[] = []
  const deleted: unknown[] = []
  const wrap = (list: readonly unknown[]) => sortScalars(list).map((value) => ({ value }))
  walk(wrap(original), wrap(modified), ({ value }) => goText(value), {
    left: ({ value }) => options.ignoreDeletions || deleted.push(value),
    right: ({ value }) => options.ignoreChanges || added.push(value),
    both: () => undefined,
  })
  return [added, [...new Set(deleted)]]
}

function diffItems(
  original: unknown[],
  modified: unknown[],
  schema: PatchSchema,
  mergeKey: string,
  options: DiffOptions,
): [unknown[], unknown[]] {
  const changed: unknown[] = []
  const deleted: unknown[] = []
  const sorted = (list: unknown[]) => {
    for (const item of list) keyOf(item, mergeKey)
    return sortByKey(list, mergeKey).map(mapItem)
  }
  walk(sorted(original), sorted(modified), (item) => goText(get(item, mergeKey)), {
    left: (item) => options.ignoreDeletions || deleted.push({ [mergeKey]: get(item, mergeKey), [directive]: 'delete' }),
    right: (item) => options.ignoreChanges || changed.push(item),
    both(old, item) {
      const diff = diffMaps(old, item, schema, options)
      if (Object.keys(diff).length === 0) return
      set(diff, mergeKey, get(item, mergeKey))
      changed.push(diff)
    },
  })
  return [changed, deleted]
}
