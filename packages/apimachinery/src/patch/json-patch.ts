import { badRequest, genericServerResponse, requestEntityTooLarge } from '../errors/status-errors.ts'
import { stringifyJSON } from '../bodies/json.ts'
import { deepClone, deepEqual } from '../meta/deep.ts'
import { wordOf } from '../typed/context.ts'
import { get, has, isList, isMap, type JSONMap, set } from './json-map.ts'
import { byteLength } from '../validation/names.ts'

const maxOperations = 10_000
/** What all copies of one patch may add, in bytes of JSON. */
const maxCopied = 3 * 1024 * 1024

/** An operation that does not apply: the reason is kept as the cause of the 422. */
class OperationError extends Error {
  override readonly name = 'OperationError'
}

/**
 * Applies a JSON patch (RFC 6902); the object is not changed. As the library that kube-apiserver uses: a negative place
 * in a list counts from its end, and `replace` sets a member that is not there. Throws a `StatusError`: 400 for what is
 * no list of operations, 413 for too many, 422 where one does not apply.
 */
export function applyJSONPatch(object: unknown, operations: unknown): unknown {
  if (!isList(operations)) {
    const word = wordOf(operations)
    throw badRequest(`error decoding patch: json: cannot unmarshal ${word} into Go value of type []interface {}`)
  }
  const wrong = operations.find((operation) => !isMap(operation))
  if (wrong !== undefined) {
    throw badRequest(`json: cannot unmarshal ${wordOf(wrong)} into Go value of type jsonpatch.Operation`)
  }
  if (operations.length > maxOperations) {
    const message = `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${operations.length}`
    throw requestEntityTooLarge(message)
  }
  const document = new PatchedDocument(deepClone<unknown>(object))
  try {
    for (const operation of operations) if (isMap(operation)) document.apply(operation)
  } catch (error) {
    if (!(error instanceof OperationError)) throw error
    const refusal = genericServerResponse(422, '', { group: '', resource: '' }, '', error.message)
    refusal.cause = error
    throw refusal
  }
  return document.root
}

type Container = JSONMap | unknown[]
const isContainer = (value: unknown): value is Container => isMap(value) || isList(value)

class PatchedDocument {
  root: unknown
  #copied = 0

  constructor(root: unknown) {
    this.root = root
  }

  apply(operation: JSONMap): void {
    const kind = get(operation, 'op')
    const to = () => pathOf(operation, 'path')
    if (kind === 'add') this.#add(to(), valueIn(operation), kind)
    else if (kind === 'remove') this.#remove(to(), kind)
    else if (kind === 'replace') this.#replace(to(), valueIn(operation))
    else if (kind === 'move') this.#add(to(), this.#remove(pathOf(operation, 'from'), kind), kind)
    else if (kind === 'copy') this.#add(to(), this.#copy(pathOf(operation, 'from')), kind)
    else if (kind === 'test') this.#test(to(), valueIn(operation))
    else throw new OperationError(`Unexpected kind: ${typeof kind === 'string' ? kind : 'unknown'}`)
  }

  #add(path: string, value: unknown, kind: string): void {
    const [container, key] = this.#find(path, kind)
    if (isMap(container)) set(container, key, value)
    else if (key === '-') container.push(value)
    else container.splice(place(key, container.length + 1), 0, value)
  }

  #remove(path: string, kind: string): unknown {
    const [container, key] = this.#find(path, kind)
    if (isList(container)) return container.splice(place(key, container.length), 1)[0]
    if (!has(container, key)) throw new OperationError(`Unable to remove nonexistent key: ${key}: Missing value`)
    const value = container[key]
    delete container[key]
    return value
  }

  #replace(path: string, value: unknown): void {
    if (path === '') {
      if (!isContainer(value)) throw new OperationError('replace operation value must be object or array')
      this.root = value
      return
    }
    const [container, key] = this.#find(path, 'replace')
    if (isMap(container)) set(container, key, value)
    else container[place(key, container.length)] = value
  }

  #copy(from: string): unknown {
    const value = this.#get(from, 'copy')
    this.#copied += byteLength(stringifyJSON(value))
    if (this.#copied > maxCopied) {
      const sizes = `size limit of ${maxCopied}, got ${this.#copied}`
      throw new OperationError(
        `Unable to complete the copy, the accumulated size increase of copy is over the ${sizes}`,
      )
    }
    return deepClone<unknown>(value)
  }

  #test(path: string, value: unknown): void {
    const actual = path === '' ? this.root : this.#get(path, 'test')
    if (!deepEqual(actual ?? null, value)) throw new OperationError(`testing value ${path} failed: test failed`)
  }

  #get(path: string, kind: string): unknown {
    const [container, key] = this.#find(path, kind)
    return isMap(container) ? (get(container, key) ?? null) : container[place(key, container.length)]
  }

  /** The object or list that the last part of a path is looked up in. */
  #find(path: string, kind: string): [container: Container, key: string] {
    const [first, ...parts] = path.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    const key = parts.pop()
    let at: unknown = this.root
    for (const part of parts) {
      if (isMap(at)) at = get(at, part)
      else if (isList(at)) at = at[place(part, at.length)]
      else break
    }
    if (first === undefined || key === undefined || !isContainer(at)) {
      throw new OperationError(`${kind} operation does not apply: doc is missing path: ${path}: Missing value`)
    }
    return [at, key]
  }
}

function pathOf(operation: JSONMap, name: 'path' | 'from'): string {
  const path = get(operation, name)
  if (typeof path !== 'string') throw new OperationError(`operation missing ${name} field: Missing value`)
  return path
}

const valueIn = (operation: JSONMap): unknown => deepClone<unknown>(get(operation, 'value') ?? null)

/** A place in a list of `length`; from its end where it is negative. */
function place(key: string, length: number): number {
  if (!/^[+-]?\d{1,9}$/.test(key)) throw new OperationError(`value was not a proper array index: '${key}'`)
  const at = Number(key)
  if (at >= length || at < -length)
    throw new OperationError(`Unable to access invalid index: ${at}: Invalid index referenced`)
  return at < 0 ? at + length : at
}
