import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareKeys, SortedMap } from './sorted-map.ts'

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
const key = fc.oneof(
  fc.integer({ min: 0, max: 900 }).map((n) => `ns/${n}`),
  fc.string({ unit: fc.constantFrom('a', '-', '/', 'é', '\uffee', '😀'), maxLength: 4 }),
)

describe('a sorted map', () => {
  it('behaves as a plain map does, in the order of UTF-8 bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.boolean()), { maxLength: 2000 }), key, key, (steps, from, to) => {
        const map = new SortedMap<string>()
        const model = new Map<string, string>()
        for (const [k, remove] of steps) {
          if (remove) expect(map.delete(k)).toBe(model.delete(k))
          else {
            map.set(k, k)
            model.set(k, k)
          }
        }
        const wanted = [...model.keys()].sort(byBytes)
        expect([...map.range()]).toEqual(wanted)
        expect(map.size).toBe(model.size)
        expect([...map.range(from, to)]).toEqual(wanted.filter((k) => byBytes(k, from) >= 0 && byBytes(k, to) < 0))
        expect(map.count(from, to)).toBe([...map.range(from, to)].length)
        expect(map.count()).toBe(map.size)
        for (const k of [from, to]) expect(map.get(k)).toBe(model.get(k))
      }),
      { numRuns: 60 },
    )
  })

  it('keeps a snapshot as it was while the map goes on', () => {
    const map = new SortedMap<number>()
    for (let i = 0; i < 1000; i++) map.set(String(i).padStart(4, '0'), i)
    const snapshot = map.snapshot()
    const before = [...snapshot.range()]
    for (let i = 0; i < 1000; i += 3) map.delete(String(i).padStart(4, '0'))
    for (let i = 1; i < 1000; i += 3) map.set(String(i).padStart(4, '0'), -i)
    expect([...snapshot.range()]).toEqual(before)
    snapshot.set('x', 1)
    expect(map.get('x')).toBeUndefined()
    expect(map.size).toBe(666)
  })

  it('orders surrogate pairs after all other text, as their UTF-8 bytes do', () => {
    expect(compareKeys('😀', '\uffee')).toBeGreaterThan(0)
    expect(compareKeys('a', 'b')).toBeLessThan(0)
    expect(compareKeys('a', 'a')).toBe(0)
  })
})
