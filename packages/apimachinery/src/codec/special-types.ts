import { parseJSON, stringifyJSON } from '../bodies/json.ts'
import { parseTime } from '../values/time.ts'
import { parseDuration, formatDuration } from '../values/duration.ts'
import { delimited, varint, WireError, type WireReader, type WireWriter } from './wire.ts'

/** What goes along while a body is read. */
export interface ReadState {
  /** How many messages are around the one at hand. */
  depth: number
  /** Reads a whole body that stands in a field. */
  readonly body: (bytes: Uint8Array, state: ReadState) => unknown
}

/** How a message is read and written. */
export interface MessageCodec {
  /** Writes the fields of the message, the last one first. */
  write(writer: WireWriter, value: unknown): void
  /** Reads fields to the end of the message. */
  read(reader: WireReader, state: ReadState): unknown
}

/** `k8s` and a zero byte stand in front of every protobuf body (k8s.io/apimachinery, runtime/serializer/protobuf). */
export const magic = Uint8Array.of(0x6b, 0x38, 0x73, 0)

export const hasMagic = (bytes: Uint8Array): boolean => magic.every((byte, i) => bytes[i] === byte)

/** Reads a message of one field, which the last one of its kind holds. */
function only<T>(reader: WireReader, absent: T, read: () => T): T {
  let value = absent
  while (!reader.done) {
    const tag = reader.tag()
    if (tag === 8 + delimited) value = read()
    else reader.skip(tag & 7)
  }
  return value
}

/** A quantity is a message that holds its text. */
const quantity: MessageCodec = {
  write(writer, value) {
    writer.string(String(value))
    writer.tag(1, delimited)
  },
  read: (reader) => only(reader, '0', () => reader.string()),
}

/** A message that holds JSON. */
const json: MessageCodec = {
  write(writer, value) {
    if (value === null || value === undefined) return
    writer.string(stringifyJSON(value))
    writer.tag(1, delimited)
  },
  read: (reader) => {
    const text = only(reader, '', () => reader.string())
    return text === '' ? null : readJSON(text)
  },
}

export function readJSON(text: string | Uint8Array): unknown {
  try {
    return parseJSON(text)
  } catch (error) {
    throw new WireError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

/** Seconds and nanoseconds since 1970; `metav1.Time` has no fraction. The zero time is a message without fields. */
function time(digits: 0 | 6): MessageCodec {
  return {
    write(writer, value) {
      if (value === null || value === undefined) return
      const text = String(value)
      let seconds: number
      try {
        seconds = Math.floor(parseTime(text) / 1000)
      } catch (error) {
        throw new WireError(error instanceof Error ? error.message : String(error), { cause: error })
      }
      const fraction = digits === 0 ? '' : (/[.,](\d+)/.exec(text)?.[1] ?? '')
      writer.uint(Number(fraction.padEnd(9, '0').slice(0, 9)))
      writer.tag(2, varint)
      writer.int(seconds)
      writer.tag(1, varint)
    },
    read(reader) {
      if (reader.done) return null
      let seconds: number | bigint = 0
      let nanos = 0
      while (!reader.done) {
        const tag = reader.tag()
        if (tag === 8) seconds = reader.int64()
        else if (tag === 16) nanos = reader.int32()
        else reader.skip(tag & 7)
      }
      const ms = Number(seconds) * 1000
      if (!(ms >= -62_167_219_200_000 && ms <= 253_402_300_799_999)) {
        throw new WireError('Time.MarshalJSON: year outside of range [0,9999]')
      }
      // The zero time of Go is January 1 of the year 1.
      if (ms === -62_135_596_800_000 && nanos === 0) return null
      const base = new Date(ms).toISOString().slice(0, 19)
      return digits === 0 ? `${base}Z` : `${base}.${String(Math.abs(nanos)).padStart(9, '0').slice(0, 6)}Z`
    },
  }
}

const duration: MessageCodec = {
  write(writer, value) {
    writer.int(BigInt(Math.round(parseDuration(String(value)) * 1e6)))
    writer.tag(1, varint)
  },
  read(reader) {
    let nanos: number | bigint = 0
    while (!reader.done) {
      const tag = reader.tag()
      if (tag === 8) nanos = reader.int64()
      else reader.skip(tag & 7)
    }
    return formatDuration(Number(nanos) / 1e6)
  },
}

const intOrString: MessageCodec = {
  write(writer, value) {
    const number = typeof value === 'number' ? value : undefined
    writer.string(number === undefined ? String(value) : '')
    writer.tag(3, delimited)
    writer.int(number ?? 0)
    writer.tag(2, varint)
    writer.uint(number === undefined ? 1 : 0)
    writer.tag(1, varint)
  },
  read(reader) {
    let isText = false
    let number = 0
    let text = ''
    while (!reader.done) {
      const tag = reader.tag()
      if (tag === 8) isText = reader.int32() === 1
      else if (tag === 16) number = reader.int32()
      else if (tag === 24 + delimited) text = reader.string()
      else reader.skip(tag & 7)
    }
    return isText ? text : number
  },
}

/** An object of any kind: JSON, or from client-go's protobuf clients one more body. */
const rawExtension: MessageCodec = {
  write(writer, value) {
    if (value === null || value === undefined) return
    if (value instanceof Uint8Array) writer.bytes(value)
    else writer.string(stringifyJSON(value))
    writer.tag(1, delimited)
  },
  read(reader, state) {
    const raw = only(reader, new Uint8Array() as Uint8Array, () => reader.bytes())
    if (raw.length === 0) return null
    return hasMagic(raw) ? state.body(raw, state) : readJSON(raw)
  },
}

/** Messages whose JSON form is not an object of their fields, by their name in the field table. */
export const specialTypes: ReadonlyMap<string, MessageCodec> = new Map([
  ['apimachinery.pkg.apis.meta.v1.Time', time(0)],
  ['apimachinery.pkg.apis.meta.v1.MicroTime', time(6)],
  ['apimachinery.pkg.apis.meta.v1.Duration', duration],
  ['apimachinery.pkg.apis.meta.v1.FieldsV1', json],
  ['apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON', json],
  ['apimachinery.pkg.runtime.RawExtension', rawExtension],
  ['apimachinery.pkg.api.resource.Quantity', quantity],
  ['apimachinery.pkg.util.intstr.IntOrString', intOrString],
])
