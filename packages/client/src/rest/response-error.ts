import type { Kind } from '@wherry/api'
import { genericServerResponse, groupResource, type StatusError, statusErrorFrom } from '@wherry/apimachinery'
import type { RawResponse } from './client.ts'
import { asStatus, parseJSONOrUndefined } from './status.ts'

/** What a failed request was about, for servers that do not say it themselves. */
export interface Subject {
  method: string
  kind?: Kind
  name?: string
}

const longestText = 2048

/**
 * The error that an answer of 4xx or 5xx means: the server's own Status where it sent one, otherwise one that says what
 * is known, as client-go's `newUnstructuredResponseError`.
 */
export function responseError({ status, headers, body }: RawResponse, { method, kind, name }: Subject): StatusError {
  const sent = asStatus(parseJSONOrUndefined(body))
  if (sent && sent.status !== 'Success') return statusErrorFrom({ ...sent, code: sent.code ?? status })
  const media = headers['content-type']
  const isText = media === undefined || media.startsWith('text/')
  const message = isText ? body.toString('utf8').slice(0, longestText).trim() : 'unknown'
  const resource = kind ? groupResource(kind) : { group: '', resource: '' }
  return genericServerResponse(status, method, resource, name ?? '', message || 'unknown')
}
