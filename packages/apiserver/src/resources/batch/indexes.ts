import { goQuote } from '@wherry/apimachinery'

type Interval = readonly [first: number, last: number]

/** How many indexes a text such as `1,3-5` names, or why it names none. As `validateIndexesFormat`. */
export function countIndexes(text: string, completions: number): number | string {
  if (text === '') return 0
  let last: number | undefined
  let total = 0
  for (const part of text.split(',')) {
    const interval = parseInterval(part, completions)
    if (typeof interval === 'string') return interval
    const [x, y] = interval
    if (last !== undefined && last >= x) return `non-increasing order, previous: ${last}, current: ${x}`
    total += y - x + 1
    last = y
  }
  return total
}

function parseInterval(text: string, completions: number): Interval | string {
  const limits = text.split('-')
  if (limits.length > 2) {
    return `the fragment ${goQuote(text)} violates the requirement that an index interval can have at most two parts separated by '-'`
  }
  const numbers: number[] = []
  for (const limit of limits) {
    if (!/^[+-]?\d{1,18}$/.test(limit)) return `cannot convert string to integer for index: ${goQuote(limit)}`
    if (Number(limit) >= completions) return `too large index: ${goQuote(limit)}`
    numbers.push(Number(limit))
  }
  const [x = 0, y] = numbers
  if (y === undefined) return [x, x]
  return x >= y ? `non-increasing order, previous: ${x}, current: ${y}` : [x, y]
}

/** The first index that both texts name; intervals that do not parse count as nothing. */
export function overlapOf(completed: string, failed: string, completions: number): number | undefined {
  const intervals = (text: string) =>
    text.split(',').flatMap((part) => {
      const interval = text === '' ? '' : parseInterval(part, completions)
      return typeof interval === 'string' ? [] : [interval]
    })
  const [a, b] = [intervals(completed), intervals(failed)]
  for (let i = 0, j = 0; ; ) {
    const [x, y] = [a[i], b[j]]
    if (!x || !y) return undefined
    if (x[0] <= y[1] && y[0] <= x[1]) return Math.max(x[0], y[0])
    if (x[1] < y[0]) i++
    else j++
  }
}
