import { type FieldInfo, type TypeInfo, typeInfo } from '@wherry/api'
import { NumberLiteral } from '../bodies/json.ts'
import { isMap as isObject, setKey } from '../meta/deep.ts'
import { DecodeFailure } from './context.ts'
import { type Decoder, scalarDecoders } from './scalars.ts'

const schemaProps = 'apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'
const compiled = new Map<string, Decoder>()

const isMap = (value: unknown): value is Record<string, unknown> => isObject(value) && !(value instanceof NumberLiteral)

/** The decoder of a type of the field table, compiled at its first use. Throws where the table has no such type. */
export function decoderOf(type: string): Decoder {
  const known = scalarDecoders.get(type) ?? compiled.get(type)
  if (known) return known
  const made = schemaForms[type] ?? compile(type)
  compiled.set(type, made)
  return made
}

function compile(type: string): Decoder {
  const info = typeInfo(type)
  if (!info) throw new Error(`no type ${type} in the field table`)
  // A bare object is a struct that has no fields (yet).
  return info.alias && info.alias.type !== 'object' ? fieldDecoder(info.alias) : struct(type, info)
}

/** The decoder of a field: of its type, or of a list or map of it. */
function fieldDecoder(field: FieldInfo): Decoder {
  const item = called(later(field.type), field.goType)
  const inner = field.list ? list(item) : item
  return field.map ? map(inner) : inner
}

/** Named strings refuse other values by their own name. */
function called(decoder: Decoder, goType: string | undefined): Decoder {
  if (goType === undefined) return decoder
  const decode: Decoder['decode'] = (value, context) =>
    typeof value === typeof decoder.zero() ? decoder.decode(value, context) : context.refuse(value, goType)
  return { ...decoder, goType, decode }
}

/** Types refer to themselves and to each other, so that a decoder is looked up when it is first needed. */
function later(type: string): Decoder {
  const scalar = scalarDecoders.get(type)
  if (scalar) return scalar
  let found: Decoder | undefined
  return {
    goType: goName(type),
    zero: () => (found ??= decoderOf(type)).zero(),
    decode: (value, context) => (found ??= decoderOf(type)).decode(value, context),
  }
}

/** `api.core.v1.PodSpec` is `v1.PodSpec` in Go. */
function goName(type: string): string {
  return type.split('.').slice(-2).join('.')
}

interface Field {
  readonly decoder: Decoder
  /**
   * Whether a value says nothing: an empty list or map, and a zero, false or empty text where upstream's field is no
   * pointer. Such values are left out, as Go's `omitempty` does, unless the API requires the field.
   */
  readonly empty: (value: unknown) => boolean
  /** A value of this `typeof` needs no other look at. */
  readonly plain: 'string' | 'boolean' | ''
}

function struct(type: string, info: TypeInfo): Decoder {
  const goType = goName(type)
  const name = goType.slice(goType.indexOf('.') + 1)
  const fields = fieldsOf(info)
  return {
    goType,
    zero: () => ({}),
    decode(value, context) {
      if (!isMap(value)) return context.refuse(value, goType)
      context.structs.push(name)
      const object: Record<string, unknown> = {}
      for (const key of Object.keys(value)) {
        const field = fields.get(key)
        const member = value[key]
        if (field === undefined) context.unknownField(key)
        else if (member === null || member === undefined) continue
        else if (typeof member === field.plain) {
          if (!field.empty(member)) object[key] = member
        } else {
          context.path.push(key)
          const decoded = field.decoder.decode(member, context)
          context.path.pop()
          if (decoded !== undefined && !field.empty(decoded)) object[key] = decoded
        }
      }
      context.structs.pop()
      return object
    },
  }
}

function fieldsOf(info: TypeInfo): Map<string, Field> {
  const fields = new Map<string, Field>()
  for (const [name, field] of Object.entries(info.fields)) {
    if (field.inline) {
      const embedded = typeInfo(field.type)
      if (embedded) for (const [key, value] of fieldsOf(embedded)) if (!fields.has(key)) fields.set(key, value)
    } else fields.set(name, fieldOf(field))
  }
  // Types that only the protobuf facts describe have neither; every object has both.
  if (fields.has('metadata')) {
    for (const name of ['apiVersion', 'kind']) if (!fields.has(name)) fields.set(name, fieldOf({ type: 'string' }))
  }
  return fields
}

function fieldOf(field: FieldInfo): Field {
  const single = !field.list && !field.map
  return {
    decoder: fieldDecoder(field),
    empty: emptinessOf(field),
    plain: single && field.type === 'string' ? 'string' : single && field.type === 'bool' ? 'boolean' : '',
  }
}

const zeroable: ReadonlySet<string> = new Set(['string', 'bool', 'int32', 'int64', 'double', 'IntOrString'])
const never = (): boolean => false
const managedFieldsEntry = 'apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry'
const isZero = (value: unknown): boolean => value === '' || value === 0 || value === false
const isEmpty = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : Object.keys(Object(value)).length === 0

/** Tells which values of a field say nothing. */
export function emptinessOf(field: FieldInfo): (value: unknown) => boolean {
  // An empty list of managers is not as good as none: it asks to forget them.
  if (field.required || field.type === managedFieldsEntry) return never
  if (field.list || field.map || typeInfo(field.type)?.alias?.list) return isEmpty
  return zeroable.has(field.type) && !field.pointer && !field.zero ? isZero : never
}

function list(item: Decoder): Decoder {
  const goType = `[]${item.goType}`
  return {
    goType,
    zero: () => null,
    decode(value, context) {
      if (!Array.isArray(value)) return context.refuse(value, goType)
      const items: unknown[] = []
      for (let i = 0; i < value.length; i++) {
        context.path.push(i)
        const decoded = value[i] === null ? item.zero() : item.decode(value[i], context)
        context.path.pop()
        if (decoded !== undefined) items.push(decoded)
      }
      return items
    },
  }
}

function map(member: Decoder): Decoder {
  const goType = `map[string]${member.goType}`
  const text = member.goType === 'string'
  return {
    goType,
    zero: () => null,
    decode(value, context) {
      if (!isMap(value)) return context.refuse(value, goType)
      const members = {}
      for (const key of Object.keys(value)) {
        const item = value[key]
        if (text && typeof item === 'string') {
          setKey(members, key, item)
          continue
        }
        context.path.push({ key })
        const decoded = item === null ? member.zero() : member.decode(item, context)
        context.path.pop()
        if (decoded !== undefined) setKey(members, key, decoded)
      }
      return members
    },
  }
}

/** The parts of a JSON schema that may be a schema or something simpler. Unknown fields within pass in silence. */
const schemaForms: Readonly<Record<string, Decoder>> = {
  JSONSchemaPropsOrBool: schemaOr((value) => {
    if (typeof value === 'boolean') return value
    throw new DecodeFailure('boolean or JSON schema expected')
  }),
  JSONSchemaPropsOrArray: schemaOr((value, context) => list(later(schemaProps)).decode(value, context)),
  JSONSchemaPropsOrStringArray: schemaOr((value, context) => list(later('string')).decode(value, context)),
}

function schemaOr(other: Decoder['decode']): Decoder {
  return {
    goType: 'v1.JSONSchemaProps',
    zero: () => null,
    decode(value, context) {
      context.muted++
      const decoded = isMap(value) ? decoderOf(schemaProps).decode(value, context) : other(value, context)
      context.muted--
      return decoded
    },
  }
}
