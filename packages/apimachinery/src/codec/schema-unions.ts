import { isMap } from '../meta/deep.ts'
import type { MessageCodec, ReadState } from './special-types.ts'
import { delimited, varint, type WireReader, type WireWriter } from './wire.ts'

const folder = 'apiextensions-apiserver.pkg.apis.apiextensions.v1'

/**
 * Fields of a CustomResourceDefinition's schema that hold a schema or something else: in JSON it stands there itself,
 * on the wire in a message that has a field for each. `schemas` finds the codec of schemas, which hold such fields.
 */
export function schemaUnions(schemas: (type: string) => MessageCodec): ReadonlyMap<string, MessageCodec> {
  const schema = () => schemas(`${folder}.JSONSchemaProps`)

  function write(writer: WireWriter, number: number, value: unknown): void {
    const before = writer.length
    schema().write(writer, value)
    writer.uint(writer.length - before)
    writer.tag(number, delimited)
  }

  /** Reads the fields that are there: a schema in the first or second place, as `schemaAt` says, or others. */
  function read(reader: WireReader, others: Readonly<Record<number, () => void>>, schemaAt: number, state: ReadState) {
    let found: unknown
    while (!reader.done) {
      const tag = reader.tag()
      const other = others[tag]
      if (tag === schemaAt * 8 + delimited) found = reader.message(() => schema().read(reader, state))
      else if (other) other()
      else reader.skip(tag & 7)
    }
    return found
  }

  const orBool: MessageCodec = {
    write(writer, value) {
      if (isMap(value)) write(writer, 2, value)
      writer.bool(value !== false)
      writer.tag(1, varint)
    },
    read(reader, state) {
      let allows = false
      const found = read(reader, { [8 + varint]: () => (allows = reader.bool()) }, 2, state)
      return found ?? allows
    },
  }
  const orArray: MessageCodec = {
    write(writer, value) {
      if (Array.isArray(value)) for (const item of value.toReversed()) write(writer, 2, item)
      else write(writer, 1, value)
    },
    read(reader, state) {
      const list: unknown[] = []
      const item = () => list.push(reader.message(() => schema().read(reader, state)))
      const found = read(reader, { [16 + delimited]: item }, 1, state)
      return list.length > 0 ? list : (found ?? null)
    },
  }
  const orStringArray: MessageCodec = {
    write(writer, value) {
      if (!Array.isArray(value)) return write(writer, 1, value)
      for (const item of value.toReversed()) {
        writer.string(String(item))
        writer.tag(2, delimited)
      }
    },
    read(reader, state) {
      const list: string[] = []
      const found = read(reader, { [16 + delimited]: () => list.push(reader.string()) }, 1, state)
      return list.length > 0 ? list : (found ?? null)
    },
  }
  return new Map([
    [`${folder}.JSONSchemaPropsOrBool`, orBool],
    [`${folder}.JSONSchemaPropsOrArray`, orArray],
    [`${folder}.JSONSchemaPropsOrStringArray`, orStringArray],
  ])
}
