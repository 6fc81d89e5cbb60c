import { describe, expect, it } from 'vitest'
import { formatIndexes, parseIndexes } from './indexes.ts'

describe('completion indexes', () => {
  it.each([
    { indexes: [], text: '' },
    { indexes: [3], text: '3' },
    { indexes: [1, 2], text: '1,2' },
    { indexes: [1, 2, 3], text: '1-3' },
    { indexes: [0, 2, 3, 4, 7, 8, 10], text: '0,2-4,7,8,10' },
  ])('$indexes are written as "$text" and read again', ({ indexes, text }) => {
    expect(formatIndexes(new Set([...indexes].reverse()))).toBe(text)
    expect([...parseIndexes(text, 100)]).toEqual(indexes)
  })

  it('beyond the completions are left out', () => {
    expect([...parseIndexes('1-9', 4)]).toEqual([1, 2, 3])
    expect([...parseIndexes('a,2,-1', 4)]).toEqual([2])
  })
})
