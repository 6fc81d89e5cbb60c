import type { KubeObject } from '@wherry/api'

/** A JSON object whose members nobody has looked at yet. */
export type JsonObject = { [key: string]: unknown }

/** An object of a kind that is only known at run time. */
export interface Unstructured extends KubeObject {
  [field: string]: unknown
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What stands at a path, or undefined where any step is missing. */
export function dig(value: unknown, ...path: readonly (string | number)[]): unknown {
  let at = value
  for (const step of path) {
    if (typeof step === 'number') at = Array.isArray(at) ? at[step] : undefined
    else at = isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined
  }
  return at
}

/** The value as an object; an empty one where it is something else. */
export function record(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

/** The value as a list; an empty one where it is something else. */
export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** The value as text; empty where it is absent, JSON where it is a structure. */
export function text(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** The value where it is a number, else the fall-back. */
export function number(value: unknown, fallback = 0): number {
  return typeof value === 'number' ? value : fallback
}

/** Only the members that are strings, such as labels. */
export function stringMap(value: unknown): Record<string, string> {
  const entries = Object.entries(record(value)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return Object.fromEntries(entries)
}

/** Says whether a decoded document is an object of the API: it names its kind and version. */
export function isKubeObject(value: unknown): value is Unstructured {
  return isObject(value) && typeof value.kind === 'string' && typeof value.apiVersion === 'string'
}

/** A decoded document as an object with metadata, which may be empty. */
export function unstructured(value: unknown): Unstructured {
  const object = record(value)
  const meta = record(object.metadata)
  return { ...object, metadata: meta }
}

/** Sets a value at a path of member names, making the objects on the way. */
export function put(target: JsonObject, path: readonly string[], value: unknown): void {
  let at = target
  for (const step of path.slice(0, -1)) {
    const next = at[step]
    if (isObject(next)) at = next
    else {
      const made: JsonObject = {}
      at[step] = made
      at = made
    }
  }
  const last = path.at(-1)
  if (last !== undefined) at[last] = value
}

/** The value with all object keys in order, as encoders of Go maps write them. */
export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (!isObject(value)) return value
  const keys = Object.keys(value).sort()
  return Object.fromEntries(keys.map((key) => [key, sortKeys(value[key])]))
}
