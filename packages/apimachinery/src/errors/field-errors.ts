import { stringifyJSON } from '../bodies/json.ts'
import { goQuote } from '../values/go-quote.ts'

/** What is wrong with a field; the words that clients read, by the name that stands in a cause's `reason`. */
const titles = {
  FieldValueInvalid: 'Invalid value',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooShort: 'Too short',
  FieldValueTooMany: 'Too many',
  FieldValueTooFew: 'Too few',
  FieldValueNotFound: 'Not found',
  FieldValueTypeInvalid: 'Invalid value',
  InternalError: 'Internal error',
} as const

export type FieldErrorType = keyof typeof titles

/** One refused field. Many of them make one `Invalid` status (see `invalid`). As upstream: util/validation/field. */
export interface FieldError {
  readonly type: FieldErrorType
  /** Such as `spec.containers[0].name` or `metadata.labels[app]`. */
  readonly field: string
  readonly value?: unknown
  readonly detail: string
}

/** Errors of these types do not repeat the value. */
const withoutValue: ReadonlySet<FieldErrorType> = new Set([
  'FieldValueRequired',
  'FieldValueForbidden',
  'FieldValueTooLong',
  'FieldValueTooShort',
  'InternalError',
])

/** The path of a field of the object at `path`; an empty path is the root. */
export function child(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

/** The path of an item of the list, or of a key of the map, at `path`. */
export function index(path: string, at: number | string): string {
  return `${path}[${at}]`
}

export function fieldRequired(field: string, detail = ''): FieldError {
  return { type: 'FieldValueRequired', field, detail }
}

export function fieldInvalid(field: string, value: unknown, detail: string): FieldError {
  return { type: 'FieldValueInvalid', field, value, detail }
}

/** In place of a value that the message leaves out. As upstream: `field.OmitValueType`. */
export const omitted = Symbol('omitted')

export function fieldTypeInvalid(field: string, value: unknown, detail: string): FieldError {
  return { type: 'FieldValueTypeInvalid', field, value, detail }
}

export function fieldDuplicate(field: string, value: unknown): FieldError {
  return { type: 'FieldValueDuplicate', field, value, detail: '' }
}

export function fieldNotFound(field: string, value: unknown): FieldError {
  return { type: 'FieldValueNotFound', field, value, detail: '' }
}

export function fieldForbidden(field: string, detail: string): FieldError {
  return { type: 'FieldValueForbidden', field, detail }
}

/** The supported values stand in the message in the order in which they are given. */
export function fieldNotSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const detail = supported.length === 0 ? '' : `supported values: ${supported.map(goQuote).join(', ')}`
  return { type: 'FieldValueNotSupported', field, value, detail }
}

/** `max` counts bytes; the value itself is not repeated. A negative `max` is not named. */
export function fieldTooLong(field: string, value: unknown, max: number): FieldError {
  const detail = max < 0 ? 'value is too long' : `may not be more than ${max} ${max === 1 ? 'byte' : 'bytes'}`
  return { type: 'FieldValueTooLong', field, value, detail }
}

export function fieldTooMany(field: string, actual: number, max: number): FieldError {
  const detail = max < 0 ? 'has too many items' : `must have at most ${max} ${max === 1 ? 'item' : 'items'}`
  return { type: 'FieldValueTooMany', field, value: actual, detail }
}

export function fieldInternalError(field: string, detail: string): FieldError {
  return { type: 'InternalError', field, detail }
}

/** The error as Go prints it: `spec.replicas: Invalid value: -1: must be greater than or equal to 0`. */
export function formatFieldError(error: FieldError): string {
  return `${error.field}: ${fieldErrorBody(error)}`
}

/** The same without the field, as it stands in the causes of a status. */
export function fieldErrorBody(error: FieldError): string {
  const value = withoutValue.has(error.type) || error.value === omitted ? '' : `: ${formatValue(error.value)}`
  return `${titles[error.type]}${value}${error.detail === '' ? '' : `: ${error.detail}`}`
}

/** All errors in one text: in brackets where there are several, each text once. */
export function formatFieldErrors(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(formatFieldError))]
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
}

const html: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
}

function formatValue(value: unknown): string {
  if (typeof value === 'string') return goQuote(value)
  if (typeof value === 'bigint') return String(value)
  if (value === undefined) return 'null'
  // Go's encoder writes these as escapes, and clients compare texts.
  return stringifyJSON(value).replace(/[<>&\u2028\u2029]/g, (char) => html[char] ?? char)
}
