import { describe, expect, it } from 'vitest'
import { CachedObject } from './cached-object.ts'
import { KeptMessages } from './kept-messages.ts'

const objects = Array.from(
  { length: 30 },
  (_, at) => new CachedObject({ namespace: '', name: String(at), labels: undefined, fields: [] }, at, Buffer.alloc(0)),
)
/** Asks for messages of ten bytes and says how many had to be made. */
const ask = (kept: KeptMessages, from: number, to: number, keep = true) => {
  let made = 0
  const make = () => {
    made++
    return new Uint8Array(10)
  }
  for (const object of objects.slice(from, to)) kept.of(object, make, () => keep)
  return made
}

describe('messages', () => {
  it('are made once and kept', () => {
    const kept = new KeptMessages(1000)
    expect(ask(kept, 0, 10)).toBe(10)
    expect(ask(kept, 0, 10)).toBe(0)
    expect(kept.bytes).toBe(100)
  })

  it('of objects that have been replaced are not kept', () => {
    const kept = new KeptMessages(1000)
    expect(ask(kept, 0, 2, false)).toBe(2)
    expect(kept.bytes).toBe(0)
    ask(kept, 0, 2)
    if (objects[0]) kept.release(objects[0])
    expect(kept.bytes).toBe(10)
    expect(ask(kept, 0, 2)).toBe(1)
  })

  it('stay within the room that there is, and a list that is larger finds as many as fit', () => {
    const kept = new KeptMessages(100)
    for (let round = 0; round < 5; round++) {
      ask(kept, 0, 15)
      expect(kept.bytes).toBeLessThanOrEqual(100)
    }
    expect(ask(kept, 0, 15)).toBe(5)
  })

  it('that nobody asks for any more make room for others, in time', () => {
    const kept = new KeptMessages(100)
    ask(kept, 0, 10)
    for (let round = 0; round < 2; round++) ask(kept, 20, 30)
    expect(ask(kept, 20, 30)).toBe(0)
    expect(kept.bytes).toBe(100)
  })
})
