import type { Status } from '@wherry/api'

/** The one error that crosses a component's boundary: the API's own `Status`. Its message is the status's message. */
export class StatusError extends Error {
  override readonly name = 'StatusError'
  readonly status: Status

  constructor(status: Status, options?: ErrorOptions) {
    super(status.message ?? '', options)
    this.status = status
  }

  /** The HTTP status code. */
  get code(): number {
    return this.status.code ?? 0
  }

  get reason(): string {
    return this.status.reason ?? ''
  }
}

/** The error that a server's status stands for. */
export function statusErrorFrom(status: Status, options?: ErrorOptions): StatusError {
  return new StatusError(status, options)
}

export function isStatusError(error: unknown): error is StatusError {
  return error instanceof StatusError
}

/** The status error itself, or the nearest one among its causes. */
export function findStatusError(error: unknown): StatusError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 32; at = at.cause, depth++) {
    if (at instanceof StatusError) return at
  }
  return undefined
}

/** Reason to HTTP status code: the codes that Kubernetes answers each reason with. */
export const statusCodes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServerTimeout: 500,
  StoreReadError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const

export type StatusReason = keyof typeof statusCodes

/**
 * Whether the error carries the reason, or a reason that nobody knows and the reason's code: what proxies and old
 * servers answer with. As upstream: api/errors, `reasonAndCodeForError`.
 */
function hasReason(error: unknown, reason: StatusReason, byCode = true): boolean {
  const found = findStatusError(error)
  if (!found) return false
  if (found.reason === reason) return true
  return byCode && !Object.hasOwn(statusCodes, found.reason) && found.code === statusCodes[reason]
}

export const isNotFound = (error: unknown): boolean => hasReason(error, 'NotFound')
export const isAlreadyExists = (error: unknown): boolean => hasReason(error, 'AlreadyExists', false)
export const isConflict = (error: unknown): boolean => hasReason(error, 'Conflict')
export const isInvalid = (error: unknown): boolean => hasReason(error, 'Invalid')
export const isForbidden = (error: unknown): boolean => hasReason(error, 'Forbidden')
export const isUnauthorized = (error: unknown): boolean => hasReason(error, 'Unauthorized')
export const isBadRequest = (error: unknown): boolean => hasReason(error, 'BadRequest')
export const isMethodNotSupported = (error: unknown): boolean => hasReason(error, 'MethodNotAllowed')
export const isNotAcceptable = (error: unknown): boolean => hasReason(error, 'NotAcceptable')
export const isUnsupportedMediaType = (error: unknown): boolean => hasReason(error, 'UnsupportedMediaType')
export const isRequestEntityTooLarge = (error: unknown): boolean =>
  hasReason(error, 'RequestEntityTooLarge') || findStatusError(error)?.code === 413
export const isServiceUnavailable = (error: unknown): boolean => hasReason(error, 'ServiceUnavailable')
export const isInternalError = (error: unknown): boolean => hasReason(error, 'InternalError')
export const isTimeout = (error: unknown): boolean => hasReason(error, 'Timeout')
export const isServerTimeout = (error: unknown): boolean => hasReason(error, 'ServerTimeout', false)
export const isTooManyRequests = (error: unknown): boolean =>
  hasReason(error, 'TooManyRequests') || findStatusError(error)?.code === 429
/** The asked resource version or page token is no longer there (410 Gone, Expired): list anew. */
export const isExpired = (error: unknown): boolean => hasReason(error, 'Expired', false) || hasReason(error, 'Gone')

/** Seconds that the server asks the client to wait before it tries again. */
export function suggestedDelay(error: unknown): number | undefined {
  const found = findStatusError(error)
  const seconds = found?.status.details?.retryAfterSeconds ?? 0
  if (found?.reason === 'ServerTimeout') return seconds
  return seconds > 0 ? seconds : undefined
}

/** Whether the status names the cause, such as `NamespaceTerminating` or `ResourceVersionTooLarge`. */
export function hasStatusCause(error: unknown, reason: string): boolean {
  return findStatusError(error)?.status.details?.causes?.some((cause) => cause.reason === reason) ?? false
}
