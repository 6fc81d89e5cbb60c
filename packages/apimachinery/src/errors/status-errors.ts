import type { Kind, Status, StatusCause, StatusDetails } from '@wherry/api'
import { goQuote } from '../values/go-quote.ts'
import { type FieldError, fieldErrorBody, formatFieldErrors } from './field-errors.ts'
import { StatusError, type StatusReason, statusCodes } from './status-error.ts'

export interface GroupResource {
  readonly group: string
  readonly resource: string
}

export interface GroupKind {
  readonly group: string
  readonly kind: string
}

export function groupResource(kind: Pick<Kind, 'group' | 'resource'>): GroupResource {
  return { group: kind.group, resource: kind.resource }
}

export function groupKind(kind: Pick<Kind, 'group' | 'kind'>): GroupKind {
  return { group: kind.group, kind: kind.kind }
}

/** `pods`, or `deployments.apps` where there is a group. */
export function qualified(of: GroupResource | GroupKind): string {
  const name = 'resource' in of ? of.resource : of.kind
  return of.group === '' ? name : `${name}.${of.group}`
}

/** What an update of a stale object is refused with (apiserver, registry/generic/registry). */
export const optimisticLockMessage =
  'the object has been modified; please apply your changes to the latest version and try again'

function fail(reason: StatusReason, message: string, details?: StatusDetails, cause?: unknown): StatusError {
  const code = statusCodes[reason]
  return new StatusError(failure(code, reason, message, details), cause === undefined ? undefined : { cause })
}

function failure(code: number, reason: string, message: string, details?: StatusDetails): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === '' ? {} : { reason }),
    ...(details ? { details } : {}),
    code,
  }
}

/** Details in the order of the wire; what is empty is left out. */
function details(of: GroupResource | GroupKind, name = '', more: StatusDetails = {}): StatusDetails {
  const kind = 'resource' in of ? of.resource : of.kind
  return {
    ...(name === '' ? {} : { name }),
    ...(of.group === '' ? {} : { group: of.group }),
    ...(kind === '' ? {} : { kind }),
    ...more,
  }
}

const retry = (seconds: number): StatusDetails => (seconds > 0 ? { retryAfterSeconds: seconds } : {})
const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** 404: the object is not there. */
export function notFound(resource: GroupResource, name: string): StatusError {
  return fail('NotFound', `${qualified(resource)} ${goQuote(name)} not found`, details(resource, name))
}

/** 404 of a path that nothing is served on. */
export function unknownPath(): StatusError {
  return fail('NotFound', 'the server could not find the requested resource', {})
}

/** 409: an object of this name is there already. */
export function alreadyExists(resource: GroupResource, name: string): StatusError {
  return fail('AlreadyExists', `${qualified(resource)} ${goQuote(name)} already exists`, details(resource, name))
}

/** 409: no free name was found for a `generateName`. */
export function generateNameConflict(resource: GroupResource, name: string, retryAfterSeconds: number): StatusError {
  const message = `${qualified(resource)} ${goQuote(name)} already exists, the server was not able to generate a unique name for the object`
  return fail('AlreadyExists', message, details(resource, name, retry(retryAfterSeconds)))
}

/** 409: the object has changed since it was read, or a precondition does not hold. */
export function conflict(resource: GroupResource, name: string, cause: string | Error): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} ${goQuote(name)}: ${textOf(cause)}`
  return fail('Conflict', message, details(resource, name), cause instanceof Error ? cause : undefined)
}

/** 422: the object breaks rules of its kind, one cause for each field. */
export function invalid(kind: GroupKind, name: string, errors: readonly FieldError[]): StatusError {
  const causes: StatusCause[] = errors.map((error) => ({
    reason: error.type,
    message: fieldErrorBody(error),
    ...(error.field === '' ? {} : { field: error.field }),
  }))
  const message = `${qualified(kind)} ${goQuote(name)} is invalid${errors.length > 0 ? `: ${formatFieldErrors(errors)}` : ''}`
  return fail('Invalid', message, details(kind, name, causes.length > 0 ? { causes } : {}))
}

/** 400 */
export function badRequest(message: string, options?: ErrorOptions): StatusError {
  return fail('BadRequest', message, undefined, options?.cause)
}

/** 401 */
export function unauthorized(message = ''): StatusError {
  return fail('Unauthorized', message === '' ? 'not authorized' : message)
}

/** 403; the resource is empty for paths that are no resource. */
export function forbidden(resource: GroupResource, name: string, cause: string): StatusError {
  let message = `forbidden: ${cause}`
  if (resource.resource !== '' || resource.group !== '') {
    message = `${qualified(resource)} ${name === '' ? '' : `${goQuote(name)} `}is forbidden: ${cause}`
  }
  return fail('Forbidden', message, details(resource, name))
}

/** 405; `action` is a verb such as `patch`. */
export function methodNotSupported(resource: GroupResource, action: string): StatusError {
  const message = `${action} is not supported on resources of kind ${goQuote(qualified(resource))}`
  return fail('MethodNotAllowed', message, details(resource))
}

/** 406 */
export function notAcceptable(message: string): StatusError {
  return fail('NotAcceptable', message)
}

/** 415 */
export function unsupportedMediaType(message: string): StatusError {
  return fail('UnsupportedMediaType', message)
}

/** 413 */
export function requestEntityTooLarge(message: string): StatusError {
  return fail('RequestEntityTooLarge', `Request entity too large: ${message}`)
}

/** 410: the resource version or page token is too old. */
export function resourceExpired(message: string): StatusError {
  return fail('Expired', message)
}

/** 410 */
export function gone(message: string): StatusError {
  return fail('Gone', message)
}

/** 500: what went wrong inside the server. */
export function internalError(cause: unknown): StatusError {
  const message = textOf(cause)
  return fail('InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] }, cause)
}

/** 504: the request ran out of time; it may still be carried out. */
export function timeoutError(message: string, retryAfterSeconds: number): StatusError {
  return fail('Timeout', `Timeout: ${message}`, retry(retryAfterSeconds))
}

/** 500 with a hint to try again. */
export function serverTimeout(resource: GroupResource, operation: string, retryAfterSeconds: number): StatusError {
  const message = `The ${operation} operation against ${qualified(resource)} could not be completed at this time, please try again.`
  return fail('ServerTimeout', message, details(resource, operation, retry(retryAfterSeconds)))
}

/** 429 */
export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return fail('TooManyRequests', message, retry(retryAfterSeconds))
}

/** 503 */
export function serviceUnavailable(message: string): StatusError {
  return fail('ServiceUnavailable', message)
}

/** 504: the asked resource version is ahead of the server's. Reflectors look for its cause. */
export function tooLargeResourceVersion(current: number | bigint, wanted: number | bigint): StatusError {
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }]
  const message = `Timeout: Too large resource version: ${wanted}, current: ${current}`
  return fail('Timeout', message, { causes, retryAfterSeconds: 1 })
}

const generic: Readonly<Record<number, readonly [reason: StatusReason, message: string]>> = {
  400: ['BadRequest', 'the server rejected our request for an unknown reason'],
  401: ['Unauthorized', 'the server has asked for the client to provide credentials'],
  404: ['NotFound', 'the server could not find the requested resource'],
  405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
  409: ['Conflict', 'the server reported a conflict'],
  422: ['Invalid', 'the server rejected our request due to an error in our request'],
  429: ['TooManyRequests', 'the server has received too many requests and has asked us to try again later'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: [
    'Timeout',
    'the server was unable to return a response in the time allotted, but may still be processing the request',
  ],
}

/** What a response means that carries no status of its own: from a proxy, or for a path that nobody serves. */
export function genericServerResponse(
  code: number,
  verb: string,
  resource: GroupResource,
  name: string,
  serverMessage: string,
  { retryAfterSeconds = 0, unexpected = false }: { retryAfterSeconds?: number; unexpected?: boolean } = {},
): StatusError {
  let [reason, message] = genericReason(code, verb, serverMessage)
  const what = qualified(resource)
  if (what !== '') message = `${message} (${verb.toLowerCase()} ${what}${name === '' ? '' : ` ${name}`})`
  const causes = unexpected ? { causes: [{ reason: 'UnexpectedServerResponse', message: serverMessage }] } : {}
  return new StatusError(
    failure(code, reason, message, details(resource, name, { ...causes, ...retry(retryAfterSeconds) })),
  )
}

function genericReason(code: number, verb: string, serverMessage: string): [reason: string, message: string] {
  if (code === 409 && verb.toUpperCase() === 'POST') return ['AlreadyExists', 'the server reported a conflict']
  if (code === 403) return ['Forbidden', serverMessage]
  if (code === 415) return ['UnsupportedMediaType', serverMessage]
  if (code === 406) {
    const known = serverMessage !== '' && serverMessage !== 'unknown'
    const fallback = 'the server was unable to respond with a content type that the client supports'
    return ['NotAcceptable', known ? serverMessage : fallback]
  }
  const entry = generic[code]
  if (entry) return [...entry]
  if (code >= 500) {
    const message = `an error on the server (${goQuote(serverMessage)}) has prevented the request from succeeding`
    return ['InternalError', message]
  }
  return ['', `the server responded with the status code ${code} but did not return more information`]
}
