import { declare, type FunctionDecl, global } from '../declarations.ts'
import { boolType, listType, paramType } from '../types/types.ts'
import { contains } from '../values/map.ts'
import { CelList, noSuchOverload } from '../values/value.ts'

const listOfT = listType(paramType('T'))

const onLists = (name: string, id: string, holds: (left: CelList, right: CelList) => boolean): FunctionDecl =>
  declare(name, [
    global(id, [listOfT, listOfT], boolType, (left, right) =>
      left instanceof CelList && right instanceof CelList ? holds(left, right) : noSuchOverload(),
    ),
  ])

const hasAll = (list: CelList, wanted: CelList): boolean => [...wanted].every((item) => contains(list, item))

/** Lists as sets (cel-go `ext/sets.go`). */
export const setsLibrary: readonly FunctionDecl[] = [
  onLists('sets.contains', 'list_sets_contains_list', hasAll),
  onLists('sets.equivalent', 'list_sets_equivalent_list', (left, right) => hasAll(left, right) && hasAll(right, left)),
  onLists('sets.intersects', 'list_sets_intersects_list', (left, right) =>
    [...left].some((item) => contains(right, item)),
  ),
]
