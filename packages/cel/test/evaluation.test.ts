import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CelError, CompileFailure, newEnvironment, toJSON } from '../src/index.ts'
import { types, variables } from './helpers.ts'

const env = newEnvironment({ variables: types({ d: 'dyn', l: 'list(int)', s: 'string' }) })
const input = variables({ d: { a: 1, b: [1, 2.5, 'x'], c: null }, l: [3, 1, 2], s: 'hé😁llo' })

function evaluate(expr: string): unknown {
  const program = env.compile(expr)
  if (program instanceof CompileFailure) throw new Error(program.message)
  return toJSON(program.evaluate(input).value)
}

test.each<[string, unknown]>([
  ['1 + 2 * 3 - -1', 8],
  ['7 / -2', -3],
  ['-7 % 3', -1],
  ['dyn(1) == 1.0 && dyn(1u) == 1', true],
  ['s.size()', 6],
  ["'\\u00e9\\x41\\101' + r'\\n' + '''a'b'''", "éAA\\na'b"],
  ["b'\\xff' + b'a' == b'\\377a'", true],
  ['"a" < "b" && "\\U0001F601" > "\\uffff"', true],
  ['d.b[1]', 2.5],
  ['d.c', null],
  ['has(d.a) && !has(d.z)', true],
  ['d.?z.orValue("none")', 'none'],
  ['[?d.?a, ?d.?z]', [1]],
  ['{?"a": d.?a, ?"z": d.?z}', { a: 1 }],
  ['d.z == 1 || true', true],
  ['false && d.z == 1', false],
  ['l.exists(i, 1 / (i - 2) == 1)', true],
  ['l.filter(i, i > 1).map(i, i * 10)', [30, 20]],
  ['l.exists_one(i, i == 3)', true],
  ['{"a": 1, "b": 2}.transformList(k, v, k + string(v))', ['a1', 'b2']],
  ['{"a": 1}.transformMap(k, v, v + 1)', { a: 2 }],
  ['l.transformMapEntry(i, v, {string(v): i})', { 3: 0, 1: 1, 2: 2 }],
  ['l.sort() + l.sortBy(i, -i)', [1, 2, 3, 3, 2, 1]],
  ['[[[1]], [[2], [3]]].flatten()', [[1], [2], [3]]],
  ['l.sum() + l.max() + l.min() + l.indexOf(2)', 12],
  ['lists.range(3)', [0, 1, 2]],
  ['sets.equivalent([1, 2], [2, 1, 1])', true],
  ['timestamp("2024-02-29T12:30:00.5+02:00").getHours()', 10],
  ['timestamp("2024-02-29T12:30:00Z").getHours("America/New_York")', 7],
  ['string(timestamp("2024-01-01T00:00:00.100Z") + duration("90m"))', '2024-01-01T01:30:00.1Z'],
  ['string(duration("1h1ms"))', '3600.001s'],
  ['"a,b,c".split(",", 2)', ['a', 'b,c']],
  ['"hello".replace("l", "L", 1).upperAscii() + "x".charAt(1)', 'HELLO'],
  ['"tacocat".substring(4) + " ".trim() + ["a", "b"].join("-")', 'cata-b'],
  ['"%s %d %.2f %x %b".format(["a", 1, 1234.5, 255, 5])', 'a 1 1,234.50 ff 101'],
  ['"%s".format([{"a": [1.5, "b"]}])', '{"a":[1.500000, "b"]}'],
  ['strings.quote("a\\"b")', '"a\\"b"'],
  ['"abc 123".find("[0-9]+") + "a1b2".findAll("[0-9]")[1]', '1232'],
  ['quantity("1Gi").add(quantity("1Mi")).compareTo(quantity("1025Mi"))', 0],
  ['quantity("50k").asInteger() + (isQuantity("x") ? 1 : 0)', 50_000],
  ['cidr("10.0.0.0/8").containsIP("10.1.2.3") && !cidr("10.0.0.0/8").containsCIDR("0.0.0.0/0")', true],
  ['ip("fe80::1").isLinkLocalUnicast() && ip("127.0.0.1").isLoopback() && ip("::1").family() == 6', true],
  ['string(cidr("192.168.1.5/24").masked())', '192.168.1.0/24'],
  ['semver("v1.2", true).minor() == 2 && semver("1.2.0-rc.1").isLessThan(semver("1.2.0"))', true],
  ['url("https://example.com:80/a?k=1&k=2").getQuery()["k"]', ['1', '2']],
  ['url("https://[::1]:80/").getHostname()', '::1'],
  ['format.dns1123Label().validate("ok").hasValue()', false],
])('%s', (expr, want) => {
  expect(evaluate(expr)).toEqual(want)
})

describe('failures', () => {
  test.each([
    ['1 / 0', 'division by zero'],
    ['1 % 0', 'modulus by zero'],
    ['9223372036854775807 + 1', 'integer overflow'],
    ['uint(0) - 1u', 'unsigned integer overflow'],
    ['d.z', 'no such key: z'],
    ['d.b[5]', 'index out of bounds: 5'],
    ['d.a + "x"', 'no such overload'],
    ['d.a.startsWith("x")', 'no such overload'],
    ['int(s)', "type conversion error from 'string' to 'int'"],
    ['optional.none().value()', 'optional.none() dereference'],
    ['[].max()', 'max called on empty list'],
    ['d.a.all(x, true)', "got 'types.Int', expected iterable type"],
    ['{"a": 1}.transformMapEntry(k, v, {"b": 1, "a": 2}).z', 'no such key: z'],
    [
      'ip("1.2.3")',
      'IP Address "1.2.3" parse error during conversion from string: ParseAddr("1.2.3"): IPv4 address too short',
    ],
    ['"abc".substring(4)', 'index out of range: 4'],
    ['s.find(s + "(")', /^Illegal regex: /],
  ])('%s', (expr, message) => {
    expect(() => evaluate(expr)).toThrow(message)
    expect(() => evaluate(expr)).toThrow(CelError)
  })
})

test('whatever the expression, it compiles or is refused, and is evaluated or fails, in no other way', () => {
  const atom = fc.constantFrom(
    ...[
      'd',
      'l',
      's',
      'd.a',
      'd.b',
      'l[0]',
      '1',
      '2u',
      '1.5',
      '"x"',
      "b'y'",
      'null',
      'true',
      '[]',
      '{}',
      '[1, 2]',
      'd.?z',
    ],
    ...[
      'duration("1s")',
      'timestamp("2020-01-01T00:00:00Z")',
      'optional.none()',
      'type(1)',
      '(',
      ')',
      'in',
      '&&',
      ' ',
      '\\',
      "'",
    ],
  )
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { depthSize: 'small' },
      atom,
      fc
        .tuple(tie('expression'), fc.constantFrom(...'+ - * / % == != < >= && || in'.split(' ')), tie('expression'))
        .map((parts) => parts.join(' ')),
      fc
        .tuple(
          tie('expression'),
          fc.constantFrom('.size()', '.map(i, i)', '.all(i, i == 1)', '.a', '[0]', '.?a', '.matches("a")', '.sort()'),
        )
        .map((parts) => parts.join('')),
      fc
        .tuple(fc.constantFrom('int', 'string', 'size', 'dyn', 'type', 'double', '!', '-'), tie('expression'))
        .map(([f, e]) => `${f}(${e})`),
      fc.tuple(tie('expression'), tie('expression'), tie('expression')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    ),
  }))
  fc.assert(
    fc.property(expression, (expr) => {
      const program = env.compile(expr)
      if (program instanceof CompileFailure) {
        expect(program.message).not.toBe('')
        return
      }
      program.estimateCost()
      try {
        program.evaluate(input)
      } catch (error) {
        expect(error).toBeInstanceOf(CelError)
      }
    }),
    { numRuns: 2000 },
  )
})
