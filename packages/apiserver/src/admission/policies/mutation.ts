import type { KubeObject } from '@wherry/api'
import {
  type ApplySchema,
  applyJSONPatch,
  applySchemaOf,
  joinErrors,
  mergeTyped,
  StatusError,
  validateTyped,
} from '@wherry/apimachinery'
import { CelFailure, CelList, CelMap, StructValue, toJSON, type Value } from '@wherry/cel'
import type { Served } from '../../registry/served.ts'

/** A mutation gave something that cannot be applied; the failure policy decides. */
export class MutationError extends Error {}

/** Names of `Object.spec{…}` must be the paths at which they stand: nothing else checks them. */
export function checkTypeNames(value: Value, path = 'Object'): string[] {
  const errors: string[] = []
  if (value instanceof StructValue && value.typeName !== 'JSONPatch') {
    const named = value.typeName ?? ''
    if (named !== path) {
      errors.push(
        `unexpected type name "${named}", expected "${path}", which matches field name path from root Object type`,
      )
    }
    for (const field of value.keys())
      errors.push(...checkTypeNames(value.find(field) ?? null, `${path}.${String(field)}`))
  } else if (value instanceof CelList) {
    for (const item of value) errors.push(...checkTypeNames(item, path))
  } else if (value instanceof CelMap) {
    for (const key of value.keys()) errors.push(...checkTypeNames(value.find(key) ?? null, path))
  }
  return errors
}

function asJSON(value: Value): unknown {
  const json = toJSON(value)
  if (!(json instanceof CelFailure)) return json
  throw new MutationError(
    `JSONPath valueExpression evaluated to a type that could not marshal to JSON: ${json.message}`,
  )
}

/** The object after a list of `JSONPatch{…}`; a failed test leaves it as it is. As upstream: patch/json_patch. */
export function applyPatchExpression(object: KubeObject, patches: Value): unknown {
  if (!(patches instanceof CelList)) {
    throw new MutationError('type mismatch: JSONPatchType.expression should evaluate to array')
  }
  const operations = [...patches].map((patch) => {
    if (!(patch instanceof CelMap))
      throw new MutationError('type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch')
    const value = patch.find('value')
    if (value instanceof StructValue) {
      // A patch's value may be any part of the object: its name is its own root.
      const errors = checkTypeNames(value, value.typeName)
      if (errors.length > 0) throw new MutationError(`type mismatch: ${errors.join('\n')}`)
    }
    const from = patch.find('from')
    return {
      op: patch.find('op') ?? '',
      path: patch.find('path') ?? '',
      ...(typeof from === 'string' && from !== '' ? { from } : {}),
      ...(value === undefined ? {} : { value: asJSON(value) }),
    }
  })
  try {
    return applyJSONPatch(object, operations)
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    // What the library for patches said is behind what a client would be told.
    const message = error.cause instanceof Error ? error.cause.message : error.message
    if (message.endsWith(': test failed')) return object
    throw new MutationError(`JSON Patch: ${message}`)
  }
}

/** The object merged with an `Object{…}`, as server-side apply does without owners. As upstream: patch/smd. */
export function applyConfigurationExpression(served: Served, object: KubeObject, config: Value): unknown {
  const errors = checkTypeNames(config)
  if (errors.length > 0) throw new MutationError(`type mismatch: ${errors.join('\n')}`)
  const { definition } = served
  const schema = definition.schema?.applySchema ?? applySchemaOf(definition.kind.typeName)
  const { apiVersion, kind } = object
  const given: unknown = asJSON(config)
  const partial = { ...Object(given), apiVersion, kind }
  const invalid = validateTyped(schema, partial)
  if (invalid.length > 0) {
    throw new MutationError(
      `error applying patch: failed to convert patch object to typed object: ${joinErrors(invalid)}`,
    )
  }
  const atomics = findAtomics(schema, partial, '')
  if (atomics.length > 0) {
    const what = `may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`
    throw new MutationError(`error applying patch: invalid ApplyConfiguration: ${what}`)
  }
  return mergeTyped(schema, object, partial)
}

/** Paths of what would be replaced as a whole, which a configuration that means a part of it would destroy. */
function findAtomics(schema: ApplySchema, value: unknown, path: string): string[] {
  const found: string[] = []
  if (Array.isArray(value) && schema.list) {
    if (schema.list.atomic) found.push(path)
    for (const [index, item] of value.entries()) found.push(...findAtomics(schema.list.item, item, `${path}[${index}]`))
  } else if (typeof value === 'object' && value !== null && !Array.isArray(value) && schema.map) {
    if (schema.map.atomic) found.push(path)
    for (const [name, member] of Object.entries(value)) {
      const field = schema.map.field(name)
      if (field) found.push(...findAtomics(field.schema, member, `${path}.${name}`))
    }
  }
  return found
}
