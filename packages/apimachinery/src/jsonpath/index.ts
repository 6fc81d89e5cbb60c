import { stableStringify } from '../meta/deep.ts'
import { type EvaluateOptions, findResults } from './evaluate.ts'
import { parseJSONPath } from './parse.ts'

/** A compiled template of kubectl's JSONPath dialect. */
export interface JSONPath {
  /** One list of results for each action and text. Throws in upstream's words. */
  find(data: unknown): unknown[][]
  /** The results as text: those of one action with spaces between. */
  print(data: unknown): string
}

/** Compiles a template; throws where it does not parse. */
export function compileJSONPath(template: string, options: EvaluateOptions = {}): JSONPath {
  const nodes = parseJSONPath(template)
  const find = (data: unknown) => findResults(nodes, data, options)
  return {
    find,
    print: (data) =>
      find(data)
        .map((results) => results.map(printResult).join(' '))
        .join(''),
  }
}

/** One result as text: a string as it is, a structure as JSON. */
export function printResult(value: unknown): string {
  if (value === null || value === undefined) return '<no value>'
  return typeof value === 'object' ? stableStringify(value) : String(value)
}

/**
 * Brings the short forms `a.b`, `.a.b` and `{a.b}` into the full one, `{.a.b}`. Throws in the words of kubectl's
 * RelaxedJSONPathExpression.
 */
export function relaxedJSONPath(path: string): string {
  if (path === '') return path
  const match = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/.exec(path)
  const field = match?.[1] ?? match?.[2]
  if (field === undefined) {
    throw new Error(
      "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'",
    )
  }
  return `{.${field}}`
}
