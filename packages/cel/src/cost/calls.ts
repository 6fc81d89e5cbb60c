import type { CostNode, Estimator } from './estimate.ts'
import { fixed, lesser, plus, type Range, scale, sum, times, union } from './estimates.ts'
import { extensionEstimate } from './extensions.ts'
import { libraryEstimate } from './library.ts'

/** A call whose cost is wanted, of one of the overloads that it may resolve to. */
export interface CostCall {
  name: string
  overload: string
  target: CostNode | undefined
  args: readonly CostNode[]
  argCosts: readonly Range[]
}

/** What a call costs, and how large its result is where that can be told. */
export interface CallEstimate {
  cost: Range
  size?: Range
}

const traversal = 0.1
const regexFactor = 0.25

/** The cost of a call with its arguments: of an extension, a Kubernetes library, or the standard functions. */
export function estimateCall(estimator: Estimator, call: CostCall): CallEstimate {
  const extension = extensionEstimate(estimator, call) ?? libraryEstimate(estimator, call)
  const args = sum(call.argCosts)
  if (extension !== undefined) return { ...extension, cost: plus(extension.cost, args) }
  return standardEstimate(call, args) ?? { cost: plus(fixed(1), args) }
}

const known = (node: CostNode | undefined): Range => node?.size ?? { min: 0n, max: (1n << 64n) - 1n }

function standardEstimate(call: CostCall, args: Range): CallEstimate | undefined {
  const [first, second, third] = call.args
  const size = known(first)
  const through = { cost: plus(scale(size, traversal), args) }
  switch (call.overload) {
    case 'string_format':
      return call.target && { cost: plus(scale(known(call.target), traversal), args) }
    case 'string_to_bytes':
      return { ...through, size: { min: size.min, max: wrap(size.max * 4n) } }
    case 'bytes_to_string':
      return { ...through, size: { min: size.min / 4n, max: size.max } }
    case 'strings_quote':
      return { ...through, size: { min: wrap(size.min + 2n), max: wrap(size.max * 2n + 2n) } }
    case 'starts_with_string':
    case 'ends_with_string':
      return through
    case 'in_list':
      return { cost: plus(scale(known(second), 1), args) }
    case 'matches_string': {
      if (call.target === undefined) return undefined
      const text = scale(plus(known(call.target), fixed(1)), traversal)
      return { cost: plus(times(text, scale(size, regexFactor)), args) }
    }
    case 'contains_string':
      if (call.target === undefined) return undefined
      return { cost: plus(times(scale(known(call.target), traversal), scale(size, traversal)), args) }
    case 'logical_or':
    case 'logical_and':
      return { cost: { min: call.argCosts[0]?.min ?? 0n, max: args.max } }
    case 'conditional': {
      const [condition = fixed(0), whenTrue = fixed(0), whenFalse = fixed(0)] = call.argCosts
      return { cost: plus(condition, union(whenTrue, whenFalse)), size: union(known(second), known(third)) }
    }
    case 'add_list':
    case 'add_string':
    case 'add_bytes': {
      const together = plus(size, known(second))
      const cost = call.overload === 'add_list' ? fixed(1) : scale(together, traversal)
      return { cost: plus(cost, args), size: together }
    }
    default:
      return isComparison(call.overload) ? comparison(size, known(second), args) : undefined
  }
}

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value)

const isComparison = (overload: string): boolean =>
  overload === 'equals' || overload === 'not_equals' || /^(?:less|greater)(?:_equals)?_(?:string|bytes)$/.test(overload)

function comparison(left: Range, right: Range, args: Range): CallEstimate {
  const max = lesser(left.max, right.max)
  return { cost: plus(scale({ min: max > 0n ? 1n : 0n, max }, traversal), args) }
}
