import { CelList, CelMap, codePointCount, Opaque, Optional, type Value } from '../values/value.ts'

/** The size of a value as costs count it: characters, bytes, elements or entries; 1 for anything else. */
export function actualSize(value: Value): number {
  if (typeof value === 'string') return codePointCount(value)
  if (typeof value !== 'object' || value === null) return 1
  if (value instanceof CelList || value instanceof CelMap) return value.size
  if (value instanceof Uint8Array) return value.length
  if (value instanceof Optional) return value.value === undefined ? 1 : actualSize(value.value)
  return value instanceof Opaque ? (value.size ?? 1) : 1
}

/** The cost of going through so many characters once: a tenth of them. */
export const charactersToCost = (characters: number): number => Math.ceil(characters * 0.1)

/** The cost of going through a value and everything in it (k8s `traversalCost`). */
export function traversalCost(value: Value): number {
  if (typeof value === 'string') return Math.trunc(Buffer.byteLength(value) * 0.1)
  if (value instanceof Uint8Array) return Math.trunc(value.length * 0.1)
  let cost = 0
  if (value instanceof CelList) {
    for (const item of value) cost += traversalCost(item)
    return cost
  }
  if (value instanceof CelMap) {
    for (const key of value.keys()) cost += traversalCost(key) + traversalCost(value.find(key) ?? null)
    return cost
  }
  return 1
}
