import { apiVersionOf, type KubeObject } from '@wherry/api'
import {
  applyJSONPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  badRequest,
  type DeepReadonly,
  decodeTyped,
  deepClone,
  fieldInvalid,
  groupResource,
  invalid,
  notFound,
  parseJSON,
} from '@wherry/apimachinery'
import type { Kind } from '@wherry/api'
import type { Served } from '../registry/served.ts'
import { matchNamespace } from '../registry/system-fields.ts'
import { readBody } from './body.ts'
import type { Exchange } from './exchange.ts'
import { respondObject } from './get.ts'
import { unacceptedBody, type Wanted } from './negotiation.ts'
import { type WriteQuery, writeQuery } from './query.ts'
import type { ServerContext } from './server-context.ts'
import { checkName, fromStored, toStored, warnerOf, writeOf } from './writes.ts'

type PatchType = 'json' | 'merge' | 'strategic'

const patchTypes: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
}

/** A patch that has been read and checked, ready to be applied to whatever the object is then. */
export interface Patch {
  readonly query: WriteQuery
  /** The object with the patch, decoded and checked as the kind. */
  apply(old: object): KubeObject
}

/** A patch of an object: applied to the latest state, again while others write in between. */
export async function patch(context: ServerContext, exchange: Exchange, wanted: Wanted, served: Served): Promise<void> {
  const { info } = exchange
  const { kind } = served.definition
  const { query, apply } = await readPatch(exchange, kind)
  const produce = (old: DeepReadonly<KubeObject> | undefined) => {
    if (!old) throw notFound(groupResource(kind), info.name)
    const patched = apply(fromStored(served, old))
    matchNamespace(patched.metadata, served.info.namespaced ? info.namespace : undefined)
    checkName(patched, info.name, info.namespace)
    served.definition.setDefaults?.(patched)
    return toStored(served, patched)
  }
  const result = await context.pipeline.update(writeOf(exchange, served, info.name, query), { produce })
  await respondObject(context, exchange, wanted, served, result.created ? 201 : 200, result.object)
}

/** Reads a patch of a kind. Throws 415 for types of patches that the server does not know, 400 for malformed ones. */
export async function readPatch(
  exchange: Exchange,
  kind: Pick<Kind, 'group' | 'version' | 'kind' | 'typeName'>,
): Promise<Patch> {
  const { info, request } = exchange
  const type = patchTypes[request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '']
  if (!type) throw unacceptedBody(Object.keys(patchTypes).join(', '))
  const query = writeQuery(info.query, 'PatchOptions')
  const body = await readBody(request)
  const duplicates = new Set<string>()
  const patch = parsePatch(body, type, duplicates)
  const repeated = [...duplicates].map((field) => `${type === 'json' ? 'json patch ' : ''}duplicate field "${field}"`)
  return {
    query,
    apply(old) {
      const patched = applyTo(old, patch, type, kind.typeName)
      return decodePatched(patched, kind, query, repeated, warnerOf(exchange))
    },
  }
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

function applyTo(old: object, patch: unknown, type: PatchType, typeName: string): unknown {
  if (type === 'json') return applyJSONPatch(old, patch)
  const changes = deepClone(patch)
  return type === 'merge' ? applyMergePatch(old, changes) : applyStrategicMergePatch(old, changes, typeName)
}

/** The patched object as the kind; what does not fit is 422 with the whole object as the value, as upstream has it. */
function decodePatched(
  patched: unknown,
  kind: Pick<Kind, 'group' | 'version' | 'kind' | 'typeName'>,
  { fieldValidation }: WriteQuery,
  repeated: readonly string[],
  warn: (message: string) => void,
): KubeObject {
  const refuse = (problem: string) =>
    invalid({ group: '', kind: '' }, '', [fieldInvalid('patch', JSON.stringify(patched), problem)])
  let decoded: ReturnType<typeof decodeTyped>
  try {
    decoded = decodeTyped(kind.typeName, patched)
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : String(cause))
  }
  const problems = [...repeated, ...decoded.unknownFields.map((field) => `unknown field "${field}"`)]
  if (fieldValidation === 'Strict' && problems.length > 0) throw refuse(`strict decoding error: ${problems.join(', ')}`)
  if (fieldValidation === 'Warn') for (const problem of problems) warn(problem)
  const { metadata } = Object(decoded.object)
  const type = { kind: kind.kind, apiVersion: apiVersionOf(kind) }
  return Object.assign(decoded.object, { metadata: metadata ?? {} }, type)
}
