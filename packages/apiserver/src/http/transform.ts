import type { KubeObject, ListMeta } from '@wherry/api'
import { badRequest, type DeepReadonly } from '@wherry/apimachinery'
import type { Column, ResourceDefinition } from '../registry/resource.ts'
import type { Served } from '../registry/served.ts'
import { nameColumn } from '../resources/columns.ts'
import type { CachedObject } from '../watch-cache/cached-object.ts'
import type { Target } from './negotiation.ts'

/** How much of the object a row of a table carries. */
export type IncludeObject = 'None' | 'Metadata' | 'Object'

/** Reads `includeObject`. Throws 400. */
export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? ''
  if (value === '' || value === 'Metadata') return 'Metadata'
  if (value === 'None' || value === 'Object') return value
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: "${value}": must be 'Metadata', 'Object', 'None', or empty`,
  )
}

/** What a kind without columns of its own shows. As upstream: rest/table.go, `NewDefaultTableConvertor`. */
const defaultColumns: readonly Column<KubeObject>[] = [
  nameColumn(),
  {
    name: 'Created At',
    type: 'date',
    value: (object) => object.metadata.creationTimestamp ?? '',
  },
]

/** A `Table` of objects; without `columns`, as in the later events of a watch, the definitions are left out. */
export function tableOf(
  served: { readonly definition: Pick<ResourceDefinition, 'columns'> },
  objects: Iterable<DeepReadonly<KubeObject>>,
  options: {
    target: Target
    include: IncludeObject
    now: number
    metadata: ListMeta
    columns?: boolean
    /** The objects have nothing but metadata: what a column cannot be made of is left empty. */
    bare?: boolean
  },
): object {
  const { target, include, now, metadata } = options
  const columns: readonly Column<KubeObject>[] = served.definition.columns ?? defaultColumns
  const definitions = columns.map(({ name, type, format = '', description = '', priority = 0 }) => ({
    name,
    type,
    format,
    description,
    priority,
  }))
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${target.version}`,
    metadata,
    columnDefinitions: options.columns === false ? null : definitions,
    rows: Array.from(objects, (object) => ({
      cells: columns.map((column) => (options.bare ? bareCell(column, object, now) : column.value(object, now))),
      ...rowObject(object, include, target),
    })),
  }
}

function bareCell(column: Column<KubeObject>, object: DeepReadonly<KubeObject>, now: number): unknown {
  try {
    return column.value(object, now)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return column.type === 'integer' || column.type === 'number' ? 0 : ''
  }
}

function rowObject(object: DeepReadonly<KubeObject>, include: IncludeObject, target: Target): { object?: object } {
  if (include === 'None') return { object: undefined }
  return { object: include === 'Object' ? object : partialOf(object, target) }
}

/** An object's metadata alone. */
export function partialOf(
  object: DeepReadonly<Pick<KubeObject, 'metadata'>>,
  { version }: Pick<Target, 'version'>,
): object {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata }
}

export function partialListOf(
  served: Served,
  objects: readonly CachedObject[],
  { version }: Target,
  metadata: ListMeta,
): object {
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    items: objects.map((object) => partialOf(served.objectOf(object), { version })),
  }
}
