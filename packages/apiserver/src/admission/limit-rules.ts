import type { LimitRangeItem, Pod } from '@wherry/api'
import { type DeepReadonly, Quantity } from '@wherry/apimachinery'

type Amounts = Readonly<Record<string, string | number>>

export interface Use {
  readonly requests: Amounts
  readonly limits: Amounts
}

/** Where a use breaks the bounds of one limit, in upstream's words (`plugin/pkg/admission/limitranger`). */
export function limitProblems(limit: DeepReadonly<LimitRangeItem>, use: Use): string[] {
  const of = (bounds: Amounts | undefined, check: (name: string, bound: Quantity) => string | undefined) =>
    Object.entries(bounds ?? {}).flatMap(([name, bound]) => check(name, Quantity.parse(bound)) ?? [])
  // A claim has no limits: its request is held to both bounds.
  const claim = limit.type === 'PersistentVolumeClaim'
  return [
    ...of(limit.min, (name, bound) => belowMin(limit.type, name, bound, use)),
    ...of(limit.max, (name, bound) =>
      claim ? aboveClaimMax(limit.type, name, bound, use) : aboveMax(limit.type, name, bound, use),
    ),
    ...of(limit.maxLimitRequestRatio, (name, bound) => aboveRatio(limit.type, name, bound, use)),
  ]
}

function amount(amounts: Amounts, name: string): Quantity | undefined {
  const value = amounts[name]
  return value === undefined ? undefined : Quantity.parse(value)
}

function belowMin(type: string, name: string, min: Quantity, use: Use): string | undefined {
  const request = amount(use.requests, name)
  const limit = amount(use.limits, name)
  const rule = `minimum ${name} usage per ${type} is ${min}`
  if (!request) return `${rule}.  No request is specified`
  if (request.cmp(min) < 0) return `${rule}, but request is ${request}`
  return limit && limit.cmp(min) < 0 ? `${rule}, but limit is ${limit}` : undefined
}

function aboveMax(type: string, name: string, max: Quantity, use: Use): string | undefined {
  const request = amount(use.requests, name)
  const limit = amount(use.limits, name)
  const rule = `maximum ${name} usage per ${type} is ${max}`
  if (!limit) return `${rule}.  No limit is specified`
  if (limit.cmp(max) > 0) return `${rule}, but limit is ${limit}`
  return request && request.cmp(max) > 0 ? `${rule}, but request is ${request}` : undefined
}

function aboveClaimMax(type: string, name: string, max: Quantity, use: Use): string | undefined {
  const request = amount(use.requests, name)
  const rule = `maximum ${name} usage per ${type} is ${max}`
  if (!request) return `${rule}.  No request is specified`
  return request.cmp(max) > 0 ? `${rule}, but request is ${request}` : undefined
}

function aboveRatio(type: string, name: string, max: Quantity, use: Use): string | undefined {
  const request = amount(use.requests, name)
  const limit = amount(use.limits, name)
  const rule = `${name} max limit to request ratio per ${type} is ${max}`
  if (!request || request.isZero()) return `${rule}, but no request is specified or request is 0`
  if (!limit || limit.isZero()) return `${rule}, but no limit is specified or limit is 0`
  const ratio = limit.toNumber() / request.toNumber()
  return ratio > max.toNumber() ? `${rule}, but provided ratio is ${ratio.toFixed(6)}` : undefined
}

/**
 * A pod's use: the sum of its containers, or one init container where that needs more. A resource counts only where
 * every container names it.
 */
export function podTotals(pod: DeepReadonly<Pod>): Use {
  const containers = pod.spec?.containers ?? []
  const initContainers = pod.spec?.initContainers ?? []
  const total = (which: 'requests' | 'limits') => {
    const sum = sumOf(containers.map((one) => one.resources?.[which] ?? {}))
    for (const one of initContainers) raise(sum, one.resources?.[which] ?? {})
    return Object.fromEntries([...sum].map(([name, value]) => [name, value.toString()]))
  }
  return { requests: total('requests'), limits: total('limits') }
}

function sumOf(lists: readonly Amounts[]): Map<string, Quantity> {
  const sum = new Map<string, Quantity>()
  for (const name of Object.keys(lists[0] ?? {})) {
    const values = lists.map((list) => amount(list, name))
    if (values.some((value) => value === undefined)) continue
    sum.set(
      name,
      values.reduce<Quantity>((all, value) => (value ? all.add(value) : all), Quantity.zero),
    )
  }
  return sum
}

function raise(sum: Map<string, Quantity>, floor: Amounts): void {
  for (const [name, text] of Object.entries(floor)) {
    const value = Quantity.parse(text)
    const own = sum.get(name)
    if (!own || own.cmp(value) < 0) sum.set(name, value)
  }
}
