import { type FieldInfo, type TypeInfo, typeInfo } from '@wherry/api'
import { PatchError } from './patch-error.ts'

/** How a field merges: what stands behind `patchStrategy` and `patchMergeKey` in upstream's types. */
export interface PatchField {
  readonly schema: PatchSchema
  readonly strategy: 'merge' | 'replace' | ''
  readonly retainKeys: boolean
  readonly mergeKey: string
}

/** What a patch needs to know of a type: how its members merge, and what they are. */
export interface PatchSchema {
  /** The Go kind of the type. */
  readonly name: string
  /** Throws where the type has no such member. */
  member(key: string): PatchField
  /** The schema of the items, where this is a list. */
  readonly item?: PatchSchema
}

const structs = new Map<string, PatchSchema>()

/** The merge rules of a type of the field table. Throws where the table has no such type. */
export function patchSchema(type: string): PatchSchema {
  const known = structs.get(type)
  if (known) return known
  const info = typeInfo(type)
  if (!info) throw new PatchError('strategic merge patch format is not supported', 400)
  const made = info.alias ? schemaOf(info.alias) : struct(type, info)
  structs.set(type, made)
  return made
}

function struct(type: string, info: TypeInfo): PatchSchema {
  const fields = new Map<string, PatchField>()
  return {
    name: 'struct',
    member(key) {
      const known = fields.get(key)
      if (known) return known
      const field = fieldOf(info, key)
      if (!field) {
        const name = type.slice(type.lastIndexOf('.') + 1)
        throw new PatchError(`unable to find api field in struct ${name} for the json field ${JSON.stringify(key)}`)
      }
      const { patchStrategy = [], mergeKey = '' } = field
      const made: PatchField = {
        schema: schemaOf(field),
        strategy: patchStrategy.includes('merge') ? 'merge' : patchStrategy.includes('replace') ? 'replace' : '',
        retainKeys: patchStrategy.includes('retainKeys'),
        mergeKey,
      }
      fields.set(key, made)
      return made
    },
  }
}

function fieldOf(info: TypeInfo, key: string): FieldInfo | undefined {
  const field = Object.hasOwn(info.fields, key) ? info.fields[key] : undefined
  if (field && !field.inline) return field
  for (const embedded of Object.values(info.fields)) {
    const inner = embedded.inline ? typeInfo(embedded.type) : undefined
    const found = inner && fieldOf(inner, key)
    if (found) return found
  }
  if (key === 'kind' || key === 'apiVersion')
    return Object.hasOwn(info.fields, 'metadata') ? { type: 'string' } : undefined
  return undefined
}

function schemaOf(field: FieldInfo): PatchSchema {
  if (field.map) {
    const { map: _, ...member } = field
    const schema = schemaOf(member)
    return { name: 'map', member: () => ({ schema, strategy: '', retainKeys: false, mergeKey: '' }) }
  }
  if (field.list) {
    const { list: _, ...item } = field
    return { name: 'slice', member: noMember('slice'), item: schemaOf(item) }
  }
  return typeInfo(field.type) ? later(field.type) : leaf(field.type)
}

/** Types refer to themselves, so that a schema is made when it is first looked at. */
function later(type: string): PatchSchema {
  return { name: 'struct', member: (key) => patchSchema(type).member(key) }
}

function leaf(type: string): PatchSchema {
  if (type !== 'RawExtension' && type !== 'JSON' && type !== 'FieldsV1') return { name: type, member: noMember(type) }
  return {
    name: 'struct',
    member(key) {
      throw new PatchError(`unable to find api field in struct ${type} for the json field ${JSON.stringify(key)}`)
    },
  }
}

const noMember = (kind: string) => (): never => {
  throw new PatchError(`merging an object in json but data type is not struct, instead is: ${kind}`)
}

/** The schema of the items of a list member. */
export function itemsOf(field: PatchField): PatchSchema {
  if (!field.schema.item) throw new PatchError(`expected slice or array type, but got: ${field.schema.name}`)
  return field.schema.item
}
