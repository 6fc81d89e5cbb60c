import { badRequest, genericServerResponse } from '../errors/status-errors.ts'
import { StatusError } from '../errors/status-error.ts'
import { compareUtf8 } from '../meta/deep.ts'
import { isList, isMap } from './json-map.ts'

/**
 * A patch that cannot be made or applied. `code` is what kube-apiserver answers: 400 for a patch of the wrong form, 422
 * for one that does not fit the object, 500 for the rest.
 */
export class PatchError extends Error {
  override readonly name: string = 'PatchError'
  readonly code: 400 | 422 | 500

  constructor(message: string, code: 400 | 422 | 500 = 500) {
    super(message)
    this.code = code
  }
}

/** Changes of the patch and changes of the current object contradict each other. */
export class PatchConflictError extends PatchError {
  override readonly name = 'PatchConflictError'
}

/** The patch changes what must not change, such as an object's name. */
export class PreconditionError extends PatchError {
  override readonly name = 'PreconditionError'
}

/** Runs `apply` and gives its errors the form in which they leave the server. */
export function asStatusErrors<T>(apply: () => T): T {
  try {
    return apply()
  } catch (error) {
    if (!(error instanceof PatchError)) throw error
    if (error.code === 400) throw badRequest(error.message, { cause: error })
    if (error.code === 422) throw genericServerResponse(422, '', { group: '', resource: '' }, '', error.message)
    const status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: error.message,
      code: 500,
    }
    throw new StatusError(status, { cause: error })
  }
}

export const badListFormat = (list: 'primitive list' | 'retainKeys' | 'setElementOrder list'): PatchError =>
  new PatchError(`invalid patch format of ${list}`, 400)

export const noMergeKey = (map: unknown, key: string): PatchError =>
  new PatchError(`map: ${goText(map)} does not contain declared merge key: ${key}`)

export const badType = (expected: 'map' | 'list', actual: unknown): PatchError =>
  new PatchError(`expected a ${expected === 'map' ? goMap : goList}, but received a ${goTypeOf(actual)}`)

export const badDirective = (directive: unknown, map: unknown): PatchError =>
  new PatchError(`unknown patch type: ${goText(directive)} in map: ${goText(map)}`)

const goMap = 'map[string]interface {}'
const goList = '[]interface {}'

/** The Go type of a JSON value. */
export function goTypeOf(value: unknown): string {
  if (isList(value)) return goList
  if (isMap(value)) return goMap
  if (value === null || value === undefined) return '%!s(<nil>)'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'string') return 'string'
  return typeof value === 'bigint' || Number.isInteger(value) ? 'int64' : 'float64'
}

/** A JSON value as Go's `%v` prints it. */
export function goText(value: unknown): string {
  if (isList(value)) return `[${value.map(goText).join(' ')}]`
  if (isMap(value)) {
    const members = Object.entries(value).sort(([a], [b]) => compareUtf8(a, b))
    return `map[${members.map(([key, member]) => `${key}:${goText(member)}`).join(' ')}]`
  }
  return value === null || value === undefined ? '<nil>' : String(value)
}
