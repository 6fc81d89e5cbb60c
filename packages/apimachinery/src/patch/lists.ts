import { compareUtf8 } from '../meta/deep.ts'
import { get, has, isMap, type JSONMap } from './json-map.ts'
import { badType, goText, goTypeOf, noMergeKey, PatchError } from './patch-error.ts'

/** Stands in a map or a list item and says what to do with it. */
export const directive = '$patch'
export const retainKeys = '$retainKeys'
export const deletePrefix = '$deleteFromPrimitiveList'
export const orderPrefix = '$setElementOrder'

/** Whether the items are maps; all lists must be of one kind, and none a list of lists. Throws where all are empty. */
export function itemsAreMaps(...lists: (readonly unknown[])[]): boolean {
  let type: string | undefined
  for (const list of lists) {
    for (const item of list) {
      const found = goTypeOf(item)
      if (Array.isArray(item)) throw new PatchError('lists of lists are not supported', 422)
      type ??= found
      if (type !== found || item === null) {
        throw new PatchError(`list element types are not identical: ${goText(lists)}`)
      }
    }
  }
  if (type === undefined) throw new PatchError('no elements in any of the given slices')
  return type.startsWith('map')
}

export function mapItem(item: unknown): JSONMap {
  if (!isMap(item)) throw badType('map', item)
  return item
}

/** The value of an item's merge key; of an item without merge key, the item itself. */
export function keyOf(item: unknown, mergeKey: string): unknown {
  if (mergeKey === '') return item
  const map = mapItem(item)
  if (!has(map, mergeKey)) throw noMergeKey(map, mergeKey)
  return get(map, mergeKey)
}

/** Where each key stands first in the list. */
export function positions(list: readonly unknown[], mergeKey: string): Map<unknown, number> {
  const found = new Map<unknown, number>()
  for (const [i, item] of list.entries()) {
    const key = mergeKey === '' ? item : isMap(item) ? get(item, mergeKey) : undefined
    if (!found.has(key)) found.set(key, i)
  }
  return found
}

/** Items whose key stands in the list `by`, and the others. */
export function partition(
  list: readonly unknown[],
  by: readonly unknown[],
  mergeKey: string,
): [inList: unknown[], others: unknown[]] {
  const known = positions(by, mergeKey)
  const inList: unknown[] = []
  const others: unknown[] = []
  for (const item of list) (known.has(keyOf(item, mergeKey)) ? inList : others).push(item)
  return [inList, others]
}

/**
 * The merged list in its final order: items of the patch in the patch's order, items that only the server has in the
 * server's, and both woven together so that the server's order holds where it says something.
 */
export function normalizeOrder(
  patchItems: readonly unknown[],
  serverItems: readonly unknown[],
  patchOrder: readonly unknown[],
  serverOrder: readonly unknown[],
  mergeKey: string,
): unknown[] {
  const right = inOrder(patchItems, patchOrder, mergeKey)
  const left = inOrder(serverItems, serverOrder, mergeKey)
  const places = positions(serverOrder, mergeKey)
  const place = (item: unknown) => places.get(mergeKey === '' ? item : get(mapItem(item), mergeKey))
  const woven: unknown[] = []
  let [i, j] = [0, 0]
  while (i < left.length || j < right.length) {
    const leftPlace = i < left.length ? place(left[i]) : undefined
    const rightPlace = j < right.length ? place(right[j]) : undefined
    const leftFirst =
      j >= right.length ||
      (i < left.length && leftPlace !== undefined && rightPlace !== undefined && leftPlace < rightPlace)
    woven.push(leftFirst ? left[i++] : right[j++])
  }
  return woven
}

/** The items in the order of the list `order`, with those to delete at the end. */
export function inOrder(items: readonly unknown[], order: readonly unknown[], mergeKey: string): unknown[] {
  if (mergeKey !== '') for (const item of [...items, ...order]) keyOf(item, mergeKey)
  const doomed = (item: unknown) => mergeKey !== '' && isMap(item) && get(item, directive) === 'delete'
  const places = positions(order, mergeKey)
  const place = (item: unknown) => places.get(keyOf(item, mergeKey))
  const sorted: unknown[] = []
  for (const item of items) {
    if (doomed(item)) continue
    const own = place(item)
    let at = sorted.length
    // As upstream: an item that the order does not know goes to the front, and moves nothing else.
    for (; at > 0; at--) {
      const before = place(sorted[at - 1])
      if (own !== undefined && before !== undefined && own >= before) break
    }
    sorted.splice(at, 0, item)
  }
  return [...sorted, ...items.filter(doomed)]
}

/** Scalars by their text, each once where `once` is true. */
export function sortScalars(list: readonly unknown[], once = false): unknown[] {
  const items = once ? [...new Set(list)] : [...list]
  return items.sort((a, b) => compareUtf8(goText(a), goText(b)))
}

export function sortByKey(list: readonly unknown[], mergeKey: string): unknown[] {
  const text = (item: unknown) => goText(get(mapItem(item), mergeKey))
  return list.toSorted((a, b) => compareUtf8(text(a), text(b)))
}
