import type { Status } from '@wherry/api'
import { goQuote, type StatusError, statusErrorFrom } from '@wherry/apimachinery'

/** A webhook could not be asked, or gave no sensible answer; whether that refuses the request is its policy's matter. */
export class WebhookCallError extends Error {
  override readonly name = 'WebhookCallError'

  constructor(webhook: string, reason: string, cause?: unknown) {
    super(`failed calling webhook ${goQuote(webhook)}: ${reason}`, { cause })
  }
}

/** What a client gets whom a webhook has refused. As upstream: webhook/errors, `ToStatusErr`. */
export function denied(webhook: string, result: Status | undefined): StatusError {
  const by = `admission webhook ${goQuote(webhook)} denied the request`
  const { code = 0, status = '', message = '', reason = '' } = result ?? {}
  const why = message || reason
  return statusErrorFrom({
    metadata: {},
    ...result,
    code: Math.max(code, 400),
    status: status === '' || status === 'Success' ? 'Failure' : status,
    message: why === '' ? `${by} without explanation` : `${by}: ${why}`,
  })
}
