import { fieldTable } from './generated/field-table.ts'
import resourceTable from './generated/resources.json' with { type: 'json' }

/** One field of a type: how it looks in JSON, how it merges, and its place on the protobuf wire. */
export interface FieldInfo {
  /** A scalar (`string`, `int32`, `Quantity`, …) or the name of another type in the table. */
  type: string
  list?: boolean
  /** A map from string to `type`. */
  map?: boolean
  required?: boolean
  /** Zero, false and empty text differ from an absent value: upstream's field is a pointer. */
  pointer?: boolean
  /** Upstream writes the field even when it is zero, though it need not be there. */
  zero?: boolean
  /** Upstream writes the field even when there is nothing in it: an empty struct, or `null` for a list, map or time. */
  always?: 'struct' | 'null'
  /** What the type is called in upstream's messages, where `type` does not tell: `v1.RestartPolicy`. */
  goType?: string
  listType?: string
  listMapKeys?: string[]
  patchStrategy?: string[]
  mergeKey?: string
  mapType?: string
  /** A message whose fields stand among its owner's in JSON; its name is not on the JSON wire. */
  inline?: boolean
  /** The protobuf field number; absent where the type has no protobuf form. */
  pb?: number
  /** The type on the protobuf wire, where it is not called as `type` is. */
  pbType?: string
}

/** A type of the API; `alias` describes one that is a bare list, map or scalar. */
export interface TypeInfo {
  fields: Record<string, FieldInfo>
  alias?: FieldInfo
  /** `atomic`: the type has one owner as a whole; otherwise each field has its own. */
  mapType?: string
}

export interface SubresourceInfo {
  name: string
  group: string
  version: string
  kind: string
  verbs: string[]
}

/** One served resource of one group and version. */
export interface ResourceInfo {
  group: string
  version: string
  kind: string
  resource: string
  singular: string
  namespaced: boolean
  typeName: string
  verbs: string[]
  subresources: SubresourceInfo[]
}

/** Types by name, a package at a time as they are asked for. */
const packages = new Map<string, Readonly<Record<string, TypeInfo>>>()

/** Every resource that the 1.36 API serves. */
export const resources: readonly ResourceInfo[] = resourceTable

/** The type's fields, or undefined where the API has no such type. */
export function typeInfo(name: string): TypeInfo | undefined {
  const dot = name.lastIndexOf('.')
  const types = typesOf(name.slice(0, dot))
  const short = name.slice(dot + 1)
  return Object.hasOwn(types, short) ? types[short] : undefined
}

/** Names of all types in the table. */
export function typeNames(): string[] {
  return Object.keys(fieldTable).flatMap((name) => Object.keys(typesOf(name)).map((short) => `${name}.${short}`))
}

function typesOf(packageName: string): Readonly<Record<string, TypeInfo>> {
  const known = packages.get(packageName)
  if (known) return known
  if (!Object.hasOwn(fieldTable, packageName)) return none
  const types: Readonly<Record<string, TypeInfo>> = JSON.parse(fieldTable[packageName] ?? '{}')
  packages.set(packageName, types)
  return types
}

const none: Readonly<Record<string, TypeInfo>> = {}
