import { apiVersionOf, type DeleteOptions, type Kind, type KubeObject } from '@wherry/api'
import type { QueryValue, RawRequest, WriteOptions } from './client.ts'

type Body = Pick<RawRequest, 'body' | 'headers'>

export const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const

/** A body in JSON; an apply patch is YAML, of which JSON is a part. */
export function jsonBody(value: unknown, contentType = 'application/json'): Body {
  return { body: JSON.stringify(value), headers: { 'content-type': contentType } }
}

/** An object as it is sent: with its type, which objects from a list may lack. */
export function objectBody(kind: Kind, object: KubeObject): Body {
  return jsonBody({ apiVersion: apiVersionOf(kind), kind: kind.kind, ...object })
}

export function deleteBody(options: DeleteOptions): Body {
  return jsonBody({ kind: 'DeleteOptions', apiVersion: 'v1', ...options })
}

export function writeQuery({ dryRun, fieldManager, fieldValidation }: WriteOptions): Record<string, QueryValue> {
  return { dryRun: dryRun ? 'All' : undefined, fieldManager, fieldValidation }
}
