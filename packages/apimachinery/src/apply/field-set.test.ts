import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applySchemaFrom } from '../../testing/apply-schemas.ts'
import {
  difference,
  eachPath,
  type FieldSet,
  hasPath,
  including,
  intersection,
  leavesOf,
  parseFieldSet,
  recursiveDifference,
  setOf,
  setsEqual,
  sizeOf,
  union,
} from './field-set.ts'
import { compareElements, itemElement, parseElement, type PathElement, showElement, showPath } from './path-element.ts'
import { withNamedFields } from './to-field-set.ts'

const path = (...steps: (string | number)[]): PathElement[] =>
  steps.map((step) => (typeof step === 'number' ? `i:${step}` : /^[kv]:/.test(step) ? step : `f:${step}`))
const setFrom = (...texts: string[]): FieldSet => setOf(...texts.map((text) => path(...text.split('.'))))
const textsOf = (set: FieldSet): string[] => {
  const found: string[] = []
  eachPath(set, (at) => found.push(showPath(at)))
  return found
}

describe('a path element', () => {
  it.each([
    { text: 'f:name', want: 'f:name', shown: '.name' },
    { text: 'f:', want: 'f:', shown: '.' },
    { text: 'i:7', want: 'i:7', shown: '[7]' },
    { text: 'v: "a" ', want: 'v:"a"', shown: '[="a"]' },
    { text: 'v:1.50', want: 'v:1.5', shown: '[=1.5]' },
    { text: 'v:true', want: 'v:true', shown: '[=true]' },
    { text: 'k:{ "b" : 1, "a" : "x" }', want: 'k:{"a":"x","b":1}', shown: '[a="x",b=1]' },
    { text: 'k:{"a":"<\\u003e&"}', want: 'k:{"a":"\\u003c\\u003e\\u0026"}', shown: '[a="<>&"]' },
    { text: 'v:9007199254740993', want: 'v:9007199254740993', shown: '[=9007199254740992]' },
  ])('$text is $want', ({ text, want, shown }) => {
    expect(parseElement(text)).toBe(want)
    expect(showElement(want)).toBe(shown)
  })

  it.each([{ text: 'x:1' }, { text: 'p:a' }])('$text is of a kind that nobody knows', ({ text }) => {
    expect(parseElement(text)).toBeUndefined()
  })

  it.each([
    { text: '', problem: 'key must be 2 characters long:' },
    { text: 'no colon', problem: 'missing colon: no colon' },
    { text: 'i:one', problem: 'strconv.Atoi: parsing "one": invalid syntax' },
    { text: 'k:[]', problem: 'expected an object' },
    { text: 'v:{', problem: 'unexpected end' },
  ])('$text is none', ({ text, problem }) => {
    expect(() => parseElement(text)).toThrow(problem)
  })

  it('stands in its kind and in the order of what it names', () => {
    const ordered = [
      '.',
      'f:a',
      'f:b',
      'f:\uffee',
      'f:\u{1f600}',
      'k:{"a":1}',
      'k:{"a":1,"b":1}',
      'k:{"a":2}',
      'k:{"a":"1"}',
      'k:{"b":0}',
      'v:2',
      'v:10',
      'v:"10"',
      'v:"2"',
      'v:false',
      'v:true',
      'i:2',
      'i:10',
    ]
    for (const [i, a] of ordered.entries()) {
      for (const [j, b] of ordered.entries()) expect(Math.sign(compareElements(a, b))).toBe(Math.sign(i - j))
    }
  })

  it('of an item is its key with what is left out by default', () => {
    const schema = applySchemaFrom(
      {
        ports: {
          list: {
            of: { map: { fields: { port: 'numeric', protocol: 'string' }, defaults: { protocol: 'TCP' } } },
            keys: ['protocol', 'port'],
          },
        },
      },
      'ports',
    )
    const list = schema.list ?? { atomic: true, keys: [], item: schema }
    expect(itemElement(list, { port: 80 })).toBe('k:{"port":80,"protocol":"TCP"}')
    expect(itemElement(list, { port: 80, protocol: 'UDP' })).toBe('k:{"port":80,"protocol":"UDP"}')
    expect(itemElement(list, {})).toBe('k:{"protocol":"TCP"}')
    expect(() => itemElement(list, null)).toThrow('associative list with keys may not have a null element')
    expect(() => itemElement(list, 'a')).toThrow('associative list with keys may not have non-map elements')
  })
})

describe('a field set', () => {
  it('is the JSON of managedFields, in order, whatever the order in which it was written', () => {
    const sets = [
      { 'f:b': {}, 'f:a': { 'k:{"n":"y"}': {}, 'k:{"n": "x"}': { 'f:q': {}, '.': {} } } },
      { 'f:a': { 'k:{"n":"x"}': { '.': {}, 'f:q': {} }, 'k:{"n":"y"}': { '.': {} } }, 'f:b': null, 'z:?': {} },
    ]
    const want = '{"f:a":{"k:{\\"n\\":\\"x\\"}":{".":{},"f:q":{}},"k:{\\"n\\":\\"y\\"}":{}},"f:b":{}}'
    for (const set of sets) expect(JSON.stringify(parseFieldSet(set))).toBe(want)
  })

  it.each([{ value: 'x' }, { value: { 'f:a': 1 } }, { value: { a: {} } }])('is no $value', ({ value }) => {
    expect(() => parseFieldSet(value)).toThrow()
  })

  it('holds a place, what is below it, or both', () => {
    const set = setFrom('a', 'a.b', 'c.d')
    expect(hasPath(set, path('a'))).toBe(true)
    expect(hasPath(set, path('a', 'b'))).toBe(true)
    expect(hasPath(set, path('c'))).toBe(false)
    expect(hasPath(set, path('c', 'd'))).toBe(true)
    expect(hasPath(set, [])).toBe(false)
    expect(textsOf(set)).toEqual(['.a', '.a.b', '.c.d'])
    expect(sizeOf(set)).toBe(3)
    expect(textsOf(leavesOf(set))).toEqual(['.a.b', '.c.d'])
  })

  it('is shown level by level: first what is in it, then what is below', () => {
    expect(textsOf(setFrom('b', 'a.y', 'a.x.z', 'a'))).toEqual(['.a', '.b', '.a.y', '.a.x.z'])
  })

  it.each([
    { a: ['a', 'b.c'], b: ['a'], want: ['b.c'] },
    { a: ['a.b'], b: ['a'], want: ['a.b'] },
    { a: ['a'], b: ['a.b'], want: ['a'] },
    { a: ['a', 'a.b'], b: ['a.b'], want: ['a'] },
    { a: ['a', 'a.b'], b: ['a'], want: ['a.b'] },
    { a: ['a.b'], b: ['a.b'], want: [] },
  ])('$a without $b is $want', ({ a, b, want }) => {
    expect(difference(setFrom(...a), setFrom(...b))).toEqual(setFrom(...want))
  })

  it.each([
    { a: ['a.b', 'a.c', 'd'], b: ['a'], want: ['d'] },
    { a: ['a', 'a.b'], b: ['a'], want: [] },
    { a: ['a'], b: ['a.b'], want: ['a'] },
    { a: ['a.b.c', 'a.d'], b: ['a.b'], want: ['a.d'] },
  ])('$a without all at and below $b is $want', ({ a, b, want }) => {
    expect(recursiveDifference(setFrom(...a), setFrom(...b))).toEqual(setFrom(...want))
  })

  it.each([
    { a: ['a', 'b'], b: ['b', 'c'], want: ['b'] },
    { a: ['a.b'], b: ['a'], want: [] },
    { a: ['a', 'a.b', 'a.c'], b: ['a', 'a.b'], want: ['a', 'a.b'] },
  ])('$a and $b have $want in common', ({ a, b, want }) => {
    expect(intersection(setFrom(...a), setFrom(...b))).toEqual(setFrom(...want))
  })

  it.each([
    { patterns: [['f:a']], want: ['a', 'a.b.x', 'a.c.x'] },
    { patterns: [['f:a', 'f:b']], want: ['a', 'a.b.x'] },
    { patterns: [['f:a', '*', 'f:x']], want: ['a', 'a.b.x', 'a.c.x'] },
    { patterns: [['f:d'], ['f:a', 'f:c']], want: ['a', 'a.c.x', 'd'] },
    { patterns: [['f:q']], want: [] },
  ])('keeps $want of what is at or below $patterns', ({ patterns, want }) => {
    const set = setFrom('a', 'a.b.x', 'a.c.x', 'd')
    expect(including(...patterns)(set)).toEqual(setFrom(...want))
  })

  it('owns named fields with what is in them, but not keys of maps', () => {
    const types = {
      root: { map: { fields: { named: '@root', map: { map: { of: '@root' } }, leaf: 'string' } } },
    }
    const set = setFrom('named.named.leaf', 'map.key.leaf')
    expect(withNamedFields(applySchemaFrom(types, 'root'), set)).toEqual(
      setFrom('named', 'named.named', 'named.named.leaf', 'map', 'map.key.leaf'),
    )
  })
})

const step = fc.constantFrom('f:a', 'f:b', 'f:c', 'k:{"n":"x"}', 'k:{"n":"y"}', 'v:1', 'v:"1"', 'i:0')
const someSet = fc
  .array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 12 })
  .map((paths) => setOf(...paths))

describe('any field sets', () => {
  it('come back from JSON as they were', () => {
    fc.assert(
      fc.property(someSet, (set) => {
        const text = JSON.stringify(set)
        expect(JSON.stringify(parseFieldSet(JSON.parse(text)))).toBe(text)
      }),
    )
  })

  it('follow the laws of sets', () => {
    fc.assert(
      fc.property(someSet, someSet, (a, b) => {
        const both = union(a, b)
        expect(JSON.stringify(union(b, a))).toBe(JSON.stringify(both))
        expect(setsEqual(union(difference(a, b), intersection(a, b)), a)).toBe(true)
        expect(setsEqual(difference(both, b), difference(a, b))).toBe(true)
        expect(textsOf(both).toSorted()).toEqual([...new Set([...textsOf(a), ...textsOf(b)])].toSorted())
        const inBoth = textsOf(a).filter((text) => textsOf(b).includes(text))
        expect(textsOf(intersection(a, b))).toEqual(inBoth)
      }),
    )
  })
})
