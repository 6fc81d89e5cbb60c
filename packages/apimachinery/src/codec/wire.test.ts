import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WireError, WireReader, WireWriter } from './wire.ts'

const int64 = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.maxSafeInteger(), fc.integer())

describe('the wire format', () => {
  it('gives back every 64-bit integer, text and double that was written, in any number', () => {
    fc.assert(
      fc.property(
        int64,
        fc.string({ unit: 'grapheme' }),
        fc.double(),
        fc.integer(),
        fc.boolean(),
        (integer, text, number, small, flag) => {
          const writer = new WireWriter()
          writer.bool(flag)
          writer.tag(1000, 0)
          writer.int(small)
          writer.double(number)
          writer.string(text)
          writer.int(integer)
          writer.tag(1, 0)
          const reader = new WireReader(writer.finish())
          expect(reader.tag()).toBe(8)
          expect(BigInt(reader.int64())).toBe(BigInt(integer))
          expect(reader.string()).toBe(text)
          expect(reader.double()).toBe(number)
          expect(reader.int32()).toBe(small)
          expect(reader.tag()).toBe(8000)
          expect(reader.bool()).toBe(flag)
          expect(reader.done).toBe(true)
        },
      ),
    )
  })

  it('has a double where it is exact, and a bigint where it is not', () => {
    const read = (value: bigint) => {
      const writer = new WireWriter()
      writer.int(value)
      return new WireReader(writer.finish()).int64()
    }
    expect(read(2n ** 53n - 1n)).toBe(2 ** 53 - 1)
    expect(read(2n ** 53n)).toBe(2n ** 53n)
    expect(read(-(2n ** 63n))).toBe(-(2n ** 63n))
    expect(read(-1n)).toBe(-1)
  })

  it('takes no number that is no 64-bit integer', () => {
    const writer = new WireWriter()
    for (const value of [1.5, Number.NaN, 2 ** 63, 2n ** 63n]) expect(() => writer.int(value)).toThrow(WireError)
  })

  it('answers any bytes with fields or a WireError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          for (const reader = new WireReader(bytes); !reader.done; ) reader.skip(reader.tag() & 7)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
    )
  })
})
