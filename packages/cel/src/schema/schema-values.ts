import { parseTimestamp } from '../values/time.ts'
import { CelFailure, CelMap, noSuchOverload, Timestamp, type Value } from '../values/value.ts'
import { escapeName, unescapeName } from './escaping.ts'
import { parseFormattedDuration } from './formats.ts'
import { keyedList, plainList, setList } from './schema-lists.ts'
import { type StructuralSchema, withObjectMeta } from './structural.ts'
import { Preserved } from './preserved.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Go's name for the type of a JSON value, as messages have it. */
function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}'
  if (typeof value === 'object') return 'map[string]interface {}'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

/**
 * A JSON value as its schema tells (k8s `UnstructuredToVal`). Objects and lists are read when they are asked for;
 * what does not fit its schema is a failure, with upstream's words.
 */
export function schemaValue(json: unknown, schema: StructuralSchema): Value {
  if (json === null || json === undefined) {
    return schema.nullable === true ? null : new CelFailure('invalid data, got null for schema with nullable=false')
  }
  if (schema['x-kubernetes-int-or-string'] === true) {
    if (typeof json === 'string') return json
    return integer(json) ?? new CelFailure('invalid data, expected XIntOrString value to be either a string or integer')
  }
  switch (schema.type) {
    case 'object':
      return objectValue(json, schema)
    case 'array':
      return arrayValue(json, schema)
    case 'string':
      if (typeof json === 'string') return textValue(json, schema.format)
      return new CelFailure(`invalid data, expected string, got ${goType(json)}`)
    case 'number':
      if (typeof json === 'number' || typeof json === 'bigint') return Number(json)
      return new CelFailure(`invalid data, expected float, got ${goType(json)}`)
    case 'integer':
      return integer(json) ?? new CelFailure(`invalid data, expected int, got ${goType(json)}`)
    case 'boolean':
      return typeof json === 'boolean' ? json : new CelFailure(`invalid data, expected bool, got ${goType(json)}`)
    default:
      if (schema['x-kubernetes-preserve-unknown-fields'] === true) return new Preserved(json)
      return new CelFailure(
        `invalid type, expected object, array, number, integer, boolean or string, or no type with x-kubernetes-int-or-string or x-kubernetes-preserve-unknown-fields is true, got ${schema.type ?? ''}`,
      )
  }
}

function integer(json: unknown): bigint | undefined {
  if (typeof json === 'bigint') return json
  return typeof json === 'number' && Number.isInteger(json) ? BigInt(json) : undefined
}

function objectValue(json: unknown, schema: StructuralSchema): Value {
  if (!isJsonObject(json))
    return new CelFailure('invalid data, expected a map for the provided schema with type=object')
  const embedded = schema['x-kubernetes-embedded-resource'] === true
  return new SchemaObject(json, embedded ? withObjectMeta(schema) : schema)
}

function arrayValue(json: unknown, schema: StructuralSchema): Value {
  if (!Array.isArray(json))
    return new CelFailure('invalid data, expected an array for the provided schema with type=array')
  const { items } = schema
  if (items === undefined) return new CelFailure('invalid array type, expected Items with a non-empty Schema')
  const read = (item: unknown): Value => schemaValue(item, items)
  const listType = schema['x-kubernetes-list-type'] ?? 'atomic'
  switch (listType) {
    case 'map':
      return keyedList(json, read, schema['x-kubernetes-list-map-keys'] ?? [])
    case 'set':
      return setList(json, read)
    case 'atomic':
      return plainList(json, read)
    default:
      return new CelFailure(`invalid x-kubernetes-list-type, expected 'map', 'set' or 'atomic' but got ${listType}`)
  }
}

function textValue(text: string, format: string | undefined): Value {
  switch (format) {
    case 'duration':
      return (
        parseFormattedDuration(text) ?? new CelFailure(`Invalid duration ${text}: unable to parse ${text} as duration`)
      )
    case 'date': {
      const day = /^\d{4}-\d\d-\d\d$/.test(text) ? parseTimestamp(`${text}T00:00:00Z`) : undefined
      return day ?? new CelFailure(`Invalid date formatted string ${text}: parsing time "${text}" as "2006-01-02"`)
    }
    case 'date-time': {
      if (text === '') return new Timestamp(0n)
      const time = parseTimestamp(text.toUpperCase().replace(' ', 'T'))
      return time ?? new CelFailure(`Invalid date-time formatted string ${text}: parsing time "${text}"`)
    }
    case 'byte': {
      const valid = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
      return valid
        ? new Uint8Array(Buffer.from(text, 'base64'))
        : new CelFailure(`Invalid byte formatted string ${text}`)
    }
    default:
      return text
  }
}

/** An object or a map: fields are found by their escaped names, entries of a map by their keys. */
export class SchemaObject extends CelMap {
  readonly json: JsonObject
  readonly #schema: StructuralSchema
  readonly #isObject: boolean

  constructor(json: JsonObject, schema: StructuralSchema) {
    super()
    this.json = json
    this.#schema = schema
    this.#isObject = schema.properties !== undefined
  }

  #schemaOf(property: string): StructuralSchema | undefined {
    const { properties, additionalProperties } = this.#schema
    if (properties !== undefined) return Object.hasOwn(properties, property) ? properties[property] : undefined
    return typeof additionalProperties === 'object' ? additionalProperties : undefined
  }

  get size(): number {
    return Object.keys(this.json).length
  }

  *keys(): Generator<Value> {
    for (const property of Object.keys(this.json)) {
      if (this.#schemaOf(property) === undefined) continue
      yield this.#isObject ? (escapeName(property) ?? property) : property
    }
  }

  find(key: Value): Value | undefined {
    if (typeof key !== 'string') return noSuchOverload()
    const property = this.#isObject ? unescapeName(key) : key
    if (property === undefined || !Object.hasOwn(this.json, property)) return undefined
    const value = this.json[property]
    // A null field of an object is an absent one.
    if (this.#isObject && value === null) return undefined
    const schema = this.#schemaOf(property)
    return schema && schemaValue(value, schema)
  }
}
