import type { Kind, KubeObject } from '@wherry/api'
import { badRequest } from '../errors/status-errors.ts'
import { DecodeContext, DecodeFailure } from './context.ts'
import { decoderOf } from './decoders.ts'

export interface Decoded<T> {
  readonly object: T
  /** Paths of fields that the type does not have, such as `spec.template.spec.foo`; they are not in the object. */
  readonly unknownFields: readonly string[]
}

/**
 * Takes a JSON value as an object of a type: checks every field against the field table, drops unknown fields, nulls and
 * what says nothing (empty optional lists and maps; zero, false and empty text where upstream's field is no pointer), and
 * brings quantities, times and durations into their canonical form. Names count
 * with their case. Throws a 400 `StatusError` in kube-apiserver's words where a value has a wrong type; its `cause`
 * carries Go's words alone (`json: cannot unmarshal …`), for callers that say something else around them.
 * As upstream: sigs.k8s.io/json, `UnmarshalStrict`.
 */
export function decodeTyped<T extends KubeObject>(type: Kind<T>, value: unknown): Decoded<T>
export function decodeTyped(type: string, value: unknown): Decoded<Record<string, unknown>>
export function decodeTyped(type: string | Kind, value: unknown): Decoded<unknown> {
  const name = typeof type === 'string' ? type : type.typeName
  const context = new DecodeContext()
  let object: unknown
  let message: string | undefined
  try {
    const decoder = decoderOf(name)
    object = value === null ? decoder.zero() : decoder.decode(value, context)
    message = context.mismatch
  } catch (error) {
    if (!(error instanceof DecodeFailure)) throw error
    message = error.message
  }
  if (message !== undefined) throw cannotBeHandled(name, message)
  return { object, unknownFields: [...context.unknown] }
}

/**
 * The 400 of fieldValidation=Strict: `unknown` and `duplicates` are paths. As upstream: runtime, `StrictDecodingError`.
 */
export function strictDecodingError(
  type: string | Kind,
  unknown: readonly string[],
  duplicates: Iterable<string> = [],
): Error {
  const name = typeof type === 'string' ? type : type.typeName
  return cannotBeHandled(name, `strict decoding error: ${strictWarnings(unknown, duplicates).join(', ')}`)
}

/** The same as warnings, one for each field. */
export function strictWarnings(unknown: readonly string[], duplicates: Iterable<string> = []): string[] {
  return [
    ...[...duplicates].map((path) => `duplicate field ${JSON.stringify(path)}`),
    ...unknown.map((path) => `unknown field ${JSON.stringify(path)}`),
  ]
}

function cannotBeHandled(type: string, message: string): Error {
  const [version = '', kind = ''] = type.split('.').slice(-2)
  const sentence = `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${message}`
  return badRequest(sentence, { cause: new Error(message) })
}
