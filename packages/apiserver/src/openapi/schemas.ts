import { type FieldInfo, resources, type TypeInfo, typeInfo } from '@wherry/api'
import type { Prose } from './prose.ts'
import type { JSONObject, JSONValue } from './json.ts'

/** Swagger 2.0 and OpenAPI 3.0 differ in where types stand, and in what may stand beside a reference. */
export type Dialect = 'v2' | 'v3'

const prefix = 'io.k8s.'
const refRoots: Readonly<Record<Dialect, string>> = { v2: '#/definitions/', v3: '#/components/schemas/' }

/** Types whose JSON form is none of its fields: name in the documents, and what stands there. */
const special: Readonly<Record<string, { name: string; v2: JSONObject; v3?: JSONObject }>> = {
  Quantity: {
    name: 'apimachinery.pkg.api.resource.Quantity',
    v2: { type: 'string' },
    v3: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  },
  IntOrString: {
    name: 'apimachinery.pkg.util.intstr.IntOrString',
    v2: { type: 'string', format: 'int-or-string' },
    v3: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  },
  Time: { name: 'apimachinery.pkg.apis.meta.v1.Time', v2: { type: 'string', format: 'date-time' } },
  MicroTime: { name: 'apimachinery.pkg.apis.meta.v1.MicroTime', v2: { type: 'string', format: 'date-time' } },
  FieldsV1: { name: 'apimachinery.pkg.apis.meta.v1.FieldsV1', v2: { type: 'object' } },
  RawExtension: { name: 'apimachinery.pkg.runtime.RawExtension', v2: { type: 'object' } },
  JSON: { name: 'apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON', v2: {} },
  JSONSchemaPropsOrArray: {
    name: 'apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray',
    v2: {},
  },
  JSONSchemaPropsOrBool: {
    name: 'apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool',
    v2: {},
  },
  JSONSchemaPropsOrStringArray: {
    name: 'apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray',
    v2: {},
  },
}

const scalars: Readonly<Record<string, JSONObject>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  bytes: { type: 'string', format: 'byte' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  object: { type: 'object' },
  Duration: { type: 'string' },
}

const zeroes: Readonly<Record<string, JSONValue>> = { string: '', bool: false, int32: 0, int64: 0, double: 0 }

/** The name that a type has in OpenAPI documents. */
export function schemaName(type: string): string {
  if (type.startsWith('=')) return type.slice(1)
  return prefix + (special[type]?.name ?? type)
}

/** A reference to a type, as a schema of its own. */
export function schemaRef(type: string, dialect: Dialect): JSONObject {
  return { $ref: refRoots[dialect] + schemaName(type) }
}

/** The types that these need, themselves included: what a document must define. */
export function reachableTypes(roots: Iterable<string>): Set<string> {
  const reached = new Set<string>()
  const visit = (type: string) => {
    if (type in scalars || reached.has(type)) return
    reached.add(type)
    const info = typeInfo(type)
    if (info?.alias) visit(info.alias.type)
    else for (const field of Object.values(info?.fields ?? {})) visit(field.type)
  }
  for (const root of roots) visit(root)
  return reached
}

/** The schema of one type. */
export function schemaOf(type: string, dialect: Dialect, prose: Prose): JSONObject {
  const known = special[type]
  const info = typeInfo(type)
  const { text, fields } = prose(known?.name ?? type)
  const description = text === undefined ? {} : { description: text }
  if (known) return { ...description, ...((dialect === 'v3' && known.v3) || known.v2) }
  if (!info) return { ...description, type: 'object' }
  if (info.alias) return { ...description, ...fieldSchema(info.alias, dialect) }
  const properties: Record<string, JSONObject> = {}
  const required: string[] = []
  for (const [name, field] of Object.entries(info.fields)) {
    // What is embedded has its own fields among these.
    if (field.inline) continue
    properties[name] = fieldSchema(field, dialect, fields?.[name])
    if (field.required) required.push(name)
  }
  return {
    ...description,
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
    ...(required.length > 0 ? { required } : {}),
    type: 'object',
    ...groupVersionKinds(type, info),
    ...(info.mapType ? { 'x-kubernetes-map-type': info.mapType } : {}),
  }
}

function fieldSchema(field: FieldInfo, dialect: Dialect, text?: string): JSONObject {
  const description = text === undefined ? {} : { description: text }
  const extensions: Record<string, JSONValue> = {}
  if (field.listMapKeys) extensions['x-kubernetes-list-map-keys'] = field.listMapKeys
  if (field.listType) extensions['x-kubernetes-list-type'] = field.listType
  if (field.mapType) extensions['x-kubernetes-map-type'] = field.mapType
  if (field.mergeKey) extensions['x-kubernetes-patch-merge-key'] = field.mergeKey
  if (field.patchStrategy) extensions['x-kubernetes-patch-strategy'] = field.patchStrategy.join(',')
  if (field.map) {
    const value = field.list ? listOf(field.type, dialect) : element(field.type, dialect)
    return { ...description, additionalProperties: value, type: 'object', ...extensions }
  }
  if (field.list) return { ...description, ...listOf(field.type, dialect), ...extensions }
  if (field.type in scalars) {
    const zero = dialect === 'v3' && field.required ? zeroes[field.type] : undefined
    return { ...(zero === undefined ? {} : { default: zero }), ...description, ...scalars[field.type], ...extensions }
  }
  if (dialect === 'v2') return { ...schemaRef(field.type, dialect), ...description, ...extensions }
  return { allOf: [schemaRef(field.type, dialect)], ...description, ...extensions }
}

function listOf(type: string, dialect: Dialect): JSONObject {
  return { items: element(type, dialect), type: 'array' }
}

/** What stands in a list or map. OpenAPI 3.0 wraps a reference, so that a default may stand beside it. */
function element(type: string, dialect: Dialect): JSONObject {
  const scalar = scalars[type]
  if (scalar) {
    const zero = dialect === 'v3' ? zeroes[type] : undefined
    return zero === undefined ? scalar : { default: zero, ...scalar }
  }
  if (dialect === 'v2') return schemaRef(type, dialect)
  return { allOf: [schemaRef(type, dialect)], default: {} }
}

/** Go packages of API groups, as they stand in type names, and the groups' own names. */
const groupsByPackage = new Map(resources.map(({ group, typeName }) => [typeName.split('.')[1] ?? '', group]))

/** Marks the types that clients find by kind: those with an apiVersion, a kind and metadata. */
function groupVersionKinds(type: string, info: TypeInfo): JSONObject {
  const { apiVersion, kind, metadata } = info.fields
  const parts = type.split('.')
  const [root, packageName = '', version = '', name = ''] = parts
  if (type.startsWith('apimachinery.pkg.apis.meta.v1.')) return metaKinds(parts[parts.length - 1] ?? '', info)
  if (!apiVersion || !kind || !metadata) return {}
  if (root === 'apiextensions-apiserver' || root === 'kube-aggregator') {
    const group = root === 'kube-aggregator' ? 'apiregistration.k8s.io' : 'apiextensions.k8s.io'
    const [own = '', at = ''] = [...parts].reverse()
    return { 'x-kubernetes-group-version-kind': [{ group, kind: own, version: at }] }
  }
  const group = packageName === 'core' ? '' : groupsByPackage.get(packageName)
  if (group === undefined) return {}
  return { 'x-kubernetes-group-version-kind': [{ group, kind: name, version }] }
}

/** DeleteOptions and watch events are of every group. */
function metaKinds(name: string, info: TypeInfo): JSONObject {
  if (name === 'DeleteOptions' || name === 'WatchEvent') {
    const versions = [...new Set(resources.map(({ group, version }) => `${group}/${version}`))].sort()
    return {
      'x-kubernetes-group-version-kind': versions.map((one) => {
        const [group = '', version = ''] = one.split('/')
        return { group, kind: name, version }
      }),
    }
  }
  if (!info.fields.apiVersion || !info.fields.kind || !name.match(/^(API|Status$)/)) return {}
  return { 'x-kubernetes-group-version-kind': [{ group: '', kind: name, version: 'v1' }] }
}
