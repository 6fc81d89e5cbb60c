import { isMap } from '../meta/deep.ts'

export type ApplyScalar = 'string' | 'numeric' | 'boolean' | 'untyped'

/** A list: `atomic` has one owner as a whole, with `keys` it is a map by those fields of its items, else a set. */
export interface ApplyList {
  readonly atomic: boolean
  readonly keys: readonly string[]
  readonly item: ApplySchema
}

/** A member that the schema names. */
export interface ApplyField {
  readonly schema: ApplySchema
  /** What an absent key field counts as, such as the protocol TCP of a port. */
  readonly default?: unknown
}

/** A struct or a map: `atomic` has one owner as a whole. */
export interface ApplyMap {
  readonly atomic: boolean
  field(name: string): ApplyField | undefined
  /** Fields that upstream's type has even when they say nothing, with the value that an absent one then is. */
  readonly present: ReadonlyMap<string, unknown>
  /** What members are that `field` does not know; undefined: there are none. */
  readonly element: ApplySchema | undefined
}

/**
 * How server-side apply merges one value. A value whose type is open has more than one of the members. Schemas of types
 * that refer to themselves are made as they are looked at. As upstream: structured-merge-diff, `schema.Atom`.
 */
export interface ApplySchema {
  readonly scalar?: ApplyScalar | undefined
  readonly list?: ApplyList | undefined
  readonly map?: ApplyMap | undefined
}

const noFields: Pick<ApplyMap, 'field' | 'present'> = { field: () => undefined, present: new Map() }

/** Anything, owned as a whole. */
export const untypedAtomic: ApplySchema = {
  scalar: 'untyped',
  list: {
    atomic: true,
    keys: [],
    get item() {
      return untypedAtomic
    },
  },
  map: {
    ...noFields,
    atomic: true,
    get element() {
      return untypedAtomic
    },
  },
}

/** Anything: objects member by member, lists as a whole. */
export const deducedSchema: ApplySchema = {
  scalar: 'untyped',
  list: { atomic: true, keys: [], item: untypedAtomic },
  map: {
    ...noFields,
    atomic: false,
    get element() {
      return deducedSchema
    },
  },
}

export type Shape = 'map' | 'list' | 'scalar'

/** How the value is to be taken; of an absent one or one that does not fit, the first form that the schema has. */
export function shapeOf(schema: ApplySchema, value: unknown): Shape {
  if (value !== undefined && value !== null) {
    if (typeof value !== 'object') {
      if (schema.scalar !== undefined) return 'scalar'
    } else if (Array.isArray(value)) {
      if (schema.list !== undefined) return 'list'
    } else if (schema.map !== undefined) return 'map'
  }
  if (schema.map !== undefined) return 'map'
  return schema.scalar !== undefined ? 'scalar' : 'list'
}

/** The schema of a map's member; undefined where the map has no such member. */
export function memberSchema(map: ApplyMap, name: string): ApplySchema | undefined {
  return map.field(name)?.schema ?? map.element
}

/** The value as a map: undefined for null and what is none. */
export const asMap = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  isMap(value) ? value : undefined

/** The value as a list: undefined for null and what is none. */
export const asList = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined)
