import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareUtf8, deepClone, deepEqual, deepFreeze, semanticEqual, stableStringify } from './deep.ts'

describe('deep helpers', () => {
  it('clone to an equal value that shares nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const copy = deepClone<unknown>(deepFreeze<unknown>(value))
        expect(deepEqual(copy, value)).toBe(true)
        expect(JSON.stringify(copy)).toBe(JSON.stringify(value))
        if (typeof value === 'object' && value !== null) expect(copy).not.toBe(value)
      }),
    )
  })

  it('print equal values alike, whatever the order of their keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse())
        expect(stableStringify(turned)).toBe(stableStringify(value))
        expect(deepEqual(turned, value)).toBe(true)
        expect(deepEqual(JSON.parse(stableStringify(value)), JSON.parse(JSON.stringify(value)))).toBe(true)
      }),
    )
  })

  it('keep a key named __proto__ a key', () => {
    const value: unknown = JSON.parse('{"__proto__":{"polluted":true}}')
    const copy = deepClone<unknown>(value)
    expect(Object.keys(Object(copy))).toEqual(['__proto__'])
    expect(Object(copy).polluted).toBeUndefined()
    expect(deepEqual(value, {})).toBe(false)
    expect(deepEqual({}, value)).toBe(false)
  })

  const pairs: { a: unknown; b: unknown; equal: boolean }[] = [
    { a: { x: undefined }, b: {}, equal: true },
    { a: { x: 1 }, b: { x: 1, y: undefined }, equal: true },
    { a: [1], b: { 0: 1 }, equal: false },
    { a: null, b: {}, equal: false },
    { a: { x: null }, b: {}, equal: false },
    { a: { toString: 1 }, b: {}, equal: false },
    { a: {}, b: { toString: undefined }, equal: true },
  ]
  it.each(pairs)('find $a and $b equal: $equal', ({ a, b, equal }) => {
    expect(deepEqual(a, b)).toBe(equal)
  })

  it('take null, absent and empty as one where meaning is asked', () => {
    expect(semanticEqual({ a: null, b: [], c: {} }, {})).toBe(true)
    expect(semanticEqual({ a: [{ b: [] }] }, { a: [{}] })).toBe(true)
    expect(semanticEqual({ a: '' }, {})).toBe(false)
    expect(semanticEqual({ a: 0 }, {})).toBe(false)
    expect(semanticEqual([1], [1, 2])).toBe(false)
  })

  it('order text as its UTF-8 bytes are ordered', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        const order = Buffer.compare(Buffer.from(a), Buffer.from(b))
        expect(compareUtf8(a, b)).toBe(order === 0 ? 0 : order)
      }),
    )
    expect(compareUtf8('\u{1f600}', '\uffee')).toBe(1)
  })
})
