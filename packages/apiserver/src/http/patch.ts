import { apiVersionOf, type Kind, type KubeObject, type ManagedFieldsEntry, type ObjectMeta } from '@wherry/api'
import {
  applyJSONPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  badRequest,
  type DeepReadonly,
  type Decoded,
  decodeTyped,
  fieldInvalid,
  goFormat,
  invalid,
  notFound,
  parseJSON,
  stringifyJSON,
} from '@wherry/apimachinery'
import type { CustomSchema } from '../registry/resource.ts'
import type { Served } from '../registry/served.ts'
import { matchNamespace } from '../registry/system-fields.ts'
import type { Change } from '../registry/write.ts'
import { applyType, readApply } from './apply.ts'
import { readBody } from './body.ts'
import type { Exchange } from './exchange.ts'
import { respondObject } from './get.ts'
import { unacceptedBody, type Wanted } from './negotiation.ts'
import { type WriteQuery, writeQuery } from './query.ts'
import type { ServerContext } from './server-context.ts'
import { authorizeCreate, checkName, formOf, toStored, warnerOf, writeOf } from './writes.ts'

type PatchType = 'json' | 'merge' | 'strategic'

const patchTypes: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
}

/** What a patch is of: a custom resource has a schema of its own. */
type PatchedKind = Pick<Kind, 'group' | 'version' | 'kind' | 'typeName'> & {
  readonly schema?: CustomSchema | undefined
}

/** A patch that has been read and checked, ready to be applied to whatever the object is then. */
export interface Patch {
  readonly query: WriteQuery
  /** The object with the patch, decoded and checked as the kind; the given one is not changed. */
  apply(old: object): KubeObject
}

/** A patch of an object: applied to the latest state, again while others write in between. */
export async function patch(context: ServerContext, exchange: Exchange, wanted: Wanted, served: Served): Promise<void> {
  const { info } = exchange
  const { definition } = served
  const applied = isApply(exchange)
  const kind = { ...definition.kind, schema: definition.schema }
  const target = context.fields.target(served, info.subresource)
  const { query, make } = applied
    ? await readApply(context.fields, exchange, target, kind)
    : await readMake(exchange, kind, info.name)
  const produce = async (old: DeepReadonly<KubeObject> | undefined) => {
    const patched = await make(old && formOf(served, old))
    matchNamespace(patched.metadata, served.info.namespaced ? info.namespace : undefined)
    checkName(patched, info.name, info.namespace)
    definition.setDefaults?.(patched)
    return toStored(served, patched)
  }
  const change: Change = {
    produce,
    managed: applied,
    createAbsent: applied && info.subresource === '',
    authorizeCreate: () => authorizeCreate(context, exchange),
  }
  const result = await context.pipeline.update(writeOf(exchange, served, info.name, query), change)
  await respondObject(context, exchange, wanted, served, result.created ? 201 : 200, result.object)
}

export function isApply({ request }: Exchange): boolean {
  return typeOf(request.headers['content-type']) === applyType
}

const typeOf = (contentType = ''): string => contentType.split(';', 1)[0] ?? ''

async function readMake(exchange: Exchange, kind: PatchedKind & Pick<Kind, 'resource'>, name: string) {
  const { query, apply } = await readPatch(exchange, kind)
  const make = (old: DeepReadonly<KubeObject> | undefined): KubeObject => {
    if (!old) throw notFound(kind, name)
    return apply(old)
  }
  return { query, make }
}

/** Reads a patch of a kind. Throws 415 for types of patches that the server does not know, 400 for malformed ones. */
export async function readPatch(exchange: Exchange, kind: PatchedKind): Promise<Patch> {
  const { info, request } = exchange
  const header = typeOf(request.headers['content-type'])
  const type = Object.hasOwn(patchTypes, header) ? patchTypes[header] : undefined
  if (!type || (type === 'strategic' && kind.schema)) {
    const known = Object.keys(patchTypes).filter((name) => patchTypes[name] !== 'strategic' || !kind.schema)
    throw unacceptedBody([...known, applyType].join(', '))
  }
  const query = writeQuery(info.query, 'PatchOptions')
  const body = await readBody(request)
  const repeated = new Set<string>()
  const patch = parsePatch(body, type, repeated)
  const problems = [...repeated].map((field) => `duplicate field "${field}"`)
  if (type === 'json') problems.push(...unknownMembers(patch))
  const strict = problems.map((problem) => (type === 'json' ? `json patch ${problem}` : problem))
  return {
    query,
    apply(old) {
      const { bare, managedFields } = withoutOwners(old, patch, type)
      const patched = applyTo(bare, patch, type, kind.typeName)
      const shown = () =>
        type === 'strategic' ? goFormat.plain(patch) : stringifyJSON(withOwners(patched, managedFields))
      return withOwners(decodePatched(patched, kind, query, strict, warnerOf(exchange), shown), managedFields)
    },
  }
}

/**
 * The object apart from its managedFields, which are half of it: where the patch leaves them alone they need not be
 * copied and decoded. Without them where it does not.
 */
function withoutOwners(
  old: object,
  patch: unknown,
  type: PatchType,
): { bare: object; managedFields?: DeepReadonly<ManagedFieldsEntry[]> | undefined } {
  const { metadata: meta }: { metadata?: DeepReadonly<ObjectMeta> } = Object(old)
  if (!meta?.managedFields || reachesOwners(patch, type)) return { bare: old }
  const { managedFields, ...metadata } = meta
  return { bare: { ...old, metadata }, managedFields }
}

function reachesOwners(patch: unknown, type: PatchType): boolean {
  if (type === 'json') {
    const reaches = (path: unknown) =>
      path === '' || path === '/metadata' || /^\/metadata\/managedFields/.test(String(path))
    return !Array.isArray(patch) || patch.some((one) => reaches(Object(one).path) || reaches(Object(one).from))
  }
  const { metadata = {}, ...rest }: { metadata?: unknown } = Object(patch)
  if (typeof metadata !== 'object' || metadata === null) return true
  const directs = (members: object) => Object.keys(members).some((key) => key.startsWith('$'))
  return 'managedFields' in metadata || directs(rest) || directs(metadata)
}

/** Shared with the object that is there: nothing changes entries once they are written. */
function withOwners<T>(object: T, managedFields: DeepReadonly<ManagedFieldsEntry[]> | undefined): T {
  if (managedFields) Object(object).metadata.managedFields = managedFields
  return object
}

function parsePatch(body: Buffer, type: PatchType, duplicates: Set<string>): unknown {
  let patch: unknown
  try {
    patch = parseJSON(body, { duplicates })
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw badRequest(type === 'strategic' ? problem : `error decoding patch: ${problem}`, { cause })
  }
  const fits =
    type === 'json' ? Array.isArray(patch) : typeof patch === 'object' && patch !== null && !Array.isArray(patch)
  if (fits) return patch
  const [what, into] = [goKind(patch), type === 'json' ? '[]handlers.jsonPatchOp' : 'map[string]interface {}']
  const problem = `json: cannot unmarshal ${what} into Go value of type ${into}`
  throw badRequest(type === 'strategic' ? problem : `error decoding patch: ${problem}`)
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

const operationMembers: ReadonlySet<string> = new Set(['op', 'path', 'from', 'value'])

/** Members of operations that mean nothing. */
function unknownMembers(patch: unknown): string[] {
  if (!Array.isArray(patch)) return []
  return patch.flatMap((operation, i) =>
    Object.keys(Object(operation))
      .filter((name) => !operationMembers.has(name))
      .map((name) => `unknown field "[${i}].${name}"`),
  )
}

function applyTo(old: object, patch: unknown, type: PatchType, typeName: string): unknown {
  if (type === 'json') return applyJSONPatch(old, patch)
  return type === 'merge' ? applyMergePatch(old, patch) : applyStrategicMergePatch(old, patch, typeName)
}

/** The patched object as the kind; what does not fit is 422 with the object or the patch as the value, as upstream. */
function decodePatched(
  patched: unknown,
  kind: PatchedKind,
  { fieldValidation }: WriteQuery,
  strict: readonly string[],
  warn: (message: string) => void,
  shown: () => string,
): KubeObject {
  const refuse = (problem: string) => invalid({ group: '', kind: '' }, '', [fieldInvalid('patch', shown(), problem)])
  let decoded: Decoded<object>
  try {
    decoded = kind.schema ? kind.schema.decode(patched) : decodeTyped(kind.typeName, patched)
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : String(cause))
  }
  const problems = [...strict, ...decoded.unknownFields.map((field) => `unknown field "${field}"`)]
  if (fieldValidation === 'Strict' && problems.length > 0) throw refuse(`strict decoding error: ${problems.join(', ')}`)
  if (fieldValidation === 'Warn') for (const problem of problems) warn(problem)
  return asKind(decoded.object, kind)
}

function asKind(object: object, kind: PatchedKind): KubeObject {
  const { metadata } = Object(object)
  return Object.assign(object, { metadata: metadata ?? {} }, { kind: kind.kind, apiVersion: apiVersionOf(kind) })
}
