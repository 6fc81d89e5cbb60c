import { type FieldInfo, typeInfo } from '@wherry/api'
import { compareUtf8, isMap, setKey } from '../meta/deep.ts'
import { emptinessOf } from '../typed/decoders.ts'
import { schemaUnions } from './schema-unions.ts'
import { type MessageCodec, type ReadState, specialTypes } from './special-types.ts'
import { delimited, fixed64, varint, WireError, type WireReader, type WireWriter } from './wire.ts'

const maxDepth = 100
const compiled = new Map<string, MessageCodec>()
const unions = schemaUnions(messageCodec)

/** The codec of a message of the field table, compiled at its first use. Throws where it has no protobuf form. */
export function messageCodec(type: string): MessageCodec {
  const known = specialTypes.get(type) ?? unions.get(type) ?? compiled.get(type)
  if (known) return known
  const made = compile(type)
  compiled.set(type, made)
  return made
}

/** Whether the field table knows how the type looks on the wire. */
export function hasMessage(type: string): boolean {
  const info = typeInfo(type)
  const fields = Object.values(info?.fields ?? {})
  return info !== undefined && (fields.length === 0 || fields.some((field) => field.pb !== undefined))
}

/** One value of a field, without its tag. */
interface ValueCodec {
  readonly wireType: number
  write(writer: WireWriter, value: unknown): void
  read(reader: WireReader, state: ReadState): unknown
}

const scalars: Readonly<Record<string, ValueCodec>> = {
  string: {
    wireType: delimited,
    write: (writer, value) => writer.string(String(value)),
    read: (reader) => reader.string(),
  },
  bytes: {
    wireType: delimited,
    write: (writer, value) => writer.bytes(Buffer.from(String(value), 'base64')),
    read: (reader) => reader.base64(),
  },
  bool: {
    wireType: varint,
    write: (writer, value) => writer.bool(value === true),
    read: (reader) => reader.bool(),
  },
  int32: { wireType: varint, write: writeInteger, read: (reader) => reader.int32() },
  int64: { wireType: varint, write: writeInteger, read: (reader) => reader.int64() },
  double: {
    wireType: fixed64,
    write: (writer, value) => writer.double(Number(value)),
    read: (reader) => reader.double(),
  },
}

function writeInteger(writer: WireWriter, value: unknown): void {
  writer.int(typeof value === 'bigint' ? value : Number(value))
}

function valueCodec(type: string): ValueCodec {
  const scalar = scalars[type]
  if (scalar) return scalar
  // Messages may hold themselves, so that a codec is looked up when the first value comes.
  let codec: MessageCodec | undefined
  return {
    wireType: delimited,
    write(writer, value) {
      const before = writer.length
      codec ??= messageCodec(type)
      codec.write(writer, value)
      writer.uint(writer.length - before)
    },
    read(reader, state) {
      if (++state.depth > maxDepth) throw new WireError('proto: message is nested too deeply')
      const found = (codec ??= messageCodec(type))
      const value = reader.message(() => found.read(reader, state))
      state.depth--
      return value
    },
  }
}

interface WireField {
  readonly name: string
  readonly number: number
  /** Writes the member of the object, with its tag. */
  write(writer: WireWriter, object: Readonly<Record<string, unknown>>): void
  /** Reads one more value of the field into the object. */
  read(reader: WireReader, object: Record<string, unknown>, wireType: number, state: ReadState): void
}

function compile(type: string): MessageCodec {
  const info = typeInfo(type)
  if (!info || !hasMessage(type)) throw new WireError(`no protobuf form for ${type}`)
  const rows = Object.entries(info.fields).filter(([, field]) => field.pb !== undefined)
  // A list that needs a message of its own on the wire, such as `ExtraValue`.
  const bare = info.alias !== undefined && rows.length === 1
  const fields = rows.map(([name, field]) => wireField(name, field)).sort((a, b) => b.number - a.number)
  const byNumber: (WireField | undefined)[] = []
  for (const field of fields) byNumber[field.number] = field
  const [single] = rows
  return {
    write(writer, value) {
      const object = bare && single ? { [single[0]]: value } : value
      if (!isMap(object)) throw new WireError(`no ${type}: ${typeof value}`)
      for (const field of fields) field.write(writer, object)
    },
    read(reader, state) {
      const object: Record<string, unknown> = {}
      while (!reader.done) {
        const tag = reader.tag()
        const field = byNumber[tag < 0x8000_0000 ? tag >>> 3 : -1]
        if (field) field.read(reader, object, tag & 7, state)
        else reader.skip(tag & 7)
      }
      return bare && single ? (object[single[0]] ?? []) : object
    },
  }
}

function wireField(name: string, field: FieldInfo): WireField {
  const number = field.pb ?? 0
  const type = field.pbType ?? field.type
  const mapType = /^map<string,(.*)>$/.exec(type)?.[1]
  if (mapType !== undefined) return mapField(name, number, valueCodec(mapType))
  const codec = valueCodec(type)
  if (field.inline) return inlineField(name, number, codec)
  return field.list ? listField(name, number, codec) : singleField(name, number, codec, emptinessOf(field))
}

function singleField(name: string, number: number, codec: ValueCodec, empty: (value: unknown) => boolean): WireField {
  return {
    name,
    number,
    write(writer, object) {
      const value = object[name]
      if (value === undefined || value === null) return
      codec.write(writer, value)
      writer.tag(number, codec.wireType)
    },
    read(reader, object, wireType, state) {
      check(name, wireType, codec)
      const value = codec.read(reader, state)
      if (value === null || empty(value)) delete object[name]
      else object[name] = value
    },
  }
}

function listField(name: string, number: number, codec: ValueCodec): WireField {
  return {
    name,
    number,
    write(writer, object) {
      const list = object[name]
      if (!Array.isArray(list)) return
      for (let i = list.length - 1; i >= 0; i--) {
        codec.write(writer, list[i])
        writer.tag(number, codec.wireType)
      }
    },
    read(reader, object, wireType, state) {
      const known = object[name]
      const list: unknown[] = Array.isArray(known) ? known : []
      object[name] = list
      if (wireType === delimited && codec.wireType !== delimited) {
        // Numbers may come packed into one field.
        reader.message(() => {
          while (!reader.done) list.push(codec.read(reader, state))
        })
        return
      }
      check(name, wireType, codec)
      list.push(codec.read(reader, state))
    },
  }
}

function mapField(name: string, number: number, codec: ValueCodec): WireField {
  return {
    name,
    number,
    write(writer, object) {
      const map = object[name]
      if (!isMap(map)) return
      for (const key of Object.keys(map).sort((a, b) => compareUtf8(b, a))) {
        const before = writer.length
        codec.write(writer, map[key])
        writer.tag(2, codec.wireType)
        writer.string(key)
        writer.tag(1, delimited)
        writer.uint(writer.length - before)
        writer.tag(number, delimited)
      }
    },
    read(reader, object, wireType, state) {
      if (wireType !== delimited) throw wrongWireType(name, wireType)
      const known = object[name]
      const map = isMap(known) ? known : {}
      object[name] = map
      reader.message(() => {
        let key = ''
        let value: unknown
        while (!reader.done) {
          const tag = reader.tag()
          if (tag === 8 + delimited) key = reader.string()
          else if (tag === 16 + codec.wireType) value = codec.read(reader, state)
          else reader.skip(tag & 7)
        }
        setKey(map, key, value === undefined ? zeroOf(codec) : value)
      })
    },
  }
}

/** What a map's entry without a value holds. */
function zeroOf(codec: ValueCodec): unknown {
  return codec === scalars.string || codec === scalars.bytes ? '' : null
}

/** A message whose fields stand among its owner's in JSON. */
function inlineField(name: string, number: number, codec: ValueCodec): WireField {
  return {
    name,
    number,
    write(writer, object) {
      codec.write(writer, object)
      writer.tag(number, delimited)
    },
    read(reader, object, wireType, state) {
      check(name, wireType, codec)
      Object.assign(object, codec.read(reader, state))
    },
  }
}

function check(name: string, wireType: number, codec: ValueCodec): void {
  if (wireType !== codec.wireType) throw wrongWireType(name, wireType)
}

function wrongWireType(name: string, wireType: number): WireError {
  return new WireError(`proto: wrong wireType = ${wireType} for field ${name.charAt(0).toUpperCase()}${name.slice(1)}`)
}
