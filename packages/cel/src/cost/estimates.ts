const maxUint64 = (1n << 64n) - 1n

/** A range of sizes or of costs, as cel-go's uint64: sums and products stop at the largest. */
export interface Range {
  readonly min: bigint
  readonly max: bigint
}

export const fixed = (value: bigint | number): Range => ({ min: BigInt(value), max: BigInt(value) })
export const unknownSize: Range = { min: 0n, max: maxUint64 }
export const nothing: Range = fixed(0)
export const largest = maxUint64

const capped = (value: bigint): bigint => (value > maxUint64 ? maxUint64 : value)

export const plus = (a: Range, b: Range): Range => ({ min: capped(a.min + b.min), max: capped(a.max + b.max) })
export const times = (a: Range, b: Range): Range => ({ min: capped(a.min * b.min), max: capped(a.max * b.max) })
export const sum = (ranges: readonly Range[]): Range => ranges.reduce(plus, nothing)

export function lesser(a: bigint, b: bigint): bigint {
  if (a < b) return a
  return b
}

function greater(a: bigint, b: bigint): bigint {
  if (a > b) return a
  return b
}

/** The smallest range around both. */
export const union = (a: Range, b: Range): Range => ({ min: lesser(a.min, b.min), max: greater(a.max, b.max) })

/** A size times a cost for each unit, rounded up; computed in doubles as cel-go does. */
export const scale = (range: Range, factor: number): Range => ({
  min: scaled(range.min, factor),
  max: scaled(range.max, factor),
})

function scaled(value: bigint, factor: number): bigint {
  const product = Math.ceil(Number(value) * factor)
  return product >= 2 ** 64 ? maxUint64 : BigInt(product)
}
