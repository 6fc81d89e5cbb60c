import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WireError, WireReader, WireWriter } from './wire.ts'

describe('the wire format', () => {
  it('gives back every 64-bit integer, string and double that was written', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.string(),
        fc.double({ noNaN: true }),
        (integer, text, number) => {
          const writer = new WireWriter()
          writer.varintField(1, integer)
          writer.stringField(2, text)
          writer.doubleField(300, number)
          const reader = new WireReader(writer.finish())
          expect(reader.tag()).toEqual({ field: 1, wireType: 0 })
          expect(reader.varint()).toBe(integer)
          expect(reader.tag()).toEqual({ field: 2, wireType: 2 })
          expect(new TextDecoder().decode(reader.bytes())).toBe(
            new TextDecoder().decode(new TextEncoder().encode(text)),
          )
          expect(reader.tag()).toEqual({ field: 300, wireType: 1 })
          expect(reader.double()).toBe(number)
          expect(reader.done).toBe(true)
        },
      ),
    )
  })

  it('answers any bytes with fields or a WireError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          for (const reader = new WireReader(bytes); !reader.done; ) reader.skip(reader.tag().wireType)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
    )
  })
})
