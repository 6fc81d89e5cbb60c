import { hasMessage, messageCodec } from './message-codecs.ts'
import { messageTypeOf } from './message-types.ts'
import { hasMagic, magic, type ReadState, readJSON } from './special-types.ts'
import { delimited, WireError, WireReader, WireWriter } from './wire.ts'

type Fields = Record<string, unknown>

/** Whether objects of the kind have a protobuf form. */
export function hasProtobufForm(apiVersion: string, kind: string): boolean {
  const type = messageTypeOf(apiVersion, kind)
  return type !== undefined && hasMessage(type)
}

/**
 * Encodes an object of a known kind, or a list of one, in the envelope that Kubernetes uses. Fields are written in the
 * order of their numbers and maps in the order of their keys, so that equal objects give equal bytes.
 * Throws `WireError` for a kind without a protobuf form.
 */
export function encodeProtobuf(object: Readonly<Fields>): Uint8Array {
  const { apiVersion = '', kind = '' } = object
  const type = typeof apiVersion === 'string' && typeof kind === 'string' ? messageTypeOf(apiVersion, kind) : undefined
  if (type === undefined || !hasMessage(type)) {
    throw new WireError(`no protobuf form for ${String(apiVersion)}, Kind=${String(kind)}`)
  }
  const writer = new WireWriter()
  writer.raw(envelopeEnd)
  const before = writer.length
  messageCodec(type).write(writer, object)
  writer.uint(writer.length - before)
  writer.raw(envelopeStart(String(apiVersion), String(kind)))
  return writer.finish()
}

/** The fields of an object of a type of the field table alone: what stands in a list, or between an envelope's ends. */
export function encodeMessage(type: string, object: Readonly<Fields>): Uint8Array {
  const writer = new WireWriter()
  messageCodec(type).write(writer, object)
  return writer.finish()
}

/** Empty `contentEncoding` and `contentType`, after the object. */
export const envelopeEnd: Uint8Array = Uint8Array.of(0x1a, 0, 0x22, 0)

/** What stands in front of an object's length and its message: the magic number, its kind, and the message's tag. */
export function envelopeStart(apiVersion: string, kind: string): Uint8Array {
  const writer = new WireWriter()
  writer.tag(2, delimited)
  const before = writer.length
  writer.string(kind)
  writer.tag(2, delimited)
  writer.string(apiVersion)
  writer.tag(1, delimited)
  writer.uint(writer.length - before)
  writer.tag(1, delimited)
  writer.raw(magic)
  return writer.finish()
}

/**
 * Decodes what `encodeProtobuf` made, or what client-go sends: its zeros for unset fields are left out as
 * `decodeTyped` leaves them out. Throws `WireError` where the bytes are not such a body, or the body is encoded once more.
 */
export function decodeProtobuf(bytes: Uint8Array): Fields {
  return decodeBody(bytes, { depth: 0, body: decodeBody })
}

function decodeBody(bytes: Uint8Array, state: ReadState): Fields {
  if (!hasMagic(bytes)) {
    throw new WireError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  }
  const reader = new WireReader(bytes.subarray(magic.length))
  let apiVersion = ''
  let kind = ''
  let raw = new Uint8Array() as Uint8Array
  let contentType = ''
  let encoding = ''
  while (!reader.done) {
    const tag = reader.tag()
    if (tag === 8 + delimited) {
      reader.message(() => {
        while (!reader.done) {
          const inner = reader.tag()
          if (inner === 8 + delimited) apiVersion = reader.string()
          else if (inner === 16 + delimited) kind = reader.string()
          else reader.skip(inner & 7)
        }
      })
    } else if (tag === 16 + delimited) raw = reader.bytes()
    else if (tag === 24 + delimited) encoding = reader.string()
    else if (tag === 32 + delimited) contentType = reader.string()
    else reader.skip(tag & 7)
  }
  if (encoding !== '') throw new WireError(`unable to decode contentEncoding ${JSON.stringify(encoding)}`)
  if (contentType === 'application/json') return asFields(readJSON(raw))
  const type = messageTypeOf(apiVersion, kind)
  if (type === undefined || !hasMessage(type)) {
    throw new WireError(`no kind "${kind}" is registered for version "${apiVersion}"`)
  }
  const fields = asFields(messageCodec(type).read(new WireReader(raw), state))
  return kind === '' ? fields : { kind, apiVersion, ...fields }
}

function asFields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new WireError('the body is no object')
  return { ...value }
}

/**
 * One frame of a protobuf watch: its length in four bytes, then the event. `object` is what `encodeProtobuf` gave, whole
 * or in parts, so that an object is encoded once for all its watchers. As upstream: util/framer,
 * `NewLengthDelimitedFrameWriter`.
 */
export function encodeWatchFrame(type: string, ...object: readonly Uint8Array[]): Uint8Array {
  const writer = new WireWriter()
  for (const part of object.toReversed()) writer.raw(part)
  writer.uint(writer.length)
  writer.tag(1, delimited)
  writer.uint(writer.length)
  writer.tag(2, delimited)
  writer.string(type)
  writer.tag(1, delimited)
  const length = writer.length
  writer.raw(Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length))
  return writer.finish()
}

/** A number as protobuf writes lengths. */
export function encodeVarint(value: number): Uint8Array {
  const writer = new WireWriter()
  writer.uint(value)
  return writer.finish()
}
