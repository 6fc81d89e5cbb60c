import { describe, expect, it } from 'vitest'
import { slowStart } from './slow-start.ts'

async function batchesOf(count: number, failAt?: number) {
  const batches: number[][] = []
  let open: number[] | undefined
  const result = await slowStart(count, async (index) => {
    if (!open) {
      const batch: number[] = []
      open = batch
      batches.push(batch)
      queueMicrotask(() => {
        open = undefined
      })
    }
    open.push(index)
    await Promise.resolve()
    if (index === failAt) throw new Error('quota')
  })
  return { sizes: batches.map((batch) => batch.length), result }
}

describe('a slow start', () => {
  it.each([
    { count: 0, want: [] },
    { count: 1, want: [1] },
    { count: 7, want: [1, 2, 4] },
    { count: 10, want: [1, 2, 4, 3] },
  ])('creates $count in batches of $want', async ({ count, want }) => {
    const { sizes, result } = await batchesOf(count)
    expect(sizes).toEqual(want)
    expect(result).toEqual({ succeeded: count })
  })

  it('stops after the first batch with a failure, and tells what succeeded', async () => {
    const { sizes, result } = await batchesOf(10, 1)
    expect(sizes).toEqual([1, 2])
    expect(result.succeeded).toBe(2)
    expect(result.failure).toEqual(new Error('quota'))
  })
})
