import { type FieldInfo, type TypeInfo, typeInfo } from '@wherry/api'
import { type ApplyField, type ApplyMap, type ApplySchema, deducedSchema, untypedAtomic } from './schema.ts'

const known = new Map<string, ApplySchema>()

/**
 * How objects of a type of the field table merge. Throws where the table has no such type. As upstream: kube-openapi,
 * `schemaconv`.
 */
export function applySchemaOf(typeName: string): ApplySchema {
  const made = known.get(typeName) ?? make(typeName)
  known.set(typeName, made)
  return made
}

/** Types that are more, or less, than a scalar of one JSON type. */
const specials: Readonly<Record<string, ApplySchema>> = {
  string: { scalar: 'string' },
  bytes: { scalar: 'string' },
  Duration: { scalar: 'string' },
  bool: { scalar: 'boolean' },
  int32: { scalar: 'numeric' },
  int64: { scalar: 'numeric' },
  double: { scalar: 'numeric' },
  Time: { scalar: 'untyped' },
  MicroTime: { scalar: 'untyped' },
  Quantity: { scalar: 'untyped' },
  IntOrString: deducedSchema,
  RawExtension: untypedAtomic,
  FieldsV1: { map: deducedSchema.map },
  object: { map: deducedSchema.map },
  JSON: deducedSchema,
  JSONSchemaPropsOrArray: deducedSchema,
  JSONSchemaPropsOrBool: deducedSchema,
  JSONSchemaPropsOrStringArray: deducedSchema,
}

function make(typeName: string): ApplySchema {
  const special = specials[typeName]
  if (special) return special
  const info = typeInfo(typeName)
  if (!info) throw new Error(`no type ${typeName} in the field table`)
  return info.alias ? schemaOf(info.alias) : { map: struct(info) }
}

function struct(info: TypeInfo): ApplyMap {
  const rows = rowsOf(info)
  const fields = new Map<string, ApplyField>()
  const present = new Map<string, unknown>()
  for (const [name, row] of rows) {
    const absent = absentOf(row)
    if (absent !== undefined) present.set(name, absent)
  }
  return {
    atomic: info.mapType === 'atomic',
    present,
    // A struct without fields is open.
    element: rows.size === 0 ? deducedSchema : undefined,
    field(name) {
      const made = fields.get(name)
      if (made) return made
      const row = rows.get(name)
      if (!row) return undefined
      const fallback = defaultOf(info, name, row)
      const schema = schemaOf(row)
      const field: ApplyField = fallback === undefined ? { schema } : { schema, default: fallback }
      fields.set(name, field)
      return field
    },
  }
}

function rowsOf(info: TypeInfo): Map<string, FieldInfo> {
  const rows = new Map<string, FieldInfo>()
  for (const [name, row] of Object.entries(info.fields)) {
    if (!row.inline) rows.set(name, row)
    else for (const [inner, value] of rowsOf(typeInfo(row.type) ?? { fields: {} })) rows.set(inner, value)
  }
  if (rows.has('metadata')) {
    for (const name of ['apiVersion', 'kind']) if (!rows.has(name)) rows.set(name, { type: 'string' })
  }
  return rows
}

const nothing = Object.freeze({})

/** What a field is when it is absent, where upstream's type has it all the same; undefined: absent. */
function absentOf(row: FieldInfo): unknown {
  if (row.always === 'null') return null
  if (row.always === 'struct') return row.type in emptyScalars ? emptyScalars[row.type] : nothing
  const single = !row.list && !row.map && !row.pointer
  return single && (row.required || row.zero) ? zeros[row.type] : undefined
}

/** Structs in Go that are scalars in JSON. */
const emptyScalars: Readonly<Record<string, unknown>> = {
  Time: null,
  MicroTime: null,
  Duration: '0s',
  Quantity: '0',
  IntOrString: 0,
  RawExtension: null,
}

const zeros: Readonly<Record<string, unknown>> = { string: '', bool: false, int32: 0, int64: 0 }

/** The default of a field that may be a key; fields that upstream writes even when they are zero have that one. */
function defaultOf(info: TypeInfo, name: string, row: FieldInfo): unknown {
  if (row.list || row.map || row.pointer) return undefined
  if (name === 'protocol' && ('containerPort' in info.fields || 'targetPort' in info.fields)) return 'TCP'
  // LocalObjectReference: the one optional name with a default of its own.
  if (name === 'name' && Object.keys(info.fields).length === 1) return ''
  return row.required || row.zero ? zeros[row.type] : undefined
}

function schemaOf(row: FieldInfo): ApplySchema {
  if (row.map) {
    const { map: _map, mapType, ...member } = row
    return { map: { ...openMap, atomic: mapType === 'atomic', element: schemaOf(member) } }
  }
  if (row.list) {
    const { list: _list, ...item } = row
    return { list: { ...listForm(row), item: itemSchema(item) } }
  }
  if (row.mapType !== undefined && typeInfo(row.type)) return overridden(row.type, row.mapType === 'atomic')
  return itemSchema(row)
}

const openMap: Pick<ApplyMap, 'field' | 'present'> = { field: () => undefined, present: new Map() }

const itemSchema = (row: FieldInfo): ApplySchema => specials[row.type] ?? later(row.type)

/** Types refer to themselves, so that a schema is made when it is first looked at. */
function later(type: string): ApplySchema {
  return {
    get scalar() {
      return applySchemaOf(type).scalar
    },
    get list() {
      return applySchemaOf(type).list
    },
    get map() {
      return applySchemaOf(type).map
    },
  }
}

/** The type, owned as a whole or member by member as the field that refers to it says. */
function overridden(type: string, atomic: boolean): ApplySchema {
  let made: ApplyMap | undefined
  return {
    get map() {
      const { map } = applySchemaOf(type)
      return (made ??= map && { ...map, atomic })
    },
  }
}

function listForm(row: FieldInfo): { atomic: boolean; keys: readonly string[] } {
  if (row.listType !== undefined) return { atomic: row.listType === 'atomic', keys: row.listMapKeys ?? [] }
  if (row.patchStrategy?.includes('merge')) return { atomic: false, keys: row.mergeKey ? [row.mergeKey] : [] }
  return { atomic: true, keys: [] }
}
