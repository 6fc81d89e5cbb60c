import { describe, expect, it } from 'vitest'
import { escapeValue, fieldMatcher, parseFieldSelector } from './field-matcher.ts'
import { labelsMatcher, parseLabelSelector } from './label-matcher.ts'
import { checkRequirement, type LabelRequirement } from './requirement.ts'

const set = { foo: 'bar', baz: 'blah' }
const long = 'a'.repeat(254)

describe('a label selector', () => {
  it.each([
    ['x=a,y=b,z=c'],
    [''],
    ['x!=a,y=b'],
    ['x='],
    ['x= '],
    ['x=,z= '],
    ['x= ,z= '],
    ['!x'],
    ['x>1'],
    ['x>1,z<5'],
  ])('%j prints as it was written, without spaces', (text) => {
    expect(parseLabelSelector(text).toString()).toBe(text.replaceAll(' ', ''))
  })

  it.each([
    'x=a||y=b',
    'x==a==b',
    '!x=a',
    'x<a',
    'x,,y',
    ',x,y',
    'x nott in (y)',
    'a in (xyz),',
    'a in (xyz)b notin ()',
    'a in (xyz abc)',
    'a notin(',
    'a (',
    '(',
    ')',
    'a !',
    'a exists',
    'x=1,(y',
    'x in a',
  ])('%j is refused', (text) => {
    expect(() => parseLabelSelector(text)).toThrow()
  })

  it.each<[text: string, ...requirements: [string, string, ...string[]][]]>([
    [''],
    ['\rx', ['x', 'exists']],
    ['this-is-a-dns.domain.com/key-with-dash', ['this-is-a-dns.domain.com/key-with-dash', 'exists']],
    ['another.domain.com/key-with-dash in (so,what)', ['another.domain.com/key-with-dash', 'in', 'so', 'what']],
    [
      '0.1.2.domain/99 notin (10.10.100.1, tick.tack.clock)',
      ['0.1.2.domain/99', 'notin', '10.10.100.1', 'tick.tack.clock'],
    ],
    ['foo  in\t (abc)', ['foo', 'in', 'abc']],
    ['x notin\n (abc)', ['x', 'notin', 'abc']],
    ['x  notin\t\t(abc,def)', ['x', 'notin', 'abc', 'def']],
    ['x in (abc,def)', ['x', 'in', 'abc', 'def']],
    ['x in (abc,)', ['x', 'in', '', 'abc']],
    ['x in (abc,abc)', ['x', 'in', 'abc']],
    ['x in ()', ['x', 'in', '']],
    ['x in (a,,)', ['x', 'in', '', 'a']],
    ['x in (a,,,)', ['x', 'in', '', 'a']],
    ['x in (a,,,,,,)', ['x', 'in', '', 'a']],
    ['x in (a,,a,,a,,a,,)', ['x', 'in', '', 'a']],
    [
      'x notin (abc,,def),bar,z in (),w',
      ['bar', 'exists'],
      ['w', 'exists'],
      ['x', 'notin', '', 'abc', 'def'],
      ['z', 'in', ''],
    ],
    ['x,y in (a)', ['x', 'exists'], ['y', 'in', 'a']],
    ['x=a', ['x', '=', 'a']],
    ['x>1', ['x', 'gt', '1']],
    ['x<7', ['x', 'lt', '7']],
    ['x=a,y!=b', ['x', '=', 'a'], ['y', '!=', 'b']],
    ['x=a,y!=b,z in (h,i,j)', ['x', '=', 'a'], ['y', '!=', 'b'], ['z', 'in', 'h', 'i', 'j']],
    ['x notin ( )', ['x', 'notin', '']],
    ['x notin (, a)', ['x', 'notin', '', 'a']],
    ['a ', ['a', 'exists']],
    ['a in (x,y,notin, z,in)', ['a', 'in', 'in', 'notin', 'x', 'y', 'z']],
    ['key in ( value )', ['key', 'in', 'value']],
    ['key notin ( value )', ['key', 'notin', 'value']],
    ['key in ( value1, value2 )', ['key', 'in', 'value1', 'value2']],
    ['!key', ['key', '!']],
    ['x in (),y', ['x', 'in', ''], ['y', 'exists']],
    ['key>2', ['key', 'gt', '2']],
    ['key<1', ['key', 'lt', '1']],
    ['x=a,a=x', ['a', '=', 'x'], ['x', '=', 'a']],
    ['x==a', ['x', '==', 'a']],
  ])('%j asks for %j', (text, ...want) => {
    const found = parseLabelSelector(text).requirements
    expect(found).toEqual(want.map(([key, operator, ...values]) => ({ key, operator, values })))
  })

  it.each<[text: string, labels: Readonly<Record<string, string>>, want: boolean]>([
    ['', { x: 'y' }, true],
    ['x=y', { x: 'y' }, true],
    ['x=y,z=w', { x: 'y', z: 'w' }, true],
    ['x!=y,z!=w', { x: 'z', z: 'a' }, true],
    ['notin=in', { notin: 'in' }, true],
    ['x', { x: 'z' }, true],
    ['!x', { y: 'z' }, true],
    ['x>1', { x: '2' }, true],
    ['x<1', { x: '0' }, true],
    ['x=z', {}, false],
    ['x=y', { x: 'z' }, false],
    ['x=y,z=w', { x: 'w', z: 'w' }, false],
    ['x!=y,z!=w', { x: 'z', z: 'w' }, false],
    ['x', { y: 'z' }, false],
    ['!x', { x: 'z' }, false],
    ['x>1', { x: '0' }, false],
    ['x<1', { x: '2' }, false],
    ['foo=bar', set, true],
    ['baz=blah', set, true],
    ['foo=bar,baz=blah', set, true],
    ['foo=blah', set, false],
    ['baz=bar', set, false],
    ['foo=bar,foobar=bar,baz=blah', set, false],
    ['x in (foo),y notin (alpha)', { x: 'foo', y: 'baz' }, true],
    ['x in (foo),y in (alpha)', { x: 'foo', y: 'baz' }, false],
    ['x notin (),y', { y: '' }, true],
    ['!x,y', { y: '' }, true],
    ['x notin (),!y', { y: '' }, false],
    ['x in ()', { y: 'baz' }, false],
    ['z>1', { z: '2' }, true],
    ['z>1', { z: 'v2' }, false],
  ])('%j on %j: %s', (text, labels, want) => {
    expect(parseLabelSelector(text).matches(labels)).toBe(want)
  })

  it.each([
    [{}, set, true, ''],
    [{ foo: 'bar' }, set, true, 'foo=bar'],
    [{ baz: 'blah' }, set, true, 'baz=blah'],
    [{ foo: 'bar', baz: 'blah' }, set, true, 'baz=blah,foo=bar'],
    [{ foo: '=blah' }, set, false, 'foo==blah'],
    [undefined, set, true, ''],
    [{ app: 'foo', a: 'b' }, { app: 'foo' }, false, 'a=b,app=foo'],
  ])('of the labels %j on %j: %s, as %j', (labels, object, want, text) => {
    const matcher = labelsMatcher(labels)
    expect([matcher.matches(object), matcher.toString(), matcher.empty]).toEqual([want, text, text === ''])
  })
})

describe('a requirement', () => {
  it.each<[key: string, operator: string, values: string[], refusedField?: string]>([
    ['x1', 'in', [], 'values'],
    ['x2', 'notin', [], 'values'],
    ['x3', 'in', ['foo']],
    ['x4', 'notin', ['foo']],
    ['x5', '=', ['bar', 'foo'], 'values'],
    ['x6', 'exists', []],
    ['x7', '!', []],
    ['x8', 'exists', ['foo'], 'values'],
    ['x9', 'in', ['bar']],
    ['x11', 'gt', ['1']],
    ['x12', 'lt', ['6']],
    ['x13', 'gt', [], 'values'],
    ['x14', 'gt', ['bar'], 'values[0]'],
    ['x15', 'lt', ['bar'], 'values[0]'],
    [long, 'exists', [], 'key'],
    ['x16', '=', [long], 'values[0][x16]'],
    ['x17', '=', ['a b'], 'values[0][x17]'],
    ['x18', 'unsupportedOp', [], 'operator'],
    ['Key', '=', ['axahm2EJ8Phiephe2eixohbee9eGeiyees1thuozi1xoh0GiuH3diewi8iem7Nui'], 'values[0][Key]'],
  ])('%s %s %j is refused at %s', (key, operator, values, refusedField) => {
    const check = () => checkRequirement({ key, operator, values })
    if (refusedField === undefined) expect(check).not.toThrow()
    else expect(check).toThrow(`${refusedField}: `)
  })

  it('prints in the syntax of selectors', () => {
    const text = 'w in (abc,def),x notin (abc),y!=jkl,!z,a==b,b>2,c<8,d,z notin ()'
    expect(
      parseLabelSelector(text)
        .requirements.map(({ key }: LabelRequirement) => key)
        .join(''),
    ).toBe('abcdwxyzz')
    expect(parseLabelSelector(text).toString()).toBe('a==b,b>2,c<8,d,w in (abc,def),x notin (abc),y!=jkl,!z,z notin ()')
  })
})

describe('a field selector', () => {
  it.each([
    'x=a,y=b,z=c',
    '',
    'x!=a,y=b',
    'x=a||y\\=b',
    'x=a\\=\\=b',
    'k=\\,,z=v2',
    'k=\\\\,z=v2',
    'k=\\\\\\,,z=v2',
    '함=수',
    'k=\\=',
  ])('%j prints as it was written', (text) => {
    expect(parseFieldSelector(text).toString()).toBe(text)
  })

  it.each(['x=a||y=b', 'x==a==b', 'x=a,b', 'x in (a)', 'x in (a,b,c)', 'x', 'k=\\', 'k=\\\\\\', 'k=\\a', 'k=\\a\\b\\'])(
    '%j is refused',
    (text) => {
      expect(() => parseFieldSelector(text)).toThrow()
    },
  )

  it('reads terms in any order, and leaves out empty ones', () => {
    expect(parseFieldSelector('x=a,a=x').toString()).toBe(parseFieldSelector('a=x,x=a').toString())
    expect(parseFieldSelector('a=a,').toString()).toBe('a=a')
    expect(parseFieldSelector(',a=a').toString()).toBe('a=a')
    expect(parseFieldSelector('a=avalue,b==bvalue,c!=cvalue').toString()).toBe('a=avalue,b=bvalue,c!=cvalue')
  })

  const fields: Readonly<Record<string, string>> = { ...set, complex: '=value\\,\\', x: 'y', z: 'w', notin: 'in' }
  it.each([
    ['', true],
    ['x=y', true],
    ['x=y,z=w', true],
    ['x!=z,z!=a', true],
    ['notin=in', true],
    ['x=z', false],
    ['x=w,z=w', false],
    ['x!=z,z!=w', false],
    ['foo=bar', true],
    ['baz=blah', true],
    ['foo=bar,baz=blah', true],
    ['foo=bar,baz=blah,complex=\\=value\\\\\\,\\\\', true],
    ['foo=blah', false],
    ['baz=bar', false],
    ['foo=bar,foobar=bar,baz=blah', false],
  ])('%j: %s', (text, want) => {
    expect(parseFieldSelector(text).matches((field) => fields[field])).toBe(want)
  })

  it.each([
    ['', ''],
    ['a', 'a'],
    ['=', '\\='],
    [',', '\\,'],
    ['\\', '\\\\'],
    ['\\=\\,\\', '\\\\\\=\\\\\\,\\\\'],
  ])('escapes %j as %j', (value, text) => {
    expect(escapeValue(value)).toBe(text)
    expect(parseFieldSelector(`f=${text}`).exact('f')).toBe(value)
  })

  it.each([
    ['', undefined],
    ['a=b', undefined],
    ['test=b', 'b'],
    ['test=', ''],
    ['test!=b', undefined],
    ['test!=', undefined],
    ['a=,test=b', 'b'],
  ])('%j asks for exactly %j', (text, want) => {
    expect(parseFieldSelector(text).exact('test')).toBe(want)
  })

  it('of nothing matches everything', () => {
    expect(fieldMatcher([]).empty).toBe(true)
    expect(fieldMatcher([]).matches(() => 'y')).toBe(true)
  })
})
