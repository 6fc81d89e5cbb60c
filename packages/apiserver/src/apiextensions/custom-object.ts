import type { KubeObject } from '@wherry/api'
import { type Decoded, decodeTyped, isMap } from '@wherry/apimachinery'
import type { Schema } from './schema/schema.ts'
import { compileTidy, type TidyOptions } from './schema/tidy.ts'

const objectMeta = 'apimachinery.pkg.apis.meta.v1.ObjectMeta'

/**
 * Decodes custom resources of one schema. As upstream: apiextensions-apiserver, `schemaCoercingDecoder`. Throws plain
 * errors: callers say around them which object it was.
 */
export function newDecoder(schema: Schema | undefined, options: TidyOptions): (value: unknown) => Decoded<KubeObject> {
  const tidy = compileTidy(schema, options)
  return (value) => {
    if (!isMap(value)) {
      const word = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value
      throw new Error(`json: cannot unmarshal ${word} into Go value of type map[string]interface {}`)
    }
    const { kind } = value
    if (kind === undefined || kind === '') {
      throw new Error(`Object 'Kind' is missing in '${JSON.stringify(value, bigints)}'`)
    }
    for (const name of ['kind', 'apiVersion']) {
      const member = value[name]
      if (member !== undefined && typeof member !== 'string') {
        throw new Error(
          `.${name} accessor error: ${JSON.stringify(member)} is of the type ${goType(member)}, expected string`,
        )
      }
    }
    const meta = decodeMeta(value.metadata)
    const { object, unknownFields } = tidy(value, true)
    const { apiVersion, kind: _kind, metadata: _metadata, ...rest } = object
    return {
      object: Object({ kind, apiVersion, metadata: meta.object, ...rest }),
      unknownFields: [...meta.unknownFields.map((field) => `metadata.${field}`), ...unknownFields],
    }
  }
}

function decodeMeta(metadata: unknown): { object: object; unknownFields: readonly string[] } {
  if (metadata === undefined || metadata === null) return { object: {}, unknownFields: [] }
  try {
    return decodeTyped(objectMeta, metadata)
  } catch (error) {
    throw error instanceof Error && error.cause instanceof Error ? error.cause : error
  }
}

const bigints = (_key: string, member: unknown): unknown => (typeof member === 'bigint' ? Number(member) : member)

/** What Go calls the type of a JSON value that was decoded without a type. */
export function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}'
  if (value === null || value === undefined) return '<nil>'
  if (typeof value === 'bigint') return 'int64'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'string' ? 'string' : 'map[string]interface {}'
}
