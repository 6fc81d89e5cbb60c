import type { KubeObject } from '@wherry/api'
import { isMap, setKey, stringifyJSON } from '@wherry/apimachinery'
import { goType } from './custom-object.ts'

/** The steps of a simple path such as `.spec.replicas`. */
export function stepsOf(path: string): string[] {
  return path.replace(/^\./, '').split('.')
}

/** What stands at the path; undefined where it does not exist. Throws Go's words for a step into something else. */
export function valueAt(object: unknown, steps: readonly string[]): unknown {
  let value: unknown = object
  for (const [at, step] of steps.entries()) {
    if (value === null || value === undefined) return undefined
    if (!isMap(value)) {
      const path = steps.slice(0, at + 1).map((one) => `.${one}`)
      throw new Error(
        `${path.join('')} accessor error: ${stringifyJSON(value)} is of the type ${goType(value)}, expected map[string]interface{}`,
      )
    }
    value = Object.hasOwn(value, step) ? value[step] : undefined
  }
  return value
}

/** The integer at the path; undefined where there is none. Throws for another type. */
export function integerAt(object: unknown, path: string): number | undefined {
  const value = valueAt(object, stepsOf(path))
  if (value === undefined) return undefined
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number' && Number.isInteger(value)) return value
  throw wrongType(path, value, 'int64')
}

/** The text at the path; undefined where there is none. Throws for another type. */
export function textAt(object: unknown, path: string): string | undefined {
  const value = valueAt(object, stepsOf(path))
  if (value === undefined || typeof value === 'string') return value
  throw wrongType(path, value, 'string')
}

/** Puts a value at the path, with the objects around it where they are absent. */
export function putAt(object: KubeObject, path: string, value: unknown): void {
  const steps = stepsOf(path)
  let at: Record<string, unknown> = Object(object)
  for (const step of steps.slice(0, -1)) {
    const inner = Object.hasOwn(at, step) ? at[step] : undefined
    const next: Record<string, unknown> = isMap(inner) ? inner : {}
    setKey(at, step, next)
    at = next
  }
  setKey(at, steps.at(-1) ?? '', value)
}

function wrongType(path: string, value: unknown, wanted: string): Error {
  const text = typeof value === 'bigint' ? String(value) : typeof value === 'string' ? value : stringifyJSON(value)
  return new Error(
    `.${stepsOf(path).join('.')} accessor error: ${text} is of the type ${goType(value)}, expected ${wanted}`,
  )
}
