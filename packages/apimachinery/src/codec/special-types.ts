import { WireReader, WireWriter } from './wire.ts'

/** A type whose JSON form is not an object of its protobuf fields. */
export interface SpecialType {
  encode(value: unknown): Uint8Array
  decode(bytes: Uint8Array): unknown
}

const text = new TextDecoder('utf-8', { fatal: true })

/** Calls `on` for each field of a message; fields that it does not take are passed over. */
export function eachField(bytes: Uint8Array, on: (field: number, reader: WireReader) => boolean): void {
  for (const reader = new WireReader(bytes); !reader.done; ) {
    const { field, wireType } = reader.tag()
    if (!on(field, reader)) reader.skip(wireType)
  }
}

function message(write: (writer: WireWriter) => void): Uint8Array {
  const writer = new WireWriter()
  write(writer)
  return writer.finish()
}

function time(digits: 0 | 6): SpecialType {
  return {
    encode(value) {
      if (value === null) return new Uint8Array()
      const [, seconds = '', fraction = ''] = /^(.*?)(?:\.(\d+))?(?:Z|[+-]\d\d:\d\d)$/.exec(String(value)) ?? []
      const zone = String(value).slice(seconds.length + (fraction ? fraction.length + 1 : 0))
      return message((writer) => {
        writer.varintField(1, BigInt(Math.floor(Date.parse(seconds + zone) / 1000)))
        writer.varintField(2, digits === 0 ? 0n : BigInt(fraction.padEnd(9, '0').slice(0, 9)))
      })
    },
    decode(bytes) {
      if (bytes.length === 0) return null
      let seconds = 0n
      let nanos = 0n
      eachField(bytes, (field, reader) => {
        if (field === 1) seconds = BigInt.asIntN(64, reader.varint())
        else if (field === 2) nanos = reader.varint()
        else return false
        return true
      })
      const base = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
      return digits === 0 ? `${base}Z` : `${base}.${String(nanos).padStart(9, '0').slice(0, 6)}Z`
    },
  }
}

/** A message of one field that holds text. */
const quantity: SpecialType = {
  encode: (value) => message((writer) => writer.stringField(1, String(value))),
  decode(bytes) {
    let value = ''
    eachField(bytes, (field, reader) => {
      if (field !== 1) return false
      value = text.decode(reader.bytes())
      return true
    })
    return value
  },
}

/** A message of one field that holds JSON. */
const json: SpecialType = {
  encode: (value) => message((writer) => writer.stringField(1, JSON.stringify(value))),
  decode(bytes) {
    let value: unknown = null
    eachField(bytes, (field, reader) => {
      if (field !== 1) return false
      value = JSON.parse(text.decode(reader.bytes()))
      return true
    })
    return value
  },
}

const intOrString: SpecialType = {
  encode: (value) =>
    message((writer) => {
      const number = typeof value === 'number'
      writer.varintField(1, number ? 0n : 1n)
      writer.varintField(2, number ? BigInt(value) : 0n)
      writer.stringField(3, number ? '' : String(value))
    }),
  decode(bytes) {
    let isText = false
    let number = 0
    let string = ''
    eachField(bytes, (field, reader) => {
      if (field === 1) isText = reader.varint() === 1n
      else if (field === 2) number = Number(BigInt.asIntN(32, reader.varint()))
      else if (field === 3) string = text.decode(reader.bytes())
      else return false
      return true
    })
    return isText ? string : number
  },
}

/** By the name of the message in the field table. */
export const specialTypes: ReadonlyMap<string, SpecialType> = new Map([
  ['apimachinery.pkg.apis.meta.v1.Time', time(0)],
  ['apimachinery.pkg.apis.meta.v1.MicroTime', time(6)],
  ['apimachinery.pkg.apis.meta.v1.FieldsV1', json],
  ['apimachinery.pkg.runtime.RawExtension', json],
  ['apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON', json],
  ['apimachinery.pkg.api.resource.Quantity', quantity],
  ['apimachinery.pkg.util.intstr.IntOrString', intOrString],
])
