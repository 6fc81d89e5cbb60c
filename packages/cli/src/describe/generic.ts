import { isObject, record, type Unstructured } from '../objects/json.ts'
import type { DescribeContext } from './describer.ts'
import { describeEvents } from './events.ts'
import type { Lines } from './lines.ts'
import { describeAnnotations, describeLabels } from './metadata.ts'

/** Members of metadata that say little, or have been said already. */
const leftOut = new Set(['name', 'namespace', 'labels', 'annotations', 'managedFields', 'selfLink'])

/** Any object: its members with their values, each name as words. As kubectl's GenericDescriber. */
export function describeGeneric(lines: Lines, object: Unstructured, { events, now }: DescribeContext): void {
  const { metadata } = object
  lines.line(0, `Name:\t${metadata.name ?? ''}`)
  lines.line(0, `Namespace:\t${metadata.namespace ?? ''}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  const kept = Object.fromEntries(Object.entries(record(metadata)).filter(([key]) => !leftOut.has(key)))
  const { apiVersion, kind, metadata: _meta, ...rest } = object
  writeMembers(lines, 0, { apiVersion, kind, metadata: kept, ...rest })
  describeEvents(lines, events, now)
}

function writeMembers(lines: Lines, level: number, members: Record<string, unknown>): void {
  for (const key of Object.keys(members).sort(byTitle)) {
    const value = members[key]
    const title = titleOf(key)
    if (isObject(value)) {
      lines.line(level, `${title}:`)
      writeMembers(lines, level + 1, value)
    } else if (Array.isArray(value)) {
      lines.line(level, `${title}:`)
      writeItems(lines, level + 1, value)
    } else lines.line(level, `${title}:\t${value === null ? '<nil>' : String(value)}`)
  }
}

function writeItems(lines: Lines, level: number, items: readonly unknown[]): void {
  for (const item of items) {
    if (isObject(item)) writeMembers(lines, level, item)
    else if (Array.isArray(item)) writeItems(lines, level, item)
    else lines.line(level, String(item))
  }
}

function byTitle(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** `lastTransitionTime` as `Last Transition Time`; abbreviations stay: `clusterIP` as `Cluster IP`, `apiVersion` as `API Version`. */
export function titleOf(key: string): string {
  if (/[^A-Za-z0-9]/.test(key)) return key
  const words = key.match(/[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+/g) ?? [key]
  return words
    .map((word) => known.get(word.toLowerCase()) ?? `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join(' ')
}

const known = new Map(
  ['API', 'URL', 'UID', 'OSB', 'GUID', 'ID', 'IP', 'CIDR', 'TLS', 'DNS'].map((word) => [word.toLowerCase(), word]),
)
