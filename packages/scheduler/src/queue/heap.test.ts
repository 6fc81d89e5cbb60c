import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Heap } from './heap.ts'

interface Item {
  key: string
  rank: number
}

describe('a heap', () => {
  it('gives items in order, whatever was added, replaced and removed before', () => {
    const step = fc.record({ key: fc.constantFrom(...'abcdefgh'), rank: fc.integer(), remove: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const heap = new Heap<Item>(
          ({ key }) => key,
          (a, b) => a.rank < b.rank,
        )
        const model = new Map<string, number>()
        for (const { key, rank, remove } of steps) {
          if (remove) {
            expect(heap.delete(key)?.rank).toBe(model.get(key))
            model.delete(key)
          } else {
            heap.set({ key, rank })
            model.set(key, rank)
          }
        }
        const out: number[] = []
        for (let item = heap.pop(); item; item = heap.pop()) out.push(item.rank)
        expect(out).toEqual([...model.values()].sort((a, b) => a - b))
        expect(heap.size).toBe(0)
      }),
    )
  })
})
