import { apiVersionOf, type Kind, type KubeObject } from '@wherry/api'
import {
  badRequest,
  conflict,
  type DeepReadonly,
  decodeTyped,
  groupResource,
  notFound,
  parseYAML,
  statusErrorFrom,
} from '@wherry/apimachinery'
import type { FieldManager, Target } from '../field-manager/field-manager.ts'
import type { CustomSchema } from '../registry/resource.ts'
import { readBody } from './body.ts'
import type { Exchange } from './exchange.ts'
import { type WriteQuery, writeQuery } from './query.ts'
import { warnerOf } from './writes.ts'

/** The content type of a configuration to apply; JSON is YAML, too. */
export const applyType = 'application/apply-patch+yaml'

/** What a configuration is of. */
export type AppliedKind = Pick<Kind, 'group' | 'version' | 'kind' | 'resource' | 'typeName'> & {
  readonly schema?: CustomSchema | undefined
}

/** A configuration that has been read, to be applied to whatever the object is then. */
export interface Apply {
  readonly query: WriteQuery
  /** The object after the apply, decoded as the kind, with its managedFields; `old` is absent where there is none yet. */
  make(old: DeepReadonly<KubeObject> | undefined): Promise<KubeObject>
}

/**
 * Reads an apply of an object. Throws 422 for parameters that an apply cannot have, 400 for a body that is no YAML.
 * As upstream: handlers/patch.go, `applyPatcher`.
 */
export async function readApply(
  fields: FieldManager,
  exchange: Exchange,
  target: Target,
  kind: AppliedKind,
): Promise<Apply> {
  const { info, request } = exchange
  const query = writeQuery(info.query, 'PatchOptions', true)
  const duplicates = new Set<string>()
  const config = parseConfig(await readBody(request), duplicates)
  const { fieldManager: manager, force = false } = query
  return {
    query,
    async make(old) {
      if (!old && target.subresource !== '') throw notFound(groupResource(kind), info.name)
      const applied = await fields.apply(target, old, { config, manager, force })
      checkDuplicates(duplicates, query, warnerOf(exchange))
      const object = decodeApplied(applied, kind)
      const { uid } = object.metadata
      if (!old && uid) {
        const cause = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`
        throw conflict(groupResource(kind), info.name, cause)
      }
      if (!old) delete object.metadata.resourceVersion
      return object
    },
  }
}

function parseConfig(body: Buffer, duplicates: Set<string>): KubeObject {
  let value: unknown
  try {
    value = parseYAML(body.toString('utf8'), { duplicates })[0] ?? {}
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw badRequest(`error decoding YAML: error converting YAML to JSON: ${problem}`, { cause })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const config: KubeObject = Object(value)
    return config
  }
  const what = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  throw badRequest(
    `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${what} into Go value of type map[string]interface {}`,
  )
}

function checkDuplicates(
  duplicates: ReadonlySet<string>,
  { fieldValidation }: WriteQuery,
  warn: (message: string) => void,
): void {
  if (duplicates.size === 0 || fieldValidation === 'Ignore') return
  const lines = [...duplicates].map((line) => `\n  ${line}`).join('')
  const problem = `error converting YAML to JSON: yaml: unmarshal errors:${lines}`
  if (fieldValidation === 'Strict') throw badRequest(`error strict decoding YAML: ${problem}`)
  warn(problem)
}

/** The merged object as its kind. Upstream answers 500 without a reason where a value is not one of its type. */
function decodeApplied(applied: KubeObject, kind: AppliedKind): KubeObject {
  try {
    const { object } = kind.schema ? kind.schema.decode(applied) : decodeTyped(kind.typeName, applied)
    const { metadata } = Object(object)
    const type = { kind: kind.kind, apiVersion: apiVersionOf(kind) }
    return Object.assign(object, { metadata: metadata ?? {} }, type)
  } catch (cause) {
    const { namespace = '', name = '' } = applied.metadata
    const which = `${namespace}/${name}; ${kind.group}/${kind.version}, Kind=${kind.kind}`
    const problem =
      cause instanceof Error ? (cause.cause instanceof Error ? cause.cause.message : cause.message) : cause
    const message = `failed to convert new object (${which}) to proper version (${apiVersionOf(kind)}): ${problem}`
    throw statusErrorFrom({ metadata: {}, status: 'Failure', message, code: 500 }, { cause })
  }
}
