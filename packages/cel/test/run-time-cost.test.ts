import { describe, expect, test } from 'vitest'
import { CelError, CompileFailure, newEnvironment } from '../src/index.ts'
import { recordStructs, types, value, variables } from './helpers.ts'

interface Case {
  expr: string
  vars?: Record<string, string>
  input?: Record<string, unknown>
  cost: number
}

const long = 'abcdefghij'.repeat(50)
const bools = { a: 'bool', b: 'bool', c: 'bool', d: 'bool' }

// As cel-go's interpreter/runtimecost_test.go, where has() is free.
const cases: readonly Case[] = [
  { expr: '"Hello World!"', cost: 0 },
  { expr: 'input', vars: { input: 'list(int)' }, input: { input: [1, 2] }, cost: 1 },
  { expr: "input['key']", vars: { input: 'map(string, string)' }, input: { input: { key: 'v' } }, cost: 2 },
  { expr: 'input[0]', vars: { input: 'list(string)' }, input: { input: ['v'] }, cost: 2 },
  { expr: 'input.number', vars: { input: 'Record' }, input: { input: { number: 1 } }, cost: 2 },
  { expr: "input['ke' + 'y']", vars: { input: 'map(string, string)' }, input: { input: { key: 'v' } }, cost: 3 },
  { expr: 'input[3-3]', vars: { input: 'list(string)' }, input: { input: ['v'] }, cost: 3 },
  { expr: 'has(input.number)', vars: { input: 'Record' }, input: { input: {} }, cost: 1 },
  {
    expr: 'has(input.a.b)',
    vars: { input: 'map(string, map(string, string))' },
    input: { input: { a: { b: '0' } } },
    cost: 2,
  },
  { expr: '[1, 2, 3]', cost: 10 },
  { expr: "Record{number: 1, ratio: 3.14, text: 'str'}", cost: 40 },
  { expr: '{"a": 1, "b": 2, "c": 3}', cost: 30 },
  { expr: 'input.all(x, true)', vars: { input: 'list(int)' }, input: { input: [] }, cost: 2 },
  { expr: 'input.all(x, x.all(y, true))', vars: { input: 'list(list(int))' }, input: { input: [] }, cost: 2 },
  { expr: '[1, 2, 3].all(x, true)', cost: 20 },
  { expr: "input.matches('[0-9]')", vars: { input: 'string' }, input: { input: long }, cost: 103 },
  { expr: "'123'.matches('[0-9]')", cost: 2 },
  { expr: 'false || false', cost: 0 },
  { expr: 'true || false', cost: 0 },
  { expr: 'a || b || c || d', vars: bools, input: { a: false, b: false, c: false, d: false }, cost: 4 },
  { expr: 'true && false', cost: 0 },
  { expr: 'a && b && c && d', vars: bools, input: { a: true, b: true, c: true, d: true }, cost: 4 },
  { expr: '1 < 2', cost: 1 },
  { expr: '1 == 2', cost: 1 },
  { expr: '2 in [1, 2, 3]', cost: 13 },
  { expr: '1 + 1', cost: 1 },
  { expr: '1 % 1', cost: 1 },
  { expr: 'true ? 1 : 2', cost: 0 },
  { expr: 'size("123")', cost: 1 },
  { expr: "'12345678901234567890' == '123456789012345678901234567890'", cost: 2 },
  { expr: 'string(input)', vars: { input: 'bytes' }, input: { input: new Uint8Array(Buffer.from(long)) }, cost: 51 },
  { expr: 'bytes(input)', vars: { input: 'string' }, input: { input: long }, cost: 51 },
  { expr: 'string(1)', cost: 1 },
  { expr: 'a.contains(b)', vars: { a: 'string', b: 'string' }, input: { a: long, b: long }, cost: 2502 },
  { expr: String.raw`input.matches('\\d+a\\d+b')`, vars: { input: 'string' }, input: { input: long }, cost: 103 },
  { expr: 'a.startsWith(b)', vars: { a: 'string', b: 'string' }, input: { a: 'idc', b: long }, cost: 3 },
  { expr: 'a.endsWith(b)', vars: { a: 'string', b: 'string' }, input: { a: 'idc', b: long }, cost: 3 },
  { expr: 'input.size()', vars: { input: 'string' }, input: { input: '500' }, cost: 2 },
  {
    expr: '(x > 2 ? input1 : input2).all(y, true)',
    vars: { x: 'int', input1: 'list(int)', input2: 'list(int)' },
    input: { x: 1, input1: [0], input2: [0] },
    cost: 6,
  },
  { expr: 'true ? false : 1 > 3', cost: 0 },
  { expr: 'false ? false : 1 > 3', cost: 1 },
  {
    expr: 'input.all(k, input[k].number > 3)',
    vars: { input: 'map(string, Record)' },
    input: { input: { val: { number: 0 } } },
    cost: 9,
  },
  {
    expr: 'input.all(k, input[k].all(k, true) && k.contains(k))',
    vars: { input: 'map(string, map(string, int))' },
    input: { input: {} },
    cost: 2,
  },
  {
    expr: '(list1 + list2).all(x, true)',
    vars: { list1: 'list(int)', list2: 'list(int)' },
    input: { list1: [], list2: [] },
    cost: 4,
  },
  {
    expr: '"abcdefg".contains(a + b)',
    vars: { a: 'string', b: 'string' },
    input: { a: 'val1', b: 'val2222222' },
    cost: 6,
  },
  { expr: '(1 > 2 ? 5 : 3) > 1', cost: 2 },
  { expr: '(1 > 2 || 2 > 1) == true', cost: 3 },
  { expr: "[{'k1': 1}, {'k2': 2}].all(x, true)", cost: 77 },
  { expr: '[1,2,3,4,5].filter(x, x % 2 == 0)', cost: 62 },
  { expr: '[1,2,3,4,5].map(x, x)', cost: 86 },
  { expr: '[1,2,3,4,5].map(x, x).filter(x, x % 2 == 0)', cost: 138 },
  { expr: '[1,2,3,4,5].map(x, x).exists(x, x == 5) == true', cost: 118 },
  { expr: '[1,2,3,4,5].map(x, x).map(x, x)', cost: 162 },
  { expr: '[1,2,3,4,5].map(x, [x, x]).filter(z, z.size() == 2)', cost: 232 },
  { expr: '[1,2,3,4,5].map(x, [x, x]).all(y, y.all(y, y == 1))', cost: 171 },
  { expr: '[1,2,3,4,5].map(x, x).map(x, x) + [1]', cost: 173 },
  { expr: '[1,2,3].all(i, i in [1,2,3].map(j, j + j))', cost: 86 },
]

const compile = ({ expr, vars = {} }: Pick<Case, 'expr' | 'vars'>, foldConstants: boolean) => {
  const program = newEnvironment({ variables: types(vars), structs: recordStructs, foldConstants }).compile(expr)
  if (program instanceof CompileFailure) throw new Error(program.message)
  return program
}

test.each(cases)('$expr costs $cost', (each) => {
  expect(compile(each, false).evaluate(variables(each.input ?? {})).cost).toBe(each.cost)
})

describe('constants evaluated when the program is made', () => {
  test.each([
    ['2 in [1, 2, 3]', 0],
    ['[1, 2, 3].all(x, true)', 10],
    ['timestamp("2020-01-01T00:00:00Z") < timestamp("2021-01-01T00:00:00Z")', 1],
  ])('%s costs %s', (expr, cost) => {
    expect(compile({ expr }, true).evaluate(new Map()).cost).toBe(cost)
  })
})

test('an evaluation ends when it has cost more than it may', () => {
  const program = compile({ expr: 'l.all(x, l.all(y, l.all(z, x + y + z > -1)))', vars: { l: 'list(int)' } }, true)
  const activation = new Map([['l', value(Array.from({ length: 100 }, (_, index) => index))]])
  const run = () => program.evaluate(activation, { costLimit: 1000 })
  expect(run).toThrow(CelError)
  expect(run).toThrow('operation cancelled: actual cost limit exceeded')
})
