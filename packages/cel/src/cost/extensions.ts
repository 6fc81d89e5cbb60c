import { CelList, type Value } from '../values/value.ts'
import type { CallEstimate, CostCall } from './calls.ts'
import type { Estimator } from './estimate.ts'
import { fixed, plus, type Range, scale, times } from './estimates.ts'
import { actualSize } from './sizes.ts'

type Estimate = (estimator: Estimator, call: CostCall) => CallEstimate | undefined

const sets =
  (factor: number): Estimate =>
  (estimator, { args: [first, second] }) => {
    if (first === undefined || second === undefined) return undefined
    const pairs = times(estimator.sizeOf(first), estimator.sizeOf(second))
    return { cost: plus(scale(pairs, factor), fixed(1)) }
  }

const allocating = (factor: number, size: Range): CallEstimate => ({
  cost: plus(plus(scale(size, factor), fixed(1)), fixed(10)),
  size,
})

/** The int that is written at an argument, or what to assume without one. */
function written(call: CostCall, index: number, otherwise: bigint): bigint {
  const expr = call.args[index]?.expr
  if (expr?.kind !== 'literal' || typeof expr.value !== 'bigint') return otherwise
  return expr.value < 0n ? 0n : expr.value
}

const reverse: Estimate = (estimator, { target }) => target && allocating(1, estimator.sizeOf(target))

const slice: Estimate = (estimator, call) => {
  if (call.target === undefined || call.args.length !== 2) return undefined
  const size = estimator.sizeOf(call.target)
  const start = written(call, 0, 0n)
  const end = written(call, 1, size.max)
  return allocating(1, fixed(BigInt.asUintN(64, end - start)))
}

const range: Estimate = (_estimator, call) => allocating(1, fixed(written(call, 0, (1n << 64n) - 1n)))

const flatten: Estimate = (estimator, call) => {
  if (call.target === undefined) return undefined
  const depth = call.args.length === 1 ? written(call, 0, (1n << 64n) - 1n) : 1n
  return allocating(Number(depth), estimator.sizeOf(call.target))
}

const distinct: Estimate = (estimator, { target }) => {
  if (target === undefined) return undefined
  const size = estimator.sizeOf(target)
  return allocating(2, times(size, size))
}

const sort =
  (text: boolean, byKeys: boolean): Estimate =>
  (estimator, { target, args: [keys] }) => {
    const sorted = byKeys ? keys : target
    if (sorted === undefined) return undefined
    const size = estimator.sizeOf(sorted)
    return allocating(text ? 2.1 : 2, times(size, size))
  }

/** The names of the types that have an order. */
export const sortable = [
  ...['int', 'uint', 'double', 'bool', 'google.protobuf.Duration', 'google.protobuf.Timestamp', 'string', 'bytes'],
]
const isText = (name: string): boolean => name === 'string' || name === 'bytes'

const estimates = new Map<string, Estimate>([
  ['list_sets_contains_list', sets(1)],
  ['list_sets_intersects_list', sets(1)],
  ['list_sets_equivalent_list', sets(2)],
  ['list_slice', slice],
  ['list_flatten', flatten],
  ['list_flatten_int', flatten],
  ['lists_range', range],
  ['list_reverse', reverse],
  ['list_distinct', distinct],
  ...sortable.map((name): [string, Estimate] => [`list_${name}_sort`, sort(isText(name), false)]),
  ...sortable.map((name): [string, Estimate] => [`list_${name}_sortByAssociatedKeys`, sort(isText(name), true)]),
])

/** The cost of cel-go's extensions that bring their own: sets, and lists from version 3. */
export function extensionEstimate(estimator: Estimator, call: CostCall): CallEstimate | undefined {
  return estimates.get(call.overload)?.(estimator, call)
}

type CallCost = (args: readonly Value[], result: Value) => number

const size = (args: readonly Value[], index: number): number => actualSize(args[index] ?? null)
const product =
  (factor: number): CallCost =>
  (args) =>
    1 + Math.trunc(size(args, 0) * size(args, 1) * factor)
const outputSize: CallCost = (_args, result) => actualSize(result) + 11

const selfCompare =
  (index: number): CallCost =>
  (args) => {
    const list = args[index]
    if (!(list instanceof CelList) || list.size === 0) return 11
    const count = list.size
    const first = list.get(0)
    const text = typeof first === 'string' || first instanceof Uint8Array
    return Math.trunc(count * count * (text ? 2.1 : 2)) + 11
  }

const runTime = new Map<string, CallCost>([
  ['list_sets_contains_list', product(1)],
  ['list_sets_intersects_list', product(1)],
  ['list_sets_equivalent_list', product(2)],
  ['list_slice', outputSize],
  ['lists_range', outputSize],
  ['list_reverse', outputSize],
  ['list_flatten', (args) => size(args, 0) + 11],
  ['list_flatten_int', (args) => size(args, 0) * Number(args[1] ?? 1) + 11],
  ['list_distinct', selfCompare(0)],
  ...sortable.map((name): [string, CallCost] => [`list_${name}_sort`, selfCompare(0)]),
  ...sortable.map((name): [string, CallCost] => [`list_${name}_sortByAssociatedKeys`, selfCompare(1)]),
])

/** What a call of such an extension costs when it runs. */
export const extensionCallCost = (overload: string): CallCost | undefined => runTime.get(overload)
