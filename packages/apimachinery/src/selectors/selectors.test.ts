import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeValue, fieldMatcher, parseFieldSelector } from './field-matcher.ts'
import { labelsMatcher, matcherOf, parseLabelSelector } from './label-matcher.ts'

describe('a label selector in text', () => {
  it.each([
    ['', {}, true],
    ['a=b', { a: 'b' }, true],
    ['a==b', { a: 'c' }, false],
    ['a = b', { a: 'b' }, true],
    ['a!=b', {}, true],
    ['a!=b', { a: 'b' }, false],
    ['a', { a: '' }, true],
    ['!a', {}, true],
    ['!a', { a: 'x' }, false],
    ['a in (b, c)', { a: 'c' }, true],
    ['a in (b,c)', {}, false],
    ['a notin (b,c)', {}, true],
    ['a notin (b,c)', { a: 'b' }, false],
    ['a in ()', { a: '' }, true],
    ['a in (,b)', { a: '' }, true],
    ['a=', { a: '' }, true],
    ['a=,b=c', { a: '', b: 'c' }, true],
    ['a=b,c=d', { a: 'b' }, false],
    ['x>5', { x: '6' }, true],
    ['x>5', { x: '5' }, false],
    ['x<5', { x: 'y' }, false],
    ['in in (in,notin)', { in: 'notin' }, true],
    ['toString', {}, false],
    ['x.io/a=b', { 'x.io/a': 'b' }, true],
  ])('%j on %j: %s', (text, labels, want) => {
    expect(parseLabelSelector(text).matches(labels)).toBe(want)
  })

  it.each([
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['a,', "found '', expected: identifier after ','"],
    [',a', "found ',', expected: !, identifier, or 'end of string'"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a in (=', "unable to parse requirement: found '=', expected: ',', ')' or identifier"],
    ['a=(', "unable to parse requirement: found '(', expected: identifier"],
    [
      'a>b',
      "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
    ['a=@', 'unable to parse requirement: values[0][a]: Invalid value: "@": a valid label must be an empty string'],
    ['@=a', 'unable to parse requirement: <nil>: Invalid value: "@": name part must consist of'],
  ])('%j is refused', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(message)
  })

  it('prints sorted by key and reads back the same', () => {
    expect(parseLabelSelector('z!=1, b in (y,x),!c,a>1,d').toString()).toBe('a>1,b in (x,y),!c,d,z!=1')
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a=b', 'c in (d,e)', '!f', 'g', 'h!=i', 'j notin (k)', 'l<3')), (parts) => {
        const once = parseLabelSelector(parts.join(',')).toString()
        expect(parseLabelSelector(once).toString()).toBe(once)
      }),
    )
  })

  it('is parsed or refused whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '=', '!', '(', ')', ',', ' ', 'in', '<', '\0', '/') }),
        (text) => {
          try {
            parseLabelSelector(text)
          } catch (error) {
            expect(error).toBeInstanceOf(Error)
          }
        },
      ),
    )
  })
})

describe('a label selector of an object', () => {
  it('that is absent matches nothing, an empty one everything', () => {
    expect(matcherOf(undefined).matches({})).toBe(false)
    expect(matcherOf(undefined).empty).toBe(false)
    expect(matcherOf({}).matches({ a: 'b' })).toBe(true)
    expect(matcherOf({}).empty).toBe(true)
  })

  it('joins labels and expressions', () => {
    const matcher = matcherOf({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['b', 'a'] },
        { key: 'old', operator: 'DoesNotExist' },
      ],
    })
    expect(matcher.toString()).toBe('app=web,!old,tier in (a,b)')
    expect(matcher.matches({ app: 'web', tier: 'a' })).toBe(true)
    expect(matcher.matches({ app: 'web', tier: 'a', old: '' })).toBe(false)
  })

  it('with an unknown operator or no values is refused', () => {
    expect(() => matcherOf({ matchExpressions: [{ key: 'a', operator: 'Like' }] })).toThrow(
      '"Like" is not a valid label selector operator',
    )
    expect(() => matcherOf({ matchExpressions: [{ key: 'a', operator: 'In' }] })).toThrow(
      "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
    )
  })

  it('made of a set takes it as it is', () => {
    expect(labelsMatcher({ b: '@', a: '1' }).toString()).toBe('a=1,b=@')
    expect(labelsMatcher({}).empty).toBe(true)
  })
})

describe('a field selector', () => {
  const get = (fields: Readonly<Record<string, string>>) => (field: string) => fields[field]

  it.each([
    ['', {}, true],
    ['a=b', { a: 'b' }, true],
    ['a==b,c!=d', { a: 'b' }, true],
    ['a!=', {}, false],
    ['a=', {}, true],
    ['a=b\\,c\\=d\\\\', { a: 'b,c=d\\' }, true],
    [',a=b,', { a: 'c' }, false],
  ])('%j on %j: %s', (text, fields, want) => {
    expect(parseFieldSelector(text).matches(get(fields))).toBe(want)
  })

  it.each([
    ['a', "invalid selector: 'a'; can't understand 'a'"],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
    ['a=\\x', 'invalid field selector: invalid escape sequence: \\x'],
    ['a=b\\', 'invalid field selector: invalid escape sequence: \\'],
  ])('%j is refused', (text, message) => {
    expect(() => parseFieldSelector(text)).toThrow(message)
  })

  it('escapes any value so that it reads back', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const matcher = fieldMatcher([{ field: 'f', operator: '=', value }])
        expect(parseFieldSelector(matcher.toString()).exact('f')).toBe(value)
      }),
    )
    expect(escapeValue('a,b=c\\')).toBe('a\\,b\\=c\\\\')
  })
})
