import type { Pod } from '@wherry/api'
import {
  badRequest,
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  goQuote,
  invalid,
} from '@wherry/apimachinery'
import { containerOf, isTrue } from './pod-streams.ts'

const streams = ['All', 'Stderr', 'Stdout']

/** The kubelet's path for a pod's log; 422 for options that make no sense (upstream `ValidatePodLogOptions`). */
export function logPath(pod: DeepReadonly<Pod>, query: URLSearchParams): string {
  const numbers = {
    sinceSeconds: integer(query, 'sinceSeconds'),
    tailLines: integer(query, 'tailLines'),
    limitBytes: integer(query, 'limitBytes'),
  }
  const sinceTime = query.get('sinceTime')
  const stream = query.get('stream')
  if (sinceTime && Number.isNaN(Date.parse(sinceTime))) {
    throw badRequest(`parsing time ${goQuote(sinceTime)} as "2006-01-02T15:04:05Z07:00": cannot parse`)
  }
  const errors = [
    ...atLeast('tailLines', numbers.tailLines, 0, 'must be greater than or equal to 0'),
    ...atLeast('limitBytes', numbers.limitBytes, 1, 'must be greater than 0'),
    ...(sinceTime && numbers.sinceSeconds !== undefined
      ? [fieldForbidden('', 'at most one of `sinceTime` or `sinceSeconds` may be specified')]
      : atLeast('sinceSeconds', numbers.sinceSeconds, 1, 'must be greater than 0')),
    ...streamErrors(stream, numbers.tailLines),
  ]
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, pod.metadata.name ?? '', errors)
  const container = containerOf(pod, query.get('container'))
  const passed = new URLSearchParams()
  for (const name of ['follow', 'previous', 'timestamps']) if (isTrue(query.get(name))) passed.append(name, 'true')
  for (const [name, value] of Object.entries(numbers)) if (value !== undefined) passed.append(name, String(value))
  if (sinceTime) passed.append('sinceTime', sinceTime)
  if (stream) passed.append('stream', stream)
  return `/containerLogs/${pod.metadata.namespace}/${pod.metadata.name}/${container}?${passed}`
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  if (/^[+-]?\d+$/.test(text)) return Number(text)
  throw badRequest(`strconv.ParseInt: parsing ${goQuote(text)}: invalid syntax`)
}

function atLeast(field: string, value: number | undefined, min: number, detail: string): FieldError[] {
  return value !== undefined && value < min ? [fieldInvalid(field, value, detail)] : []
}

function streamErrors(stream: string | null, tailLines: number | undefined): FieldError[] {
  if (!stream) return []
  if (!streams.includes(stream)) return [fieldNotSupported('stream', stream, streams)]
  if (stream === 'All' || tailLines === undefined) return []
  return [fieldForbidden('', '`tailLines` and specific `stream` are mutually exclusive for now')]
}
