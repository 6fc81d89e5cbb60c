import type { Container, KubeObject, LabelSelector } from '@wherry/api'
import { compareUtf8, type DeepReadonly, humanDuration, parseTime } from '@wherry/apimachinery'
import type { Column } from '../registry/resource.ts'

/** What kubectl shows where there is nothing. */
export const none = '<none>'

/** The Name column. */
export function nameColumn(): Column<KubeObject> {
  return { name: 'Name', type: 'string', format: 'name', value: (object) => object.metadata.name ?? '' }
}

/** How long ago the object was created. */
export function ageColumn(): Column<KubeObject> {
  return { name: 'Age', type: 'string', value: (object, now) => since(object.metadata.creationTimestamp, now) }
}

/** The time that has passed, as `5m12s`; `<unknown>` where nothing has happened yet. */
export function since(timestamp: string | undefined, now: number): string {
  return timestamp ? humanDuration(now - parseTime(timestamp)) : '<unknown>'
}

type Containers = DeepReadonly<Container[]> | undefined

/** The wide columns that every owner of pods ends with. */
export function containerColumns<T>(containers: (object: DeepReadonly<T>) => Containers): Column<T>[] {
  const joined = (object: DeepReadonly<T>, text: (container: DeepReadonly<Container>) => string): string =>
    (containers(object) ?? []).map(text).join(',')
  return [
    { name: 'Containers', type: 'string', priority: 1, value: (object) => joined(object, (c) => c.name) },
    { name: 'Images', type: 'string', priority: 1, value: (object) => joined(object, (c) => c.image ?? '') },
  ]
}

/** A set of labels as `a=b,c=d`, sorted by key. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).sort(([a], [b]) => compareUtf8(a, b))
  return pairs.length === 0 ? none : pairs.map(([key, value]) => `${key}=${value}`).join(',')
}

/** A selector in its text form. As meta/v1 `FormatLabelSelector`. */
export function formatLabelSelector(selector: DeepReadonly<LabelSelector> | undefined): string {
  return selectorText(selector) || none
}

/** The selector's text, empty where it selects everything or nothing. */
export function selectorText(selector: DeepReadonly<LabelSelector> | undefined): string {
  const parts: [key: string, text: string][] = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => [
    key,
    `${key}=${value}`,
  ])
  for (const { key, operator, values } of selector?.matchExpressions ?? []) {
    const list = [...(values ?? [])].sort(compareUtf8).join(',')
    if (operator === 'In') parts.push([key, `${key} in (${list})`])
    else if (operator === 'NotIn') parts.push([key, `${key} notin (${list})`])
    else if (operator === 'Exists') parts.push([key, key])
    else if (operator === 'DoesNotExist') parts.push([key, `!${key}`])
  }
  return parts
    .sort(([a], [b]) => compareUtf8(a, b))
    .map(([, text]) => text)
    .join(',')
}
