import { describe, expect, it } from 'vitest'
import { findUntolerated, tolerates, toleratesAll } from './taints.ts'

const taint = { key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }

describe('tolerates', () => {
  it.each([
    { name: 'the same key, value and effect', toleration: { ...taint, operator: 'Equal' }, want: true },
    { name: 'Equal where no operator is given', toleration: taint, want: true },
    { name: 'another value', toleration: { key: 'dedicated', value: 'web', effect: 'NoSchedule' }, want: false },
    { name: 'any value with Exists', toleration: { key: 'dedicated', operator: 'Exists' }, want: true },
    { name: 'every taint with Exists and no key', toleration: { operator: 'Exists' }, want: true },
    { name: 'another key', toleration: { key: 'other', operator: 'Exists' }, want: false },
    { name: 'another effect', toleration: { ...taint, effect: 'NoExecute' }, want: false },
    { name: 'an operator that does not exist', toleration: { ...taint, operator: 'Near' }, want: false },
  ])('$name: $want', ({ toleration, want }) => {
    expect(tolerates(toleration, taint)).toBe(want)
  })
})

describe('findUntolerated', () => {
  const prefer = { key: 'a', effect: 'PreferNoSchedule' }

  it('gives the first taint that nothing covers', () => {
    expect(findUntolerated([prefer, taint, { key: 'b', effect: 'NoExecute' }], [])).toBe(taint)
  })

  it('looks only at the effects that it is asked about', () => {
    expect(findUntolerated([prefer], undefined)).toBeUndefined()
    expect(findUntolerated([prefer], undefined, ['PreferNoSchedule'])).toBe(prefer)
  })

  it('finds nothing where all are covered', () => {
    expect(findUntolerated(undefined, undefined)).toBeUndefined()
    expect(toleratesAll([taint], [{ operator: 'Exists' }])).toBe(true)
  })
})
