import { refName, scalarOf, typeName } from './names.mjs'

/**
 * One entry per type: its fields with JSON type, list and map semantics, patch strategy and protobuf number. A type
 * that only the protobuf facts know (an older version of a kind) is described from them alone. Which scalars are
 * pointers, which are there even when they are zero, what their types are called, and which other fields are always there
 * comes from `go-facts.json`.
 */
export function fieldTable(definitions, messages, goFacts) {
  const table = {}
  for (const [name, definition] of Object.entries(definitions)) {
    const key = typeName(name)
    if (scalarOf(key)) continue
    const mapType = definition['x-kubernetes-map-type']
    table[key] = definition.properties
      ? { fields: fieldsOf(definition), ...(mapType === undefined ? {} : { mapType }) }
      : { fields: {}, alias: fieldOf(definition) }
  }
  const known = new Set(Object.keys(messages).map(typeName))
  for (const [name, rows] of Object.entries(messages)) {
    const key = typeName(name)
    if (scalarOf(key)) continue
    const entry = (table[key] ??= { fields: {}, fromProtobuf: true })
    for (const [number, protoName, type, repeated] of rows) {
      const pbType = resolve(type, key, known)
      const { name: field, inline } = jsonName(entry, protoName, pbType)
      entry.fields[field] ??= inline ? { type: pbType, inline: true } : fromProtobuf(pbType, repeated)
      const { type: jsonType } = entry.fields[field]
      Object.assign(entry.fields[field], pbType === jsonType ? { pb: number } : { pb: number, pbType })
    }
    // `ExtraValue`, `Verbs`: a list that needs a message of its own on the protobuf wire.
    const only = Object.keys(entry.fields)
    if (entry.fromProtobuf && only.length === 1 && only[0] === 'items' && entry.fields.items.type === 'string') {
      entry.alias = { type: 'string', list: true }
    }
    delete entry.fromProtobuf
  }
  for (const [name, { pointers = [], zeros = [], names = {}, present = {} }] of Object.entries(goFacts)) {
    const fields = table[name]?.fields ?? {}
    for (const field of pointers) if (fields[field]) fields[field].pointer = true
    for (const field of zeros) if (fields[field] && !fields[field].required) fields[field].zero = true
    for (const [field, goType] of Object.entries(names)) if (fields[field]) fields[field].goType = goType
    for (const [field, always] of Object.entries(present)) if (fields[field]) fields[field].always = always
  }
  return Object.fromEntries(Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Embedded Go structs that only older versions have, so that OpenAPI cannot tell them from fields. */
const embedded = new Set(['ingressRuleValue', 'volumeSource', 'handler', 'lifecycleHandler', 'probeHandler'])

/**
 * The JSON name of a protobuf field: the two differ in case for acronyms (`uID`), and in what no name in Go can have
 * (`$ref`, `x-kubernetes-list-type`). A message that OpenAPI does not show
 * as a field is embedded: its fields stand among its owner's in JSON.
 */
function jsonName(entry, protoName, pbType) {
  if (entry.fromProtobuf) return { name: spelled(protoName), inline: embedded.has(protoName) && pbType.includes('.') }
  if (entry.fields[protoName]) return { name: protoName, inline: false }
  const plain = (name) => name.replace(/[^a-z\d]/gi, '').toLowerCase()
  const same = Object.keys(entry.fields).find((name) => plain(name) === plain(protoName))
  return { name: same ?? protoName, inline: same === undefined && Object.keys(entry.fields).length > 0 }
}

const spelled = (protoName) =>
  protoName
    .replace(/^aPI/, 'api')
    .replace(/^uID/, 'uid')
    .replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())

function fieldsOf(definition) {
  const required = new Set(definition.required ?? [])
  const fields = {}
  for (const [name, schema] of Object.entries(definition.properties)) {
    fields[name] = { ...fieldOf(schema), ...(required.has(name) ? { required: true } : {}) }
  }
  return fields
}

function fieldOf(schema) {
  const field = { type: scalarType(schema) }
  if (schema.type === 'array') {
    field.type = scalarType(schema.items)
    field.list = true
  } else if (schema.type === 'object' && schema.additionalProperties) {
    const value = schema.additionalProperties
    field.type = value.type === 'array' ? scalarType(value.items) : scalarType(value)
    field.map = true
    if (value.type === 'array') field.list = true
  }
  const extensions = {
    listType: schema['x-kubernetes-list-type'],
    listMapKeys: schema['x-kubernetes-list-map-keys'],
    patchStrategy: schema['x-kubernetes-patch-strategy']?.split(','),
    mergeKey: schema['x-kubernetes-patch-merge-key'],
    mapType: schema['x-kubernetes-map-type'],
  }
  for (const [name, value] of Object.entries(extensions)) if (value !== undefined) field[name] = value
  return field
}

function scalarType(schema) {
  if (schema.$ref) return scalarOf(refName(schema.$ref)) ?? refName(schema.$ref)
  if (schema.type === 'boolean') return 'bool'
  if (schema.type === 'integer') return schema.format === 'int32' ? 'int32' : 'int64'
  if (schema.type === 'number') return 'double'
  if (schema.type === 'string') return schema.format === 'byte' ? 'bytes' : 'string'
  return 'object'
}

function fromProtobuf(pbType, repeated) {
  const map = /^map<string,(.*)>$/.exec(pbType)
  const type = map?.[1] ?? pbType
  return { type: scalarOf(type) ?? type, ...(repeated ? { list: true } : {}), ...(map ? { map: true } : {}) }
}

/** Names in the protobuf facts are relative to the message's own package. */
function resolve(type, owner, known) {
  const map = /^map<string,(.*)>$/.exec(type)
  if (map) return `map<string,${resolve(map[1], owner, known)}>`
  const local = `${owner.slice(0, owner.lastIndexOf('.'))}.${type}`
  if (known.has(local)) return local
  return typeName(type)
}

/**
 * The table as a module of one JSON text per package of types: whoever asks for a type reads its package only, at the
 * first use, and a text costs a start next to nothing.
 */
export function fieldTableModule(table) {
  const packages = {}
  for (const [name, info] of Object.entries(table)) {
    const dot = name.lastIndexOf('.')
    ;(packages[name.slice(0, dot)] ??= {})[name.slice(dot + 1)] = info
  }
  const quoted = (text) => `'${text.replace(/[\\']/g, '\\$&')}'`
  const rows = Object.entries(packages).map(
    ([name, types]) => `  ${quoted(name)}:\n    ${quoted(JSON.stringify(types))},\n`,
  )
  return `// Generated by packages/api/generator; do not edit.\n\nexport const fieldTable: Readonly<Record<string, string>> = {\n${rows.join('')}}\n`
}
