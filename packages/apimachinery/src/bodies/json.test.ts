import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deepEqual } from '../meta/deep.ts'
import { JSONParser } from './json-parser.ts'
import { JSONSyntaxError, NumberLiteral, parseJSON, stringifyJSON } from './json.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('reading JSON', () => {
  it('gives what JSON.parse gives, by both ways, whatever the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1), (value, indent) => {
        const text = JSON.stringify(value, exact, indent)
        const want: unknown = JSON.parse(text)
        expect(deepEqual(parseJSON(bytes(text), { duplicates: new Set() }), want)).toBe(true)
        expect(deepEqual(new JSONParser(text).document(), want)).toBe(true)
      }),
    )
  })

  it('takes and refuses the same texts as JSON.parse', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"a"',
      '"',
      '\\',
      '1',
      '-',
      '0',
      '.',
      'e',
      'true',
      'nul',
      ' ',
      'ä',
      '\n',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const text = parts.join('')
        expect(outcome(() => new JSONParser(text).document())).toEqual(outcome(() => JSON.parse(text)))
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['', 'unexpected end of JSON input'],
    ['{', 'unexpected end of JSON input'],
    ['{a}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":}', "invalid character '}' looking for beginning of value"],
    ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['[1 2]', "invalid character '2' after array element"],
    ['{} {}', "invalid character '{' after top-level value"],
    ['01', "invalid character '1' after top-level value"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1ex', "invalid character 'x' in exponent of numeric literal"],
    ['trux', "invalid character 'x' in literal true (expecting 'e')"],
    ['"\n"', "invalid character '\\n' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u00g0"', "invalid character 'g' in \\u hexadecimal character escape"],
    ["'a'", "invalid character '\\'' looking for beginning of value"],
    ['\ufeff{}', "invalid character 'ï' looking for beginning of value"],
    ['kind: Pod', "invalid character 'k' looking for beginning of value"],
  ])('%j is refused as Go refuses it: %s', (text, message) => {
    expect(() => parseJSON(bytes(text))).toThrow(JSONSyntaxError)
    expect(() => parseJSON(bytes(text))).toThrow(message)
  })

  it.each([
    ['{"a":1,"a":2}', ['a']],
    ['{"a" : 1,"a":2}', ['a']],
    ['{"m":{"x":[{"k":1},{"k":1,"k":2,"k":3}],"x":1}}', ['m.x[1].k', 'm.x']],
    ['{"a":"\\"a\\":1","b":":x","c":": ,"}', []],
    ['{"__proto__":1,"__proto__":2}', ['__proto__']],
    ['{"a":{"k":1},"b":{"k":1}}', []],
  ])('%s has duplicates %j', (text, want) => {
    const duplicates = new Set<string>()
    const value = parseJSON(text, { duplicates })
    expect([...duplicates]).toEqual(want)
    expect(deepEqual(value, JSON.parse(text))).toBe(true)
  })

  it('finds a duplicate wherever it is', () => {
    const value = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1 })
    fc.assert(
      fc.property(value, fc.jsonValue({ maxDepth: 1 }), (object, again) => {
        const [key = ''] = Object.keys(object)
        const text = `{${JSON.stringify(key)}:${JSON.stringify(again)},${JSON.stringify(object).slice(1)}`
        const duplicates = new Set<string>()
        parseJSON(text, { duplicates })
        expect(duplicates.has(key)).toBe(true)
      }),
    )
  })

  it('keeps integers exact, as bigint where a double would not be', () => {
    expect(parseJSON('[9007199254740991,9007199254740992,-9223372036854775808]')).toEqual([
      2 ** 53 - 1,
      2n ** 53n,
      -(2n ** 63n),
    ])
    expect(parseJSON('{"a":9007199254740993}')).toEqual({ a: 9007199254740993n })
    expect(parseJSON('[18446744073709551616,1e300,1e3,1.5,0]')).toEqual([2 ** 64, 1e300, 1000, 1.5, 0])
  })

  it('keeps a key named __proto__ a key', () => {
    const value = parseJSON('{"__proto__":{"polluted":true},"n":9007199254740993}')
    expect(Object.keys(Object(value))).toEqual(['__proto__', 'n'])
    expect(Object(value).polluted).toBeUndefined()
  })

  it('refuses nesting that nobody could walk', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect(() => parseJSON(nested(1500))).not.toThrow()
    expect(() => parseJSON(nested(1501))).toThrow('exceeded max depth')
    expect(() => parseJSON(nested(1_000_000))).toThrow('exceeded max depth')
  })

  it('replaces bytes that are no UTF-8', () => {
    expect(parseJSON(Uint8Array.of(0x22, 0xff, 0x22))).toBe('\ufffd')
  })
})

/** Integers that a double cannot tell from their neighbours come as bigint, and have a test of their own. */
const exact = (_: string, member: unknown): unknown =>
  Number.isInteger(member) && !Number.isSafeInteger(member) ? 0 : member

function outcome(read: () => unknown): unknown {
  try {
    return { value: read() }
  } catch {
    return 'refused'
  }
}

describe('writing JSON', () => {
  it('writes bigint as integers, and marked texts as texts', () => {
    const value = { a: 2n ** 63n - 1n, b: ['bigint:0:5', 1n], c: undefined }
    expect(stringifyJSON(value)).toBe('{"a":9223372036854775807,"b":["bigint:0:5",1]}')
    expect(stringifyJSON({ a: 1n }, 2)).toBe('{\n  "a": 1\n}')
  })

  it('is read back the same', () => {
    const integers = fc
      .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
      .filter((value) => !Number.isSafeInteger(Number(value)))
    fc.assert(
      fc.property(fc.array(fc.oneof(integers, fc.string(), fc.integer())), (list) => {
        expect(parseJSON(stringifyJSON(list))).toEqual(list)
      }),
    )
  })
})

describe('reading what is not plain', () => {
  it('keeps how numbers were written where that is asked for', () => {
    expect(parseJSON('[1, 1.0, -2e1, 99999999999999999999, 9007199254740993]', { literals: true })).toEqual([
      1,
      new NumberLiteral('1.0'),
      new NumberLiteral('-2e1'),
      new NumberLiteral('99999999999999999999'),
      9_007_199_254_740_993n,
    ])
    expect(parseJSON('{"image":"a:1.5","b":"x\\":1.5"}', { literals: true })).toEqual({ image: 'a:1.5', b: 'x":1.5' })
    expect(parseJSON('1.50', { literals: true })).toEqual(new NumberLiteral('1.50'))
  })

  it('refuses numbers that no double holds', () => {
    expect(() => parseJSON('{"a":1e999}')).toThrow('json: cannot unmarshal number 1e999 into Go value of type float64')
  })

  it('replaces halves of surrogate pairs, as Go does', () => {
    expect(parseJSON('["\\ud800", "\\udc00x", "\\ud83d\\ude00", {"\\ud800": 1}]')).toEqual([
      '\ufffd',
      '\ufffdx',
      '😀',
      { '\ufffd': 1 },
    ])
  })
})
