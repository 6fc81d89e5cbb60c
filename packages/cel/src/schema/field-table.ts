import { type FieldInfo, type TypeInfo, typeInfo } from '@wherry/api'
import type { StructDecl, StructFinder } from '../checker/scope.ts'
import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  dynType,
  intType,
  listType,
  mapType,
  stringType,
  structType,
  timestampType,
} from '../types/types.ts'
import { escapeName } from './escaping.ts'

const scalars: Readonly<Record<string, CelType>> = {
  string: stringType,
  Duration: stringType,
  bytes: bytesType,
  bool: boolType,
  int32: intType,
  int64: intType,
  double: doubleType,
  Time: timestampType,
  MicroTime: timestampType,
}

/** The type of a field; what has no type of its own in OpenAPI (quantities, int-or-string, raw objects) is dyn. */
function typeOfRow(row: FieldInfo): CelType {
  const one = typeNamed(row.type)
  if (row.list === true) return listType(one)
  return row.map === true ? mapType(stringType, one) : one
}

function typeNamed(name: string): CelType {
  const scalar = scalars[name]
  if (scalar !== undefined) return scalar
  const info = typeInfo(name)
  if (info === undefined) return dynType
  return info.alias === undefined ? structType(name) : typeOfRow(info.alias)
}

function fieldsOf(info: TypeInfo): Map<string, CelType> {
  const fields = new Map<string, CelType>()
  for (const [name, row] of Object.entries(info.fields)) {
    const inner = row.inline === true ? typeInfo(row.type) : undefined
    if (inner !== undefined) for (const [each, type] of fieldsOf(inner)) fields.set(each, type)
    else fields.set(escapeName(name) ?? name, typeOfRow(row))
  }
  return fields
}

const known = new Map<string, StructDecl>()

/** Object types of the field table by name, each made when it is first looked at. */
export const fieldTableStructs: StructFinder = (name) => {
  const made = known.get(name)
  if (made !== undefined) return made
  const info = typeInfo(name)
  if (info === undefined || info.alias !== undefined) return undefined
  const fields = fieldsOf(info)
  // What every object has, although its type need not say so.
  if (fields.has('metadata'))
    for (const field of ['apiVersion', 'kind']) fields.set(field, fields.get(field) ?? stringType)
  const struct: StructDecl = { name, field: (field) => fields.get(field), fields: () => fields.keys() }
  known.set(name, struct)
  return struct
}

/** The type of a built-in kind, such as `api.apps.v1.Deployment`; undefined for a name that the table has not. */
export function typeFromFieldTable(typeName: string): CelType | undefined {
  return typeInfo(typeName) === undefined ? undefined : typeNamed(typeName)
}
