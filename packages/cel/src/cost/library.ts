import type { CelType } from '../types/types.ts'
import type { CallEstimate, CostCall } from './calls.ts'
import type { CostNode, Estimator } from './estimate.ts'
import { fixed, largest, plus, type Range, scale, times, union } from './estimates.ts'

const traversal = 0.1
const regexFactor = 0.25
const one: CallEstimate = { cost: fixed(1) }

type Estimate = (estimator: Estimator, call: CostCall) => CallEstimate | undefined

const argument =
  (factor: number, sized = false): Estimate =>
  (estimator, { args: [first] }) => {
    if (first === undefined) return undefined
    const size = estimator.sizeOf(first)
    return sized ? { cost: scale(size, factor), size } : { cost: scale(size, factor) }
  }

const ofTarget: Estimate = (estimator, { target }) => {
  if (target === undefined) return undefined
  const size = estimator.sizeOf(target)
  return { cost: scale(size, traversal), size }
}

const selector: Estimate = (estimator, { args }) => {
  if (args[0] === undefined || args.length !== 1) return undefined
  const length = estimator.sizeOf(args[0])
  const requirements = scale(scale(length, 0.5), 50)
  return { cost: plus(plus(fixed(10), scale(length, traversal)), requirements) }
}

function elementOf(list: CostNode): CostNode | undefined {
  const type = list.type.params[0]
  if (type === undefined) return undefined
  return {
    expr: undefined,
    path: list.path === undefined ? undefined : [...list.path, '@items'],
    type,
    size: undefined,
  }
}

/** Each element is compared once, strings and bytes through their length. */
const elements: Estimate = (estimator, { name, target }) => {
  if (target === undefined) return undefined
  const size = estimator.sizeOf(target)
  const element = elementOf(target)
  if (element === undefined) {
    return { cost: name === 'includes' ? times(size, fixed(1)) : scale(size, traversal) }
  }
  const text = element.type.kind === 'string' || element.type.kind === 'bytes'
  const each = text ? plus(fixed(1), scale(estimator.sizeOf(element), traversal)) : fixed(1)
  return { cost: times(size, each) }
}

/** The longest and shortest results: as many of the shortest replaced as fit, and as few of the longest. */
const replace: Estimate = (estimator, { target, args: [from, to] }) => {
  if (target === undefined || from === undefined || to === undefined) return undefined
  const size = estimator.sizeOf(target)
  const replaced = estimator.sizeOf(from)
  const by = estimator.sizeOf(to)
  const ceil = (a: bigint, b: bigint): bigint => BigInt(Math.ceil(Number(a) / Number(b)))
  const more = (value: bigint): bigint => (value < largest ? value + 1n : value)
  const most =
    replaced.min === 0n
      ? [more(size.max), size.max]
      : by.max <= replaced.min
        ? [0n, size.max]
        : [ceil(size.max, replaced.min), 0n]
  const least =
    replaced.max === 0n
      ? [more(size.min), size.min]
      : replaced.max <= by.min
        ? [0n, size.min]
        : [ceil(size.min, replaced.max), 0n]
  const range = (index: 0 | 1): Range => ({ min: least[index] ?? 0n, max: most[index] ?? 0n })
  return { cost: scale(size, 2 * traversal), size: plus(times(range(0), by), range(1)) }
}

const split: Estimate = (estimator, { target, args }) => {
  if (target === undefined) return undefined
  const size = estimator.sizeOf(target)
  const limit = args[1]?.expr
  const given =
    limit?.kind === 'literal' && typeof limit.value === 'bigint' ? BigInt.asUintN(64, limit.value) : undefined
  return { cost: scale(size, 2 * traversal), size: { min: 0n, max: given ?? size.max } }
}

const join: Estimate = (estimator, { target, args: [separator] }) => {
  if (target === undefined) return undefined
  const count = estimator.sizeOf(target)
  const element = elementOf(target)
  let size = element === undefined ? fixed(0) : times(count, estimator.sizeOf(element))
  if (separator !== undefined) {
    const less = (value: bigint): bigint => (value > 0n ? value - 1n : 0n)
    size = plus(size, times(estimator.sizeOf(separator), { min: less(count.min), max: less(count.max) }))
  }
  return { cost: scale(size, traversal), size }
}

const find: Estimate = (estimator, { target, args: [pattern] }) => {
  if (target === undefined || pattern === undefined) return undefined
  const size = estimator.sizeOf(target)
  const cost = times(scale(plus(size, fixed(1)), traversal), scale(estimator.sizeOf(pattern), regexFactor))
  return { cost, size: { min: 0n, max: size.max } }
}

/** An address has 4 or 16 bytes. */
const address: Range = { min: 4n, max: 16n }

const contains: Estimate = (estimator, { name, overload, args: [other] }) => {
  if (other === undefined) return undefined
  let cost = scale(plus(address, address), traversal)
  if (name === 'containsCIDR') cost = plus(plus(cost, scale(address, traversal)), fixed(1))
  if (overload.endsWith('_string')) cost = plus(cost, scale(estimator.sizeOf(other), traversal))
  return { cost }
}

const validate: Estimate = (estimator, { args: [text] }) =>
  text && { cost: scale(scale(estimator.sizeOf(text), traversal), 128 * regexFactor) }

const constantTimeTypes = new Set([
  'net.IP',
  'net.CIDR',
  'kubernetes.Quantity',
  'kubernetes.Semver',
  'kubernetes.authorization.Authorizer',
  'kubernetes.authorization.PathCheck',
  'kubernetes.authorization.GroupCheck',
  'kubernetes.authorization.ResourceCheck',
  'kubernetes.authorization.Decision',
])

const equality: Estimate = (_estimator, { args: [left, right] }) => {
  if (left === undefined || right === undefined || !sameKubernetesType(left.type, right.type)) return undefined
  if (constantTimeTypes.has(left.type.name)) return one
  if (left.type.name === 'kubernetes.NamedFormat') return { cost: scale({ min: 1n, max: 64n }, traversal) }
  if (left.type.name !== 'kubernetes.URL') return undefined
  const size = right.size === undefined ? fixed(1) : union(right.size, right.size)
  return { cost: scale({ min: 1n, max: size.max }, traversal) }
}

const sameKubernetesType = (a: CelType, b: CelType): boolean => a.kind === b.kind && a.name === b.name

const byName = new Map<string, Estimate>([
  ['check', () => ({ cost: fixed(350_000) })],
  ...each('serviceAccount path group resource subresource namespace name allowed reason error errored', () => one),
  ...each('fieldSelector labelSelector', selector),
  ...each('isSorted sum max min indexOf lastIndexOf includes', elements),
  ...each('url jsonpatch.escapeKey', argument(traversal, true)),
  ...each('lowerAscii upperAscii substring trim', ofTarget),
  ['replace', replace],
  ['split', split],
  ['join', join],
  ...each('find findAll', find),
  ...each('cidr isIP isCIDR', argument(traversal)),
  ['ip', (estimator, call) => (call.overload === 'cidr_ip' ? one : argument(traversal)(estimator, call))],
  ['ip.isCanonical', argument(2 * traversal)],
  ...each(
    'masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast',
    () => one,
  ),
  ...each('containsIP containsCIDR', contains),
  ...each('quantity isQuantity semver isSemver', argument(traversal)),
  ['validate', validate],
  ['format.named', () => one],
  ...each(
    'sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan compareTo add sub major minor patch',
    () => one,
  ),
  ...each('getScheme getHostname getHost getPort getEscapedPath getQuery', () => one),
  ['_==_', equality],
])

function each(names: string, estimate: Estimate): [string, Estimate][] {
  return names.split(' ').map((name) => [name, estimate])
}

/** The cost of a function of Kubernetes' libraries; any change of these numbers would refuse rules or let new ones in. */
export function libraryEstimate(estimator: Estimator, call: CostCall): CallEstimate | undefined {
  return byName.get(call.name)?.(estimator, call)
}
