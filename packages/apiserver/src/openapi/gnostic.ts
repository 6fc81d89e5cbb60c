import { toYAML } from '@wherry/apimachinery'
import type { Swagger } from './documents.ts'
import type { JSONObject, JSONValue } from './json.ts'
import { MessageWriter } from './protobuf-writer.ts'

/**
 * The Swagger document in gnostic's protobuf form (`openapi/v2` of google/gnostic-models), which older kubectl reads.
 * A message is described by a table from JSON names to field numbers and forms; only what our documents hold is there.
 */
type Form =
  | 'string'
  | 'strings'
  | 'bool'
  | 'integer'
  | 'double'
  | { readonly message: () => Message }
  /** A map as a message of `{ name, value }` pairs. */
  | { readonly named: () => Message; readonly pairs: number }
  /** A value inside of another message, such as `ParametersItem { Parameter parameter = 1 }`. */
  | { readonly write: (value: JSONValue) => MessageWriter; readonly repeated?: boolean }

interface Message {
  readonly fields: Readonly<Record<string, readonly [number: number, form: Form]>>
  /** Where extensions go. */
  readonly extensions?: number
}

const any = (value: JSONValue): MessageWriter => new MessageWriter().string(2, toYAML(value))

const externalDocs: Message = { fields: { description: [1, 'string'], url: [2, 'string'] } }

/** AdditionalPropertiesItem → schema, or a boolean. */
function schemaOrBool(value: JSONValue): MessageWriter {
  return typeof value === 'boolean' ? new MessageWriter().bool(2, value) : wrap(1, schema, value)
}

const schema: Message = {
  fields: {
    $ref: [1, 'string'],
    format: [2, 'string'],
    title: [3, 'string'],
    description: [4, 'string'],
    default: [5, { write: any }],
    multipleOf: [6, 'double'],
    maximum: [7, 'double'],
    exclusiveMaximum: [8, 'bool'],
    minimum: [9, 'double'],
    exclusiveMinimum: [10, 'bool'],
    maxLength: [11, 'integer'],
    minLength: [12, 'integer'],
    pattern: [13, 'string'],
    maxItems: [14, 'integer'],
    minItems: [15, 'integer'],
    uniqueItems: [16, 'bool'],
    maxProperties: [17, 'integer'],
    minProperties: [18, 'integer'],
    required: [19, 'strings'],
    enum: [20, { write: any, repeated: true }],
    additionalProperties: [21, { write: schemaOrBool }],
    type: [22, { write: (value) => new MessageWriter().string(1, String(value)) }],
    items: [23, { write: (value) => wrap(1, schema, value) }],
    properties: [25, { named: () => schema, pairs: 1 }],
    externalDocs: [29, { message: () => externalDocs }],
    example: [30, { write: any }],
  },
  extensions: 31,
}

const bodyParameter: Message = {
  fields: {
    description: [1, 'string'],
    name: [2, 'string'],
    in: [3, 'string'],
    required: [4, 'bool'],
    schema: [5, { message: () => schema }],
  },
}
const queryParameter: Message = {
  fields: {
    required: [1, 'bool'],
    in: [2, 'string'],
    description: [3, 'string'],
    name: [4, 'string'],
    type: [6, 'string'],
    uniqueItems: [20, 'bool'],
  },
}
const pathParameter: Message = {
  fields: {
    required: [1, 'bool'],
    in: [2, 'string'],
    description: [3, 'string'],
    name: [4, 'string'],
    type: [5, 'string'],
    uniqueItems: [18, 'bool'],
  },
}

/** ParametersItem → Parameter → body, or non-body → query or path. */
function parameterItem(value: JSONValue): MessageWriter {
  const place = isObject(value) ? value.in : undefined
  const parameter =
    place === 'body'
      ? wrap(1, bodyParameter, value)
      : new MessageWriter().message(
          2,
          place === 'path' ? wrap(4, pathParameter, value) : wrap(3, queryParameter, value),
        )
  return new MessageWriter().message(1, parameter)
}

const response: Message = {
  fields: {
    description: [1, 'string'],
    schema: [2, { write: (value) => wrap(1, schema, value) }],
  },
}
const operation: Message = {
  fields: {
    tags: [1, 'strings'],
    description: [3, 'string'],
    operationId: [5, 'string'],
    produces: [6, 'strings'],
    consumes: [7, 'strings'],
    parameters: [8, { write: parameterItem, repeated: true }],
    responses: [9, { write: (value) => pairs(1, entriesOf(value), (one) => wrap(1, response, one)) }],
    schemes: [10, 'strings'],
  },
  extensions: 13,
}
const pathItem: Message = {
  fields: {
    get: [2, { message: () => operation }],
    put: [3, { message: () => operation }],
    post: [4, { message: () => operation }],
    delete: [5, { message: () => operation }],
    options: [6, { message: () => operation }],
    head: [7, { message: () => operation }],
    patch: [8, { message: () => operation }],
    parameters: [9, { write: parameterItem, repeated: true }],
  },
}
const apiKey: Message = {
  fields: { type: [1, 'string'], name: [2, 'string'], in: [3, 'string'], description: [4, 'string'] },
}
const info: Message = { fields: { title: [1, 'string'], version: [2, 'string'] } }
const head: Message = {
  fields: {
    swagger: [1, 'string'],
    info: [2, { message: () => info }],
    security: [12, { write: securityRequirement, repeated: true }],
    securityDefinitions: [13, { write: (value) => pairs(1, entriesOf(value), (one) => wrap(2, apiKey, one)) }],
  },
}

function securityRequirement(value: JSONValue): MessageWriter {
  return pairs(1, entriesOf(value), (scopes) => {
    const array = new MessageWriter()
    if (Array.isArray(scopes)) for (const scope of scopes) array.string(1, String(scope))
    return array
  })
}

/** The bytes of `application/com.github.proto-openapi.spec.v2@v1.0+protobuf`. */
export function encodeSwagger(swagger: Swagger): Buffer {
  return encode(head, swagger.head)
    .message(
      8,
      pairs(2, swagger.paths(), (item) => encode(pathItem, item)),
    )
    .message(
      9,
      pairs(1, swagger.definitions(), (definition) => encode(schema, definition)),
    )
    .finish()
}

function wrap(field: number, message: Message, value: JSONValue): MessageWriter {
  return new MessageWriter().message(field, encode(message, value))
}

function encode(message: Message, value: JSONValue): MessageWriter {
  const writer = new MessageWriter()
  if (!isObject(value)) return writer
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined || member === null) continue
    const field = message.fields[name]
    if (field) writeField(writer, field[0], field[1], member)
    else if (message.extensions !== undefined && name.startsWith('x-')) {
      writer.message(message.extensions, new MessageWriter().string(1, name).message(2, any(member)))
    } else throw new Error(`gnostic has no place for ${name} here`)
  }
  return writer
}

function writeField(writer: MessageWriter, number: number, form: Form, value: JSONValue): void {
  if (form === 'string') writer.string(number, String(value))
  else if (form === 'bool') writer.bool(number, value === true)
  else if (form === 'integer') writer.integer(number, Number(value))
  else if (form === 'double') writer.double(number, Number(value))
  else if (form === 'strings') for (const one of listOf(value)) writer.string(number, String(one))
  else if ('message' in form) writer.message(number, encode(form.message(), value))
  else if ('named' in form) {
    writer.message(
      number,
      pairs(form.pairs, entriesOf(value), (one) => encode(form.named(), one)),
    )
  } else if (form.repeated) for (const one of listOf(value)) writer.message(number, form.write(one))
  else writer.message(number, form.write(value))
}

/** A message of `{ name, value }` pairs under one field number. */
function pairs(field: number, entries: Entries, make: (value: JSONValue) => MessageWriter): MessageWriter {
  const writer = new MessageWriter()
  for (const [name, member] of entries) {
    if (member === undefined) continue
    writer.message(field, new MessageWriter().string(1, name).message(2, make(member)))
  }
  return writer
}

type Entries = Iterable<readonly [name: string, value: JSONValue | undefined]>

function entriesOf(value: JSONValue): Entries {
  return isObject(value) ? Object.entries(value) : []
}

function listOf(value: JSONValue): readonly JSONValue[] {
  return Array.isArray(value) ? value : [value]
}

function isObject(value: JSONValue): value is JSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
