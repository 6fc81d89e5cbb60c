import { describe, expect, it } from 'vitest'
import * as names from './names.ts'

const long = (length: number) => 'a'.repeat(length)

describe('names', () => {
  it.each([
    {
      rule: names.isDNS1123Label,
      valid: ['a', '0', 'a-b', long(63)],
      invalid: ['', '-a', 'a-', 'A', 'a_b', 'a.b', long(64)],
    },
    {
      rule: names.isDNS1123Subdomain,
      valid: ['a', 'a.b', '0.1', long(253)],
      invalid: ['', '.a', 'a..b', 'A', long(254)],
    },
    { rule: names.isDNS1035Label, valid: ['a', 'a1', 'a-b'], invalid: ['', '1a', '-a', 'a-', 'a.b'] },
    {
      rule: names.isQualifiedName,
      valid: ['a', 'A.b_c', 'x.io/A', long(63)],
      invalid: ['', '/a', 'a/', 'a/b/c', 'X/a', long(64), 'ä'],
    },
    { rule: names.isValidLabelValue, valid: ['', 'a', 'A.b_c-1', long(63)], invalid: ['-a', 'a-', 'a b', long(64)] },
    { rule: names.isConfigMapKey, valid: ['a', '.a', 'A_b.c-1'], invalid: ['', '.', '..', '..a', 'a/b'] },
    { rule: names.isEnvVarName, valid: ['A', '_a.b-c'], invalid: ['', '1a', 'a b', '..'] },
    { rule: names.isRelaxedEnvVarName, valid: ['1a', 'a b', '~'], invalid: ['', 'a=b', 'ä', '\x01'] },
    { rule: names.isCIdentifier, valid: ['a', '_1'], invalid: ['', '1a', 'a-b'] },
    { rule: names.isPortName, valid: ['http', 'a1', '1-a'], invalid: ['', 'A', '1', 'a--b', '-a', 'a-', long(16)] },
    { rule: names.isPercent, valid: ['1%', '250%'], invalid: ['1', '%', '1.5%', '-1%'] },
    { rule: names.isHTTPHeaderName, valid: ['X-A'], invalid: ['', 'a b', 'a:'] },
    { rule: names.isFullyQualifiedDomainName, valid: ['a.b', 'a.b.'], invalid: ['a', '', 'A.b', `a.${long(64)}`] },
    { rule: names.isWildcardDNS1123Subdomain, valid: ['*.a.b'], invalid: ['*', '*a.b', 'a.b', '*.*.a'] },
    { rule: names.isPathSegmentName, valid: ['a:b', 'A'], invalid: ['.', '..', 'a/b', 'a%'] },
  ])('$rule.name tells valid from invalid', ({ rule, valid, invalid }) => {
    for (const value of valid) expect(rule(value), value).toEqual([])
    for (const value of invalid) expect(rule(value), value).not.toEqual([])
  })

  it.each([
    { got: names.isPortNum(0), want: ['must be between 1 and 65535, inclusive'] },
    { got: names.isPortNum(65535), want: [] },
    {
      got: names.isDNS1123Label('A'),
      want: [
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      ],
    },
    { got: names.isDNS1123Label('a.b'), want: ['must not contain dots'] },
    {
      got: names.isDNS1123Subdomain('A'),
      want: [
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ],
    },
    {
      got: names.isQualifiedName('a/-'),
      want: [
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
    },
    {
      got: names.isPortName('-'),
      want: ['must contain at least one letter (a-z)', 'must not begin or end with a hyphen'],
    },
  ])('refusals are worded as upstream words them: $want', ({ got, want }) => {
    expect(got).toEqual(want)
  })

  it('a generateName may end with the dash that it is cut at', () => {
    expect(names.nameIsDNSLabel('web-', true)).toEqual([])
    expect(names.nameIsDNSLabel('web-', false)).not.toEqual([])
    expect(names.nameIsDNSSubdomain('-', true)).not.toEqual([])
  })
})
