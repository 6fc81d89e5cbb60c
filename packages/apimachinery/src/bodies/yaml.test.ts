import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deepEqual } from '../meta/deep.ts'
import { compareKeys, formatNumber } from './yaml-order.ts'
import { parseYAML, YAMLError } from './yaml-parser.ts'
import { toYAML } from './yaml-writer.ts'

const one = (text: string): unknown => parseYAML(text)[0]

describe('reading YAML', () => {
  it.each([
    ['yes', true],
    ['Off', false],
    ['y', true],
    ['N', false],
    ['yEs', 'yEs'],
    ['~', null],
    ['null', null],
    ['nULL', 'nULL'],
    ['0644', 420],
    ['0o17', 15],
    ['0x1F', 31],
    ['0b101', 5],
    ['-0b101', -5],
    ['08', 8],
    ['1_000', 1000],
    ['+1', 1],
    ['.5', 0.5],
    ['1.', 1],
    ['1e3', 1000],
    ['1.2.3', '1.2.3'],
    ['1:30', '1:30'],
    ['-', ['-']],
    ['2026-01-01', '2026-01-01'],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['"yes"', 'yes'],
    ["'1'", '1'],
    ['!!str 1', '1'],
    ['!!int "1"', 1],
    ['!!float 1', 1],
    ['!!binary aGk=', 'hi'],
    ['!mine x', 'x'],
    ['v1', 'v1'],
    ['=', '='],
    ['<<', '<<'],
    ['1e400', '1e400'],
  ])('%s is %j', (text, want) => {
    expect(one(`v: ${text === '-' ? '["-"]' : text}`)).toEqual({ v: want })
  })

  it('keeps integers exact', () => {
    expect(one('v: 9223372036854775807')).toEqual({ v: 9223372036854775807n })
  })

  it('turns keys into text', () => {
    expect(one('1: a\n1.5: b\ntrue: c\ny: d\n"2": e')).toEqual({ 1: 'a', '1.5': 'b', true: 'd', 2: 'e' })
    expect(() => one('~: a')).toThrow('unsupported map key')
    expect(() => one('[a]: b')).toThrow('yaml: invalid map key: ["a"]')
  })

  it('reads documents one by one and leaves out empty ones', () => {
    expect(parseYAML('---\na: 1\n---\n# only a comment\n---\nb: 2\n...\n')).toEqual([{ a: 1 }, { b: 2 }])
    expect(parseYAML('')).toEqual([])
    expect(parseYAML('# nothing\n')).toEqual([])
  })

  it('reads JSON as JSON, and several values in a row', () => {
    expect(parseYAML('{"a": 9007199254740993}')).toEqual([{ a: 9007199254740993n }])
    expect(parseYAML('{"a":1}{"b":2}\n{"c":3}')).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }])
    expect(parseYAML('{a: yes}')).toEqual([{ a: true }])
  })

  it('repeats anchored values and merges maps', () => {
    const text = 'base: &b {x: 1, z: 2}\ncopy: *b\nmerged:\n  <<: *b\n  z: 3\nboth:\n  <<: [*b, {w: 4, x: 5}]\n'
    expect(one(text)).toEqual({
      base: { x: 1, z: 2 },
      copy: { x: 1, z: 2 },
      merged: { x: 1, z: 3 },
      both: { x: 1, z: 2, w: 4 },
    })
    const value = Object(one('a: &x {k: 1}\nb: *x\n'))
    expect(value.a).not.toBe(value.b)
  })

  it('does not let aliases grow a text without bound', () => {
    const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]']
    for (let i = 1; i < 10; i++)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(',')}]`,
      )
    expect(() => one(lines.join('\n'))).toThrow('yaml: document contains excessive aliasing')
    expect(() => one('a: *none')).toThrow("yaml: unknown anchor 'none' referenced")
    expect(() => one('a: &a [*a]')).toThrow("yaml: unknown anchor 'a' referenced")
  })

  it('tells duplicate keys with their line', () => {
    const duplicates = new Set<string>()
    expect(parseYAML('a: 1\nb:\n  c: 1\n  c: 2\na: 3\n', { duplicates })).toEqual([{ a: 3, b: { c: 2 } }])
    expect([...duplicates]).toEqual(['line 4: key "c" already set in map', 'line 5: key "a" already set in map'])
  })

  it.each([
    ['a: b: c', 'yaml: line 1: '],
    ['a:\n\t- b', 'yaml: line 2: '],
    ['a: "x', 'yaml: line '],
    ['v: !!int x', 'yaml: cannot decode !!str `x` as a !!int'],
    ['v: .nan', 'json: unsupported value: NaN'],
    [`v: ${'['.repeat(600)}`, 'yaml: '],
  ])('%j is refused', (text, message) => {
    expect(() => parseYAML(text)).toThrow(YAMLError)
    expect(() => parseYAML(text)).toThrow(message)
  })

  it('takes or refuses any text, with a YAMLError', () => {
    const pieces = fc.constantFrom(
      'a',
      ': ',
      '- ',
      '\n',
      '  ',
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      '&x ',
      '*x',
      '|',
      '>',
      '#',
      '!!str ',
      '<<: ',
      '---\n',
      '?',
      '\t',
      '1',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 16 }), (parts) => {
        try {
          parseYAML(parts.join(''))
        } catch (error) {
          expect(error).toBeInstanceOf(YAMLError)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('keeps a key named __proto__ a key', () => {
    const value = one('__proto__: {polluted: true}\nb: &x {__proto__: 1}\nc: *x\n')
    expect(JSON.stringify(value)).toBe('{"__proto__":{"polluted":true},"b":{"__proto__":1},"c":{"__proto__":1}}')
  })
})

describe('writing YAML', () => {
  it('looks as kubectl shows it', () => {
    const value = {
      kind: 'Deployment',
      apiVersion: 'apps/v1',
      metadata: { name: 'web', creationTimestamp: '2026-01-01T00:00:00Z', labels: {}, annotations: { note: 'a\nb\n' } },
      spec: {
        replicas: 1,
        template: { spec: { containers: [{ name: 'c', args: ['-v', 'true', '', '- x'], ports: [] }, { name: 'd' }] } },
      },
      nested: [[1, [2]], [{ a: 1, b: [3] }]],
      none: null,
      gone: undefined,
    }
    expect(toYAML(value)).toBe(`apiVersion: apps/v1
kind: Deployment
metadata:
  annotations:
    note: |
      a
      b
  creationTimestamp: "2026-01-01T00:00:00Z"
  labels: {}
  name: web
nested:
- - 1
  - - 2
- - a: 1
    b:
    - 3
none: null
spec:
  replicas: 1
  template:
    spec:
      containers:
      - args:
        - -v
        - "true"
        - ""
        - '- x'
        name: c
        ports: []
      - name: d
`)
  })

  it.each([
    ['plain text', 'plain text'],
    ['true', '"true"'],
    ['y', '"y"'],
    ['No', '"No"'],
    ['null', '"null"'],
    ['~', '"~"'],
    ['', '""'],
    ['1', '"1"'],
    ['0x1f', '"0x1f"'],
    ['1e3', '"1e3"'],
    ['1.2.3', '1.2.3'],
    ['1:30', '"1:30"'],
    ['2026-01-01', '"2026-01-01"'],
    ['a: b', "'a: b'"],
    ['a:b', 'a:b'],
    ['a:', "'a:'"],
    ['a #b', "'a #b'"],
    ['a#b', 'a#b'],
    ['#a', "'#a'"],
    ['- a', "'- a'"],
    ['-a', '-a'],
    ['*a', "'*a'"],
    ['{a}', "'{a}'"],
    ["'a'", "'''a'''"],
    ['@a', "'@a'"],
    [' a', "' a'"],
    ['a ', "'a '"],
    ['---', "'---'"],
    ['a\tb', '"a\\tb"'],
    ['a\rb', '"a\\rb"'],
    ['\u{1f600}', '"\\U0001F600"'],
    ['ä', 'ä'],
    ['\u0007', '"\\a"'],
    ['a\nb', '|-\n  a\n  b'],
    ['a\nb\n', '|\n  a\n  b'],
    ['a\n\n', '|+\n  a\n'],
    [' a\nb', '|2-\n   a\n  b'],
    ['a \nb', '"a \\nb"'],
    ['a\n\tb', '"a\\n\\tb"'],
    ['<<', '<<'],
  ])('%j is %s', (text, want) => {
    expect(toYAML({ v: text })).toBe(`v: ${want}\n`)
  })

  it('folds long text at spaces', () => {
    const long = `${'a'.repeat(80)} ${'b'.repeat(90)} c`
    expect(toYAML({ v: long })).toBe(`v: ${'a'.repeat(80)}\n  ${'b'.repeat(90)}\n  c\n`)
    expect(toYAML({ v: `${long}: ` })).toContain("\n  c: '\n")
    expect(toYAML({ v: `${long}\t d` })).toContain('\n  c\\t d"\n')
  })

  it.each([
    [1, '1'],
    [-0, '0'],
    [1.5, '1.5'],
    [1234567.5, '1.2345675e+06'],
    [0.00001, '1e-05'],
    [0.0001, '0.0001'],
    [1e20, '1e+20'],
    [2 ** 53, '9007199254740992'],
  ])('the number %d is %s', (number, want) => {
    expect(formatNumber(number)).toBe(want)
  })

  it('sorts keys with numbers in them by value', () => {
    const sorted = ['B', 'a', 'a1', 'a2', 'a10', 'a01', '1', '10', '9', '-', 'ab', 'a-b', 'a.b'].sort(compareKeys)
    expect(sorted).toEqual(['-', '1', '9', '10', 'B', 'a', 'a-b', 'a.b', 'a1', 'a01', 'a2', 'a10', 'ab'])
  })

  it('is read back as the same value', () => {
    const text = fc.oneof(
      fc.string({
        unit: fc.constantFrom('a', ' ', '\n', '-', ':', '#', '"', "'", '\t', '1', '{', 'ä', '\u{1f600}', ','),
      }),
      fc.constantFrom('yes', 'null', '~', '1', '.5', '2026-01-01', '<<', '---', '...', '=', '0x1', '1_0', ' ', '\n'),
    )
    const values = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.oneof(text, fc.constant('__proto__')), tie('value'), { maxKeys: 3 }),
      ),
    })).value
    fc.assert(
      fc.property(values, (value) => {
        const written = toYAML({ value })
        expect(deepEqual(one(written), { value }), written).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})
