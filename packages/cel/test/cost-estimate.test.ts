import { expect, test } from 'vitest'
import { CompileFailure, newEnvironment } from '../src/index.ts'
import { recordStructs, types } from './helpers.ts'

interface Case {
  expr: string
  vars?: Record<string, string>
  /** The largest size of what is found at a path. */
  sizes?: Record<string, bigint>
  want: readonly [bigint, bigint]
}

// As cel-go's checker/cost_test.go, where has() is free.
const cases: readonly Case[] = [
  { expr: '"Hello World!"', want: [0n, 0n] },
  { expr: 'input', vars: { input: 'list(int)' }, want: [1n, 1n] },
  { expr: "input['key']", vars: { input: 'map(string, string)' }, want: [2n, 2n] },
  { expr: 'input.number', vars: { input: 'Record' }, want: [2n, 2n] },
  { expr: 'has(input.number)', vars: { input: 'Record' }, want: [1n, 1n] },
  { expr: 'has(input.testAttr.nestedAttr)', vars: { input: 'map(string, map(string, Record))' }, want: [2n, 2n] },
  { expr: '[1, 2, 3]', want: [10n, 10n] },
  { expr: "Record{number: 1, ratio: 3.14, text: 'str'}", want: [40n, 40n] },
  { expr: '{"a": 1, "b": 2, "c": 3}', want: [30n, 30n] },
  { expr: 'input.all(x, true)', vars: { input: 'list(Record)' }, sizes: { input: 100n }, want: [2n, 302n] },
  {
    expr: 'input.all(x, x.all(y, true))',
    vars: { input: 'list(list(Record))' },
    sizes: { input: 50n, 'input.@items': 10n },
    want: [2n, 1752n],
  },
  { expr: '[1, 2, 3].all(x, true)', want: [20n, 20n] },
  { expr: "input.matches('[0-9]')", vars: { input: 'string' }, sizes: { input: 500n }, want: [3n, 103n] },
  { expr: "'123'.matches('[0-9]')", want: [2n, 2n] },
  { expr: 'true || false', want: [0n, 0n] },
  { expr: 'a || b || c || d', vars: { a: 'bool', b: 'bool', c: 'bool', d: 'bool' }, want: [1n, 4n] },
  { expr: 'true && false', want: [0n, 0n] },
  { expr: 'a && b && c && d', vars: { a: 'bool', b: 'bool', c: 'bool', d: 'bool' }, want: [1n, 4n] },
  { expr: '1 < 2', want: [1n, 1n] },
  { expr: '1 <= 2', want: [1n, 1n] },
  { expr: '1 == 2', want: [1n, 1n] },
  { expr: '2 > 1', want: [1n, 1n] },
  { expr: '2 >= 1', want: [1n, 1n] },
  { expr: '2 in [1, 2, 3]', want: [13n, 13n] },
  { expr: '1 + 1', want: [1n, 1n] },
  { expr: '1 - 1', want: [1n, 1n] },
  { expr: '1 / 1', want: [1n, 1n] },
  { expr: '1 * 1', want: [1n, 1n] },
  { expr: '1 % 1', want: [1n, 1n] },
  { expr: 'true ? 1 : 2', want: [0n, 0n] },
  { expr: 'size("123")', want: [1n, 1n] },
  { expr: 'size(b"123")', want: [1n, 1n] },
  { expr: 'string(input)', vars: { input: 'bytes' }, sizes: { input: 500n }, want: [1n, 51n] },
  { expr: 'string(input) == string(input)', vars: { input: 'bytes' }, sizes: { input: 500n }, want: [3n, 152n] },
  { expr: 'bytes(input)', vars: { input: 'string' }, sizes: { input: 500n }, want: [1n, 51n] },
  { expr: 'bytes(input) == bytes(input)', vars: { input: 'string' }, sizes: { input: 500n }, want: [3n, 302n] },
  { expr: 'string(1)', want: [1n, 1n] },
  {
    expr: 'input.contains(arg1)',
    vars: { input: 'string', arg1: 'string' },
    sizes: { input: 500n, arg1: 500n },
    want: [2n, 2502n],
  },
  {
    expr: String.raw`input.matches('\\d+a\\d+b')`,
    vars: { input: 'string' },
    sizes: { input: 500n },
    want: [3n, 103n],
  },
  { expr: 'input.startsWith(arg1)', vars: { input: 'string', arg1: 'string' }, sizes: { arg1: 500n }, want: [2n, 52n] },
  { expr: 'input.endsWith(arg1)', vars: { input: 'string', arg1: 'string' }, sizes: { arg1: 500n }, want: [2n, 52n] },
  { expr: 'input.size()', vars: { input: 'string' }, want: [2n, 2n] },
  { expr: 'size(input)', vars: { input: 'string' }, want: [2n, 2n] },
  {
    expr: '(x > 2 ? input1 : input2).all(y, true)',
    vars: { x: 'int', input1: 'list(Record)', input2: 'list(Record)' },
    sizes: { input1: 1n, input2: 1n },
    want: [4n, 7n],
  },
  {
    expr: 'input.all(k, input[k].number > 3)',
    vars: { input: 'map(string, Record)' },
    sizes: { input: 10n },
    want: [2n, 82n],
  },
  {
    expr: 'input.all(k, input[k].all(x, true))',
    vars: { input: 'map(string, map(string, Record))' },
    sizes: { input: 5n, 'input.@values': 10n },
    want: [2n, 187n],
  },
  {
    expr: 'input.all(k, k.contains(k))',
    vars: { input: 'map(string, map(string, Record))' },
    sizes: { input: 5n, 'input.@keys': 10n },
    want: [2n, 32n],
  },
  {
    expr: 'input.all(k, input[k].all(k, true) && k.contains(k))',
    vars: { input: 'map(string, map(string, Record))' },
    sizes: { input: 2n, 'input.@values': 2n, 'input.@keys': 5n },
    want: [2n, 34n],
  },
  {
    expr: 'input.all(k, input[k].all(k, true) && k.contains(k))',
    vars: { input: 'map(string, map(string, Record))' },
    sizes: { input: 2n, 'input.@values': 2n, 'input.@keys': 5n },
    want: [2n, 34n],
  },
  {
    expr: '(list1 + list2).all(x, true)',
    vars: { list1: 'list(int)', list2: 'list(int)' },
    sizes: { list1: 10n, list2: 10n },
    want: [4n, 64n],
  },
  {
    expr: '"abcdefg".contains(str1 + str2)',
    vars: { str1: 'string', str2: 'string' },
    sizes: { str1: 10n, str2: 10n },
    want: [2n, 6n],
  },
  { expr: 'list1.size() == list2.size()', vars: { list1: 'list(int)', list2: 'list(int)' }, want: [5n, 5n] },
  {
    expr: 'x > y ? list1.size() : list2.size()',
    vars: { x: 'int', y: 'int', list1: 'list(int)', list2: 'list(int)' },
    want: [5n, 5n],
  },
  {
    expr: '([x, y] + list1 + list2).size()',
    vars: { x: 'int', y: 'int', list1: 'list(int)', list2: 'list(int)' },
    sizes: { list1: 10n, list2: 20n },
    want: [17n, 17n],
  },
  {
    expr: "[list1, list2].exists(l, l.exists(v, v.startsWith('hi')))",
    vars: { list1: 'list(string)', list2: 'list(string)' },
    sizes: { list1: 10n, 'list1.@items': 64n, list2: 20n, 'list2.@items': 128n },
    want: [21n, 265n],
  },
  {
    expr: 'str1.endsWith("abcdefghijklmnopqrstuvwxyz") == str2.endsWith("abcdefghijklmnopqrstuvwxyz")',
    vars: { str1: 'string', str2: 'string' },
    want: [9n, 9n],
  },
  { expr: '((5 != 6) == (1 == 2)) == ((3 <= 4) == (9 != 9))', want: [7n, 7n] },
  {
    expr: 'string(timestamp1) == string(timestamp2)',
    vars: { timestamp1: 'timestamp', timestamp2: 'timestamp' },
    want: [5n, 1844674407370955268n],
  },
  { expr: 'timestamp1 == timestamp2', vars: { timestamp1: 'timestamp', timestamp2: 'timestamp' }, want: [3n, 3n] },
  { expr: 'duration1 != duration2', vars: { duration1: 'duration', duration2: 'duration' }, want: [3n, 3n] },
  { expr: '[1,2,3,4,5].filter(x, x % 2 == 0)', want: [41n, 101n] },
  { expr: '[1,2,3,4,5].map(x, x)', want: [86n, 86n] },
  { expr: '[1,2,3,4,5].map(x, x).filter(x, x % 2 == 0)', want: [117n, 177n] },
  { expr: '[1,2,3,4,5].map(x, x).exists(x, x == 5) == true', want: [108n, 118n] },
  { expr: '[1,2,3,4,5].map(x, x).map(x, x)', want: [162n, 162n] },
  { expr: '[1,2,3,4,5].map(x, x)[4]', want: [87n, 87n] },
  { expr: '[[1,2],[1,2],[1,2],[1,2],[1,2]][4]', want: [61n, 61n] },
  { expr: "{'a': [1,2], 'b': [1,2], 'c': [1,2], 'd': [1,2], 'e': [1,2]}.b", want: [81n, 81n] },
  { expr: '[[1, 1], [2, 2], [3, 3], [4, 4], [5, 5]].all(y, y.all(y, y == 1))', want: [76n, 136n] },
  { expr: '[1,2,3,4,5].map(x, [x, x]).all(y, y.all(y, y == 1))', want: [157n, 217n] },
  {
    expr: '["a", "ab", "abc", "abcd", "abcde"].map(x, [x, x]).all(y, y.all(y, y.startsWith(\'a\')))',
    want: [157n, 217n],
  },
  {
    expr: "input.map(x, [x, x]).all(y, y.all(y, y.startsWith('a')))",
    vars: { input: 'list(string)' },
    sizes: { input: 5n, 'input.@items': 10n },
    want: [13n, 208n],
  },
  { expr: '[1,2,3,4,5].map(x, x).map(x, x) + [1]', want: [173n, 173n] },
  { expr: '[1,2,3].all(i, i in [1,2,3].map(j, j + j))', want: [20n, 230n] },
  { expr: 'dyn([1,2,3]).all(i, i in dyn([1,2,3]).map(j, j + j))', want: [21n, 234n] },
  { expr: "{'hello': 'hi'}['hello'] != {'hello': 'bye'}['hello']", want: [63n, 63n] },
  { expr: "['hello', 'hi'][0] != ['hello', 'bye'][1]", want: [23n, 23n] },
  { expr: 'type(1)', want: [1n, 1n] },
  { expr: 'type(self.val1)', vars: { self: 'map(string, int)' }, want: [3n, 3n] },
  { expr: 'type(self.val1) == int', vars: { self: 'map(string, int)' }, want: [5n, 1844674407370955268n] },
  { expr: 'type(1) == int', want: [3n, 1844674407370955266n] },
  { expr: 'type(1) == int', want: [3n, 1844674407370955266n] },
  { expr: 'self.val1 == 1.0', vars: { 'self.val1': 'double' }, want: [2n, 2n] },
  { expr: 'self.val1 == 1.0', vars: { self: 'map(string, double)' }, want: [3n, 3n] },
  {
    expr: "self.val1 == timestamp('2011-08-18T00:00:00.000+01:00') + duration('19h3m37s10ms')",
    vars: { self: 'map(string, timestamp)' },
    want: [6n, 6n],
  },
  {
    expr: "timestamp(self.val1) == timestamp('2011-08-18T00:00:00.000+01:00') + duration('19h3m37s10ms')",
    vars: { self: 'map(string, timestamp)' },
    want: [7n, 7n],
  },
  { expr: 'self.val1 != self.val2', vars: { self: 'map(string, bool)' }, want: [5n, 5n] },
  { expr: 'self.val1 != true', vars: { self: 'map(string, bool)' }, want: [3n, 3n] },
  { expr: 'self.val1 == 1.0', vars: { self: 'map(string, double)' }, want: [3n, 3n] },
]

test.each(cases)('$expr costs $want', ({ expr, vars = {}, sizes = {}, want }) => {
  const program = newEnvironment({ variables: types(vars), structs: recordStructs }).compile(expr)
  if (program instanceof CompileFailure) throw new Error(program.message)
  const { min, max } = program.estimateCost((path, type) => {
    const size = sizes[path.join('.')] ?? (type.kind === 'bytes' ? 12n : undefined)
    return size === undefined ? undefined : { min: 0n, max: size }
  })
  expect([min, max]).toEqual(want)
})
