import { goFormat } from './go-format.ts'
import { ElementError, itemElement, type PathElement, showElement } from './path-element.ts'
import { type ApplyList, type ApplyMap, type ApplyScalar, type ApplySchema, memberSchema, shapeOf } from './schema.ts'

export interface ValidateOptions {
  /** Sets and maps in lists may name an item twice. */
  readonly allowDuplicates?: boolean
}

/**
 * What does not fit the schema, in upstream's words with the path in front: `.spec.foo: field not declared in schema`.
 * As upstream: structured-merge-diff, `TypedValue.Validate`.
 */
export function validateTyped(schema: ApplySchema, value: unknown, options: ValidateOptions = {}): string[] {
  const walker = new ValidationWalker(options.allowDuplicates ?? false)
  walker.walk(schema, value)
  return walker.errors.map(({ path, problem }) => (path === '' ? problem : `${path}: ${problem}`))
}

/** Several errors as one text. */
export function joinErrors(errors: readonly string[]): string {
  return errors.length === 1 ? (errors[0] ?? '') : ['errors:', ...errors.map((error) => `  ${error}`)].join('\n')
}

class ValidationWalker {
  readonly errors: { path: string; problem: string }[] = []
  readonly #path: PathElement[] = []
  readonly #allowDuplicates: boolean

  constructor(allowDuplicates: boolean) {
    this.#allowDuplicates = allowDuplicates
  }

  walk(schema: ApplySchema, value: unknown): void {
    const shape = shapeOf(schema, value)
    if (shape === 'map' && schema.map) this.#map(schema.map, value)
    else if (shape === 'list' && schema.list) this.#list(schema.list, value)
    else if (schema.scalar !== undefined) this.#scalar(schema.scalar, value)
  }

  #refuse(problem: string): void {
    this.errors.push({ path: this.#path.map(showElement).join(''), problem })
  }

  #scalar(scalar: ApplyScalar, value: unknown): void {
    if (value === null || value === undefined) return
    const type = typeof value === 'bigint' ? 'number' : typeof value
    if (scalar === 'numeric' && type !== 'number') {
      this.#refuse(`expected numeric (int or float), got ${goFormat.type(value)}`)
    } else if (scalar === 'string' && type !== 'string') {
      this.#refuse(`expected string, got &value.valueUnstructured{Value:${goFormat.source(value)}}`)
    } else if (scalar === 'boolean' && type !== 'boolean') {
      this.#refuse(`expected boolean, got &{${goFormat.plain(value)}}`)
    } else if (scalar === 'untyped' && type === 'object') {
      this.#refuse(`expected any scalar, got &{${goFormat.plain(value)}}`)
    }
  }

  #list(list: ApplyList, value: unknown): void {
    if (value === null || value === undefined) return
    if (!Array.isArray(value)) {
      this.#refuse(`expected list, got &{${goFormat.plain(value)}}`)
      return
    }
    const seen = new Set<PathElement>()
    for (const [i, item] of value.entries()) {
      const element = list.atomic ? `i:${i}` : this.#element(list, item, i)
      // Without an element nothing deeper can be named.
      if (element === undefined) return
      if (seen.has(element) && !this.#allowDuplicates) {
        this.#refuse(`duplicate entries for key ${showElement(element)}`)
      }
      seen.add(element)
      this.#descend(element, list.item, item)
    }
  }

  #element(list: ApplyList, item: unknown, i: number): PathElement | undefined {
    try {
      return itemElement(list, item)
    } catch (error) {
      if (!(error instanceof ElementError)) throw error
      this.#refuse(`element ${i}: ${error.message}`)
      return undefined
    }
  }

  #map(map: ApplyMap, value: unknown): void {
    if (value === null || value === undefined) return
    if (typeof value !== 'object' || Array.isArray(value)) {
      this.#refuse(`expected map, got &{${goFormat.plain(value)}}`)
      return
    }
    for (const [key, member] of Object.entries(value)) {
      const schema = memberSchema(map, key)
      if (schema) this.#descend(`f:${key}`, schema, member)
      else {
        this.#path.push(`f:${key}`)
        this.#refuse('field not declared in schema')
        this.#path.pop()
        return
      }
    }
  }

  #descend(element: PathElement, schema: ApplySchema, value: unknown): void {
    this.#path.push(element)
    this.walk(schema, value)
    this.#path.pop()
  }
}
