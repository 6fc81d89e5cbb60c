import { deepEqual } from '../meta/deep.ts'
import { get, has, isList, isMap, type JSONMap } from './json-map.ts'
import { directive, itemsAreMaps, mapItem, retainKeys, sortScalars } from './lists.ts'
import { goText, PatchError } from './patch-error.ts'
import { itemsOf, type PatchSchema } from './patch-schema.ts'

/**
 * Whether two strategic merge patches set something to different values. As upstream: util/strategicpatch,
 * `MergingMapsHaveConflicts`.
 */
export function mapsConflict(left: JSONMap, right: JSONMap, schema: PatchSchema): boolean {
  if (has(left, directive) !== has(right, directive) || left[directive] !== right[directive]) return true
  return Object.entries(left).some(([key, value]) => {
    if (key === directive || key === retainKeys || !has(right, key)) return false
    const other = get(right, key)
    if (isMap(value)) {
      if (!isMap(other)) return true
      const field = schema.member(key)
      if (field.strategy !== 'replace') return mapsConflict(value, other, field.schema)
      return has(value, directive) !== has(other, directive) || value[directive] !== other[directive]
    }
    if (!isList(value)) return !deepEqual(value, other)
    if (!isList(other)) return true
    const field = schema.member(key)
    const merging = field.strategy === 'merge' ? field.mergeKey : undefined
    return listsConflict(value, other, itemsOf(field), merging)
  })
}

function listsConflict(left: unknown[], right: unknown[], schema: PatchSchema, mergeKey: string | undefined): boolean {
  const maps = itemsAreMaps(left, right)
  if (mergeKey !== undefined) {
    if (!maps) return false
    const others = byKey(right, mergeKey)
    return [...byKey(left, mergeKey)].some(([key, item]) => {
      const other = others.get(key)
      return other !== undefined && mapsConflict(item, other, schema)
    })
  }
  if (left.length !== right.length) return true
  if (!maps) return !deepEqual(sortScalars(left, true), sortScalars(right, true))
  return left.some((item, i) => mapsConflict(mapItem(item), mapItem(right[i]), schema))
}

function byKey(list: unknown[], mergeKey: string): Map<string, JSONMap> {
  const found = new Map<string, JSONMap>()
  for (const item of list) {
    const map = mapItem(item)
    if (!has(map, mergeKey)) {
      throw new PatchError(`cannot find merge key \`${mergeKey}\` in merging list element:${goText(map)}`)
    }
    found.set(goText(map[mergeKey]), map)
  }
  return found
}
