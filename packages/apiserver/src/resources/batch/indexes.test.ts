import { describe, expect, it } from 'vitest'
import { countIndexes, overlapOf } from './indexes.ts'

describe('a text of indexes', () => {
  it.each([
    ['', 0],
    ['0', 1],
    ['1,3-5,7', 5],
    ['0-9', 10],
    ['5-3', 'non-increasing order, previous: 5, current: 3'],
    ['3-3', 'non-increasing order, previous: 3, current: 3'],
    ['4,2', 'non-increasing order, previous: 4, current: 2'],
    ['1,1', 'non-increasing order, previous: 1, current: 1'],
    ['1-3,3-4', 'non-increasing order, previous: 3, current: 3'],
    ['10', 'too large index: "10"'],
    ['1-12', 'too large index: "12"'],
    [
      '1-2-3',
      `the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by '-'`,
    ],
    ['a', 'cannot convert string to integer for index: "a"'],
    ['1,', 'cannot convert string to integer for index: ""'],
    ['1, 2', 'cannot convert string to integer for index: " 2"'],
  ])('%j of ten is %j', (text, want) => {
    expect(countIndexes(text, 10)).toBe(want)
  })

  it.each([
    ['', '', undefined],
    ['0-2', '3-4', undefined],
    ['0-2', '2', 2],
    ['5', '1-7', 5],
    ['0,4,8-9', '1-3,5-7,9', 9],
    ['0,x', '0', 0],
  ])('%j and %j share %j', (completed, failed, want) => {
    expect(overlapOf(completed, failed, 10)).toBe(want)
  })
})
