import { describe, expect, test } from 'vitest'
import { CompileFailure, formatType, newEnvironment } from '../src/index.ts'
import { recordStructs, types } from './helpers.ts'

const env = newEnvironment({
  variables: types({ x: 'int', s: 'string', l: 'list(int)', m: 'map(string, int)', r: 'Record', d: 'dyn' }),
  structs: recordStructs,
})

function compiled(expr: string) {
  const program = env.compile(expr)
  if (program instanceof CompileFailure) throw new Error(program.message)
  return program
}

test.each([
  ['x + 1', 'int'],
  ['l.map(i, string(i))', 'list(string)'],
  ['m.all(k, v, v > 0)', 'bool'],
  ['l.transformMap(i, v, string(v))', 'map(int, string)'],
  ['r.labels', 'map(string, string)'],
  ['d.anything.at.all', 'dyn'],
  ['r.?text', 'optional_type(string)'],
  ['m[?"a"].orValue(1)', 'int'],
  ['[].size() == 0 ? {} : {"a": 1}', 'map(string, int)'],
  ['type(x)', 'type(int)'],
  ['quantity("1Gi")', 'kubernetes.Quantity'],
  ['ip("10.0.0.1")', 'net.IP'],
  ['optional.none()', 'optional_type(dyn)'],
  ['timestamp("2020-01-01T00:00:00Z") - timestamp("2019-01-01T00:00:00Z")', 'duration'],
])('%s has type %s', (expr, type) => {
  expect(formatType(compiled(expr).outputType)).toBe(type)
})

const start =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"

describe('what is wrong is told in the words of upstream', () => {
  test.each([
    ['x + s', "1:3: found no matching overload for '_+_' applied to '(int, string)'"],
    ['self.foo', "1:1: undeclared reference to 'self' (in container '')"],
    ['r.nope', "1:2: undefined field 'nope'"],
    ['x.nope', "1:2: type 'int' does not support field selection"],
    ['s.nope()', "1:7: undeclared reference to 'nope' (in container '')"],
    ['s.startsWith(1)', "1:13: found no matching overload for 'startsWith' applied to 'string.(int)'"],
    [
      'x.all(i, true)',
      "1:1: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)",
    ],
    ['[1, "a"]', "1:5: expected type 'int' but found 'string'"],
    ['Record{number: "a"}', "1:14: expected type of field 'number' is 'int' but provided type is 'string'"],
    ['x && true', "1:1: expected type 'bool' but found 'int'"],
    ['has(x)', '1:5: invalid argument to has() macro'],
    ['l.map(x.y, 1)', '1:8: argument is not an identifier'],
    ['l.all(i, i, true)', '1:10: duplicate variable name: i'],
    ['matches(s, "(")', '1:12: invalid matches argument'],
    ['duration("1")', '1:10: invalid duration argument'],
    [
      '"%d".format(["a"])',
      '1:14: error during formatting: decimal clause can only be used on integers, was given string',
    ],
    ['"%s".format([1, 2])', '1:12: too many arguments supplied to string.format (expected 1, got 2)'],
    ['let', '1:1: reserved identifier: let'],
    ['1 +', `1:4: Syntax error: mismatched input '<EOF>' expecting ${start}`],
    ['(1', "1:3: Syntax error: missing ')' at '<EOF>'"],
    ['x y', "1:3: Syntax error: extraneous input 'y' expecting <EOF>"],
    ['r.true', "1:3: Syntax error: mismatched input 'true' expecting IDENTIFIER"],
    [String.raw`"\xFh"`, `1:1: Syntax error: token recognition error at: '"\\xFh'`],
    ['0xFFFFFFFFFFFFFFFFF', '1:1: invalid int literal'],
    [`${'('.repeat(251)}1${')'.repeat(251)}`, '-1:0: expression recursion limit exceeded: 250'],
  ])('%s', (expr, message) => {
    const failure = env.compile(expr)
    if (!(failure instanceof CompileFailure)) throw new Error('it compiles')
    expect(failure.message.split('\n')[0]).toBe(`ERROR: <input>:${message}`)
  })

  test('with the line and a mark below the place', () => {
    const failure = env.compile('true &&\n  "é" + x == s')
    expect(failure).toBeInstanceOf(CompileFailure)
    expect(failure instanceof CompileFailure && failure.message).toBe(
      `ERROR: <input>:2:7: found no matching overload for '_+_' applied to '(string, int)'\n |   "é" + x == s\n | ...\uff0e..^`,
    )
  })
})
