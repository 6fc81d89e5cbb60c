import { type FieldInfo, typeInfo } from '@wherry/api'
import { messageTypeOf } from './message-types.ts'
import { eachField, specialTypes } from './special-types.ts'
import { WireError, type WireReader, WireWriter } from './wire.ts'

type Fields = Record<string, unknown>

/** `k8s` and a zero byte stand in front of every protobuf body (k8s.io/apimachinery, runtime/serializer/protobuf). */
const magic = Uint8Array.of(0x6b, 0x38, 0x73, 0)
const text = new TextDecoder('utf-8', { fatal: true })
const maxDepth = 100

/**
 * Encodes an object of a known kind in the envelope that Kubernetes uses. Fields are written in the order of their
 * numbers and maps in the order of their keys, so that equal objects give equal bytes.
 * Throws `WireError` for a kind without a protobuf form.
 */
export function encodeProtobuf(object: Readonly<Fields>): Uint8Array {
  const { apiVersion = '', kind = '' } = object
  const type = typeof apiVersion === 'string' && typeof kind === 'string' ? messageTypeOf(apiVersion, kind) : undefined
  if (type === undefined) throw new WireError(`no protobuf form for ${String(apiVersion)}, Kind=${String(kind)}`)
  const meta = new WireWriter()
  meta.stringField(1, String(apiVersion))
  meta.stringField(2, String(kind))
  const envelope = new WireWriter()
  envelope.raw(magic)
  envelope.bytesField(1, meta.finish())
  envelope.bytesField(2, encodeMessage(type, object))
  envelope.stringField(3, '')
  envelope.stringField(4, '')
  return envelope.finish()
}

/** Decodes what `encodeProtobuf` made. Throws `WireError` where the bytes are not such a body. */
export function decodeProtobuf(bytes: Uint8Array): Fields {
  if (!magic.every((byte, i) => bytes[i] === byte)) {
    throw new WireError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  }
  let apiVersion = ''
  let kind = ''
  let raw = new Uint8Array() as Uint8Array
  eachField(bytes.subarray(magic.length), (field, reader) => {
    if (field === 1) {
      eachField(reader.bytes(), (part, inner) => {
        if (part === 1) apiVersion = text.decode(inner.bytes())
        else if (part === 2) kind = text.decode(inner.bytes())
        else return false
        return true
      })
    } else if (field === 2) raw = reader.bytes()
    else return false
    return true
  })
  const type = messageTypeOf(apiVersion, kind)
  if (type === undefined) throw new WireError(`no kind "${kind}" is registered for version "${apiVersion}"`)
  return { ...(kind === '' ? {} : { kind, apiVersion }), ...decodeMessage(type, raw, 0) }
}

function encodeMessage(type: string, value: unknown): Uint8Array {
  const special = specialTypes.get(type)
  if (special) return special.encode(value)
  const writer = new WireWriter()
  for (const { name, pb, pbType, field } of layout(type).encodeOrder) {
    const item = layout(type).bare || field.inline ? value : Object(value)[name]
    if (item === undefined) continue
    if (field.list && Array.isArray(item)) for (const element of item) encodeField(writer, pb, pbType, element)
    else encodeField(writer, pb, pbType, item)
  }
  return writer.finish()
}

function encodeField(writer: WireWriter, pb: number, pbType: string, value: unknown): void {
  const map = /^map<string,(.*)>$/.exec(pbType)
  if (map) {
    for (const key of Object.keys(Object(value)).sort()) {
      const entry = new WireWriter()
      entry.stringField(1, key)
      encodeField(entry, 2, map[1] ?? '', Object(value)[key])
      writer.bytesField(pb, entry.finish())
    }
  } else if (pbType === 'string') writer.stringField(pb, String(value))
  else if (pbType === 'bytes') writer.bytesField(pb, Buffer.from(String(value), 'base64'))
  else if (pbType === 'bool') writer.varintField(pb, value ? 1n : 0n)
  else if (pbType === 'double') writer.doubleField(pb, Number(value))
  else if (pbType === 'int32' || pbType === 'int64') writer.varintField(pb, BigInt(Number(value)))
  else writer.bytesField(pb, encodeMessage(pbType, value))
}

function decodeMessage(type: string, bytes: Uint8Array, depth: number): Fields {
  if (depth > maxDepth) throw new WireError('proto: message is nested too deeply')
  const { byNumber } = layout(type)
  const object: Fields = {}
  eachField(bytes, (number, reader) => {
    const known = byNumber.get(number)
    if (!known) return false
    const { name, pbType, field } = known
    const map = /^map<string,(.*)>$/.exec(pbType)
    if (map) {
      const entries = Object(object[name] ?? {})
      const [key, value] = decodeEntry(map[1] ?? '', reader.bytes(), depth)
      Object.defineProperty(entries, key, { value, enumerable: true, configurable: true, writable: true })
      object[name] = entries
    } else if (field.inline) Object.assign(object, decodeMessage(pbType, reader.bytes(), depth + 1))
    else if (field.list) {
      const list = object[name]
      const value = decodeValue(pbType, reader, depth)
      if (Array.isArray(list)) list.push(value)
      else object[name] = [value]
    } else object[name] = decodeValue(pbType, reader, depth)
    return true
  })
  return object
}

function decodeEntry(type: string, bytes: Uint8Array, depth: number): [string, unknown] {
  let key = ''
  let value: unknown = type === 'string' || type === 'bytes' ? '' : undefined
  eachField(bytes, (field, reader) => {
    if (field === 1) key = text.decode(reader.bytes())
    else if (field === 2) value = decodeValue(type, reader, depth)
    else return false
    return true
  })
  return [key, value]
}

function decodeValue(type: string, reader: WireReader, depth: number): unknown {
  if (type === 'string') return text.decode(reader.bytes())
  if (type === 'bytes') return Buffer.from(reader.bytes()).toString('base64')
  if (type === 'bool') return reader.varint() !== 0n
  if (type === 'double') return reader.double()
  if (type === 'int32') return Number(BigInt.asIntN(32, reader.varint()))
  if (type === 'int64') return Number(BigInt.asIntN(64, reader.varint()))
  const bytes = reader.bytes()
  const special = specialTypes.get(type)
  if (special) return special.decode(bytes)
  const fields = decodeMessage(type, bytes, depth + 1)
  return layout(type).bare ? (Object.values(fields)[0] ?? []) : fields
}

interface WireField {
  name: string
  pb: number
  pbType: string
  field: FieldInfo
}

interface Layout {
  encodeOrder: readonly WireField[]
  byNumber: ReadonlyMap<number, WireField>
  /** The JSON form is the value of the only field, as with `ExtraValue`. */
  bare: boolean
}

const layouts = new Map<string, Layout>()

function layout(type: string): Layout {
  const cached = layouts.get(type)
  if (cached) return cached
  const info = typeInfo(type)
  if (!info) throw new WireError(`no protobuf form for ${type}`)
  const fields = Object.entries(info.fields).flatMap(([name, field]) =>
    field.pb === undefined ? [] : [{ name, pb: field.pb, pbType: field.pbType ?? field.type, field }],
  )
  const made: Layout = {
    encodeOrder: fields.toSorted((a, b) => a.pb - b.pb),
    byNumber: new Map(fields.map((field) => [field.pb, field])),
    bare: info.alias !== undefined && fields.length === 1,
  }
  layouts.set(type, made)
  return made
}
