import type { KubeObject } from '@wherry/api'
import {
  type ApplySchema,
  type Conflict,
  compare,
  compareUtf8,
  type DeepReadonly,
  difference,
  type FieldSet,
  hasPath,
  parseJSON,
  stringifyJSON,
  toFieldSet,
  validateTyped,
} from '@wherry/apimachinery'

/** The field manager whose applies take over from client-side apply. */
export const kubectl = 'kubectl'
const annotation = 'kubectl.kubernetes.io/last-applied-configuration'
const maxAnnotations = 256 * 1024

/**
 * The conflicts that are left when kubectl's server-side apply follows its client-side one: what that one had applied,
 * and is still as it applied it, is kubectl's already. As upstream: managedfields' `lastAppliedManager`.
 */
export function withoutOwnConflicts(
  conflicts: readonly Conflict[],
  live: DeepReadonly<KubeObject>,
  schema: ApplySchema,
  apiVersion: string,
): readonly Conflict[] {
  const owned = lastAppliedSet(live, schema, apiVersion)
  return owned ? conflicts.filter(({ path }) => !hasPath(owned, path)) : conflicts
}

function lastAppliedSet(live: DeepReadonly<KubeObject>, schema: ApplySchema, apiVersion: string): FieldSet | undefined {
  const text = live.metadata.annotations?.[annotation]
  if (!text) return undefined
  let applied: unknown
  try {
    applied = parseJSON(text)
  } catch {
    // An annotation that is no JSON tells nothing.
    return undefined
  }
  if (Object(applied).apiVersion !== apiVersion || validateTyped(schema, applied).length > 0) return undefined
  const { added, modified, removed } = compare(schema, applied, live)
  return [modified, added, removed].reduce(difference, toFieldSet(schema, applied))
}

/** Brings the annotation of client-side apply up to date, where there is one: kubectl's next client-side apply reads it. */
export function updateLastApplied(object: KubeObject, config: DeepReadonly<KubeObject>): void {
  const { annotations } = object.metadata
  if (!annotations?.[annotation]) return
  annotations[annotation] = textOf(config)
  const size = Object.entries(annotations).reduce((sum, [key, value]) => sum + length(key) + length(value), 0)
  if (size > maxAnnotations) delete annotations[annotation]
}

/** The configuration as Go writes it: sorted, safe within HTML, with a newline. */
function textOf(config: DeepReadonly<KubeObject>): string {
  const { annotations, ...metadata } = config.metadata
  const { [annotation]: _, ...others } = annotations ?? {}
  const bare = annotations === undefined ? config : { ...config, metadata: { ...metadata, annotations: others } }
  const escaped = stringifyJSON(sorted(bare)).replace(/[<>&\u2028\u2029]/g, escapeOf)
  return `${escaped}\n`
}

const escapeOf = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => compareUtf8(a, b))
      .map(([key, member]) => [key, sorted(member)]),
  )
}

const length = (text: string): number => Buffer.byteLength(text)
