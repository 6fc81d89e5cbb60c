import type { Value } from '../values/value.ts'
import { actualSize, charactersToCost } from './sizes.ts'
import { libraryCallCost } from './library-run-time.ts'

export type CallCost = (args: readonly Value[], result: Value) => number

const one: CallCost = () => 1
const size = (args: readonly Value[], index: number): number => actualSize(args[index] ?? null)

const traversal: CallCost = (args) => charactersToCost(size(args, 0))
const smaller: CallCost = (args) => charactersToCost(Math.min(size(args, 0), size(args, 1)))
const both: CallCost = (args) => charactersToCost(size(args, 0) + size(args, 1))

const byOverload: Readonly<Record<string, CallCost>> = {
  starts_with_string: traversal,
  ends_with_string: traversal,
  string_to_bytes: traversal,
  bytes_to_string: traversal,
  strings_quote: traversal,
  string_format: traversal,
  in_list: (args) => size(args, 1),
  equals: smaller,
  not_equals: smaller,
  add_string: both,
  add_bytes: both,
  // One is added to the length because a regular expression costs something on the empty string too.
  matches_string: (args) => charactersToCost(size(args, 0) + 1) * Math.ceil(size(args, 1) * 0.25),
  contains_string: (args) => charactersToCost(size(args, 0)) * charactersToCost(size(args, 1)),
}
for (const verb of ['less', 'less_equals', 'greater', 'greater_equals']) {
  Object.assign(byOverload, { [`${verb}_string`]: smaller, [`${verb}_bytes`]: smaller })
}

/**
 * What a call costs when it runs: of the libraries as Kubernetes counts it, of the standard functions as cel-go's
 * `interpreter/runtimecost.go`. Calls whose overload is decided at run time cost 1, but for `==` and `!=`.
 */
export function callCost(name: string, overload: string): CallCost {
  const id = name === '_==_' ? 'equals' : name === '_!=_' ? 'not_equals' : overload
  const standard = byOverload[id] ?? one
  const library = libraryCallCost(name, overload)
  if (library === undefined) return standard
  return (args, result) => library(args, result) ?? standard(args, result)
}
