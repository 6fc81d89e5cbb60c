import type { ObjectMeta, Toleration } from '@wherry/api'
import { getController } from '@wherry/apimachinery'
import { lastAppliedAnnotation } from '../objects/last-applied.ts'
import type { Lines } from './lines.ts'

const longestAnnotation = 140

/** `Labels:  a=b`, one below the other in order of keys; also for selectors. */
export function describeLabels(lines: Lines, title: string, labels: Readonly<Record<string, string>> = {}): void {
  const keys = Object.keys(labels).sort()
  if (keys.length === 0) lines.line(0, `${title}:\t<none>`)
  keys.forEach((key, at) => {
    lines.line(0, `${at === 0 ? `${title}:` : ''}\t${key}=${labels[key]}`)
  })
}

/** `Annotations:  a: b`; what is long or has several lines stands below its key. What apply keeps there is left out. */
export function describeAnnotations(
  lines: Lines,
  title: string,
  annotations: Readonly<Record<string, string>> = {},
): void {
  const keys = Object.keys(annotations)
    .filter((key) => key !== lastAppliedAnnotation)
    .sort()
  if (keys.length === 0) lines.line(0, `${title}:\t<none>`)
  keys.forEach((key, at) => {
    const start = `${at === 0 ? `${title}:` : ''}\t`
    const value = (annotations[key] ?? '').replace(/\n$/, '')
    if (value.length + key.length + 2 <= longestAnnotation && !value.includes('\n')) {
      lines.line(0, `${start}${key}: ${value}`)
      return
    }
    lines.line(0, `${start}${key}:`)
    for (const part of value.split('\n')) lines.line(0, `\t  ${shorten(part, longestAnnotation - 2)}`)
  })
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}...` : text
}

/** `Tolerations:  key:Effect op=Exists for 300s`, one below the other. */
export function describeTolerations(lines: Lines, title: string, tolerations: readonly Toleration[] = []): void {
  if (tolerations.length === 0) lines.line(0, `${title}:\t<none>`)
  const sorted = [...tolerations].sort((a, b) =>
    (a.key ?? '') < (b.key ?? '') ? -1 : (a.key ?? '') > (b.key ?? '') ? 1 : 0,
  )
  sorted.forEach((toleration, at) => {
    lines.line(0, `${at === 0 ? `${title}:` : ''}\t${tolerationText(toleration)}`)
  })
}

function tolerationText({ key = '', value = '', effect = '', operator, tolerationSeconds }: Toleration): string {
  const main = `${key}${value === '' ? '' : `=${value}`}${effect === '' ? '' : `:${effect}`}`
  const exists = operator === 'Exists' && value === '' ? `${main === '' ? '' : ' '}op=Exists` : ''
  return `${main}${exists}${tolerationSeconds === undefined ? '' : ` for ${tolerationSeconds}s`}`
}

/** `ReplicaSet/web-5d4f`, or nothing. */
export function controlledBy(meta: ObjectMeta): string | undefined {
  const controller = getController(meta)
  return controller && `${controller.kind}/${controller.name}`
}
