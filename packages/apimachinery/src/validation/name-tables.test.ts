import { describe, expect, it } from 'vitest'
import { formatFieldError } from '../errors/field-errors.ts'
import {
  validateDomainPrefixedKey,
  validateDomainPrefixedPath,
  validateFullyQualifiedDomainName,
  validateFullyQualifiedName,
} from './domains.ts'
import {
  isConfigMapKey,
  isDNS1035Label,
  isDNS1123Label,
  isDNS1123Subdomain,
  isDNS1123SubdomainWithUnderscore,
  isHTTPHeaderName,
  isInRange,
  isPercent,
  isPortName,
  isPortNum,
  isQualifiedName,
  isRelaxedEnvVarName,
  isUserID,
  isValidLabelValue,
  isWildcardDNS1123Subdomain,
} from './names.ts'

interface Rule {
  name: string
  refusals: (value: string) => readonly unknown[]
  good: string[]
  bad: string[]
}

/** Words of a line, or of several. */
const words = (text: string): string[] => text.trim().split(/\s+/)

/** What no kind of DNS label or subdomain may be. */
const neverLabels = [
  ...words('A ABC aBc A1 A-1 1-A - a- -a 1- -1 _ a_ _a a_b 1_ _1 1_2 . a. .a 1. .1'),
  '',
  ' ',
  'a ',
  ' a',
  'a b',
  '1 ',
  ' 1',
  '1 2',
]

const rules: Rule[] = [
  {
    name: 'isDNS1123Label',
    refusals: isDNS1123Label,
    good: ['a', 'ab', 'abc', 'a1', 'a-1', 'a--1--2--b', '0', '01', '012', '1a', '1-a', '1--a--b--2', 'a'.repeat(63)],
    bad: [...neverLabels, ...words('a.b 1.2'), 'a'.repeat(64)],
  },
  {
    name: 'isDNS1123Subdomain',
    refusals: isDNS1123Subdomain,
    good: [
      ...words(`
        a ab abc a1 a-1 a--1--2--b 0 01 012 1a 1-a 1--a--b--2 a.a ab.a abc.a a1.a a-1.a a--1--2--b.a a.1 ab.1
        abc.1 a1.1 a-1.1 a--1--2--b.1 0.a 01.a 012.a 1a.a 1-a.a 1--a--b--2 0.1 01.1 012.1 1a.1 1-a.1
        1--a--b--2.1 a.b.c.d.e aa.bb.cc.dd.ee 1.2.3.4.5 11.22.33.44.55
      `),
      'a'.repeat(253),
    ],
    bad: [
      ...neverLabels,
      ...words(`
        a..b 1..2 A.a aB.a ab.A A1.a a1.A A.1 aB.1 A1.1 1A.1 0.A 01.A 012.A 1A.a 1a.A A.B.C.D.E AA.BB.CC.DD.EE
        a.B.c.d.e aa.bB.cc.dd.ee a@b a,b a;b a:b a%b a?b a$b
      `),
      'a'.repeat(254),
    ],
  },
  {
    name: 'isDNS1035Label',
    refusals: isDNS1035Label,
    good: ['a', 'ab', 'abc', 'a1', 'a-1', 'a--1--2--b', 'a'.repeat(63)],
    bad: [...neverLabels, ...words('0 01 012 1a 1-a 1--a--b--2 a.b 1.2'), 'a'.repeat(64)],
  },
  {
    name: 'isPortName',
    refusals: isPortName,
    good: ['telnet', 're-mail-ck', 'pop3', 'a', 'a-1', '1-a', 'a-1-b-2-c', '1-a-2-b-3'],
    bad: [...words('longerthan15characters 12345 1-2-3-4 -begin end- two--hyphens whois++'), '', 'a'.repeat(16)],
  },
  {
    name: 'isQualifiedName',
    refusals: isQualifiedName,
    good: [
      ...words(`
        simple now-with-dashes 1-starts-with-num 1234 simple/simple now-with-dashes/simple
        now-with-dashes/now-with-dashes now.with.dots/simple now-with.dashes-and.dots/simple 1-num.2-num/3-num
        1234/5678 1.2.3.4/5678 Uppercase_Is_OK_123 example.com/Uppercase_Is_OK_123 requests.storage-foo
      `),
      'a'.repeat(63),
      `${'a'.repeat(253)}/${'b'.repeat(63)}`,
    ],
    bad: [
      ...words(`
        nospecialchars%^=@ cantendwithadash- -cantstartwithadash- only/one/slash Example.com/abc example_com/abc
        example.com/ /simple
      `),
      'a'.repeat(64),
      `${'a'.repeat(254)}/abc`,
    ],
  },
  {
    name: 'isValidLabelValue',
    refusals: isValidLabelValue,
    good: ['simple', 'now-with-dashes', '1-starts-with-num', 'end-with-num-1', '1234', 'a'.repeat(63), ''],
    bad: [
      ...words(`
        nospecialchars%^=@ Tama-nui-te-rā.is.Māori.sun -starts-with-dash ends-with-dash- .starts.with.dot
        ends.with.dot.
      `),
      '\\backslashes\\are\\bad',
      'a'.repeat(64),
    ],
  },
  {
    name: 'isHTTPHeaderName',
    refusals: isHTTPHeaderName,
    good: [
      ...words(`
        Accept-Encoding Host If-Modified-Since X-Forwarded-For a ab abc a1 -a a- a-b a-1 a--1--2--b --abc-123 A
        AB AbC A1 -A A- A-B A-1 A--1--2--B --123-ABC
      `),
    ],
    bad: [
      ...words('Host: X-Forwarded-For: X-@Home _ a_ _a 1_ 1_2 . a. .a a.b 1. .1 1.2 #a# ^ , ; = < ? @ {'),
      '',
      ' ',
      'a ',
      ' a',
      'a b',
      '1 ',
      ' 1',
      '1 2',
    ],
  },
  {
    name: 'isPercent',
    refusals: isPercent,
    good: ['0%', '00000%', '1%', '01%', '99%', '100%', '101%'],
    bad: ['', '0', '100', '0.0%', '99.9%', 'hundred', ' 1%', '1% ', '-0%', '-1%', '+1%'],
  },
  {
    name: 'isConfigMapKey',
    refusals: isConfigMapKey,
    good: ['a', 'good', 'good-good', 'still.good', 'this.is.also.good', '.so.is.this', 'THIS_IS_GOOD', 'so_is_this_17'],
    bad: ['.', '..', '..bad', 'b*d', 'bad!&bad'],
  },
  {
    name: 'isWildcardDNS1123Subdomain',
    refusals: isWildcardDNS1123Subdomain,
    good: ['*.example.com', '*.bar.com', '*.foo.bar.com'],
    bad: ['*.*.bar.com', '*.foo.*.com', '*bar.com', 'f*.bar.com', '*'],
  },
  {
    name: 'validateFullyQualifiedDomainName',
    refusals: (value) => validateFullyQualifiedDomainName('f', value),
    good: [
      ...words(`
        a.com k8s.io dev.k8s.io dev.k8s.io. foo.example.com this.is.a.really.long.fqdn bbc.co.uk 10.0.0.1
        hyphens-are-good.k8s.io
      `),
      `${'a'.repeat(63)}.k8s.io`,
      `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(54)}.k8s.io`,
    ],
    bad: [
      ...words(`
        . ... .io com .com Dev.k8s.io .foo.example.com *.example.com *.bar.com *.foo.bar.com
        underscores_are_bad.k8s.io foo@bar.example.com http://foo.example.com
      `),
      `${'a'.repeat(64)}.k8s.io`,
      `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(55)}.k8s.io`,
    ],
  },
  {
    name: 'validateFullyQualifiedName',
    refusals: (value) => validateFullyQualifiedName('f', value),
    good: [
      ...words('dev.k8s.io foo.example.com this.is.a.really.long.fqdn bbc.co.uk 10.0.0.1 hyphens-are-good.k8s.io'),
      `${'a'.repeat(246)}.k8s.io`,
    ],
    bad: [
      ...words(`
        ... dev.k8s.io. .io Dev.k8s.io k8s.io *.example.com *.bar.com *.foo.bar.com underscores_are_bad.k8s.io
        foo@bar.example.com http://foo.example.com
      `),
      `${'a'.repeat(247)}.k8s.io`,
    ],
  },
  {
    name: 'validateDomainPrefixedPath',
    refusals: (value) => validateDomainPrefixedPath('f', value),
    good: [
      ...words(`
        a/b a/b/c/d a.com/foo a.b.c.d/foo k8s.io/foo/bar k8s.io/FOO/BAR dev.k8s.io/more/path
        this.is.a.really.long.fqdn/even/longer/path/just/because bbc.co.uk/path/goes/here 10.0.0.1/foo
        hyphens-are-good.k8s.io/and-in-paths-too
      `),
      `${'a'.repeat(240)}.k8s.io/a`,
      `k8s.io/${'a'.repeat(240)}`,
    ],
    bad: [
      ...words(`
        . ... /b com .com a.b.c.d/foo?a=b a.b.c.d/foo#a Dev.k8s.io .foo.example.com *.example.com
        underscores_are_bad.k8s.io underscores_are_bad.k8s.io/foo foo@bar.example.com
        foo@bar.example.com/foo
      `),
      'example.com/foo{}[]@^`',
      `${'a'.repeat(247)}.k8s.io`,
    ],
  },
  {
    name: 'isRelaxedEnvVarName',
    refusals: isRelaxedEnvVarName,
    good: [...words('- : _ +a >a <a a. a.. *a %a ?a a:a a_a aAz ~a |a a0a a9 /a #a 0a (a @a'), 'a ', '0 a', "'a"],
    bad: ['', '=', 'a=', '1=a', 'a=b', '#%=&&', '\x01' + 'abc', '\x82' + 'abc', 'Ç ç', 'Ä ä', 'Ñ ñ', 'Ø ø'],
  },
  {
    name: 'isDNS1123SubdomainWithUnderscore',
    refusals: isDNS1123SubdomainWithUnderscore,
    good: ['example.com', '_example.com', 'sub._example.com', 'sub-domain.example.com', 'sub_domain.example.com'],
    bad: [
      ...words('Example.com -example.com example.com- example@.com example..com _'),
      '',
      `a.${'\0'.repeat(251)}.com`,
    ],
  },
]

describe.each(rules)('$name', ({ refusals, good, bad }) => {
  it.each(good)('accepts %j', (value) => {
    expect(refusals(value)).toEqual([])
  })

  it.each(bad)('refuses %j', (value) => {
    expect(refusals(value)).not.toEqual([])
  })
})

describe('numbers', () => {
  it.each<[(value: number) => string[], number[], number[]]>([
    [isPortNum, [1, 2, 1000, 16384, 32768, 65535], [0, -1, 65536, 100000]],
    [isUserID, [0, 1, 1000, 65535, 2147483647], [-1, -1003, 2147483648, 4147483647]],
  ])('of %o', (refusals, good, bad) => {
    expect(good.flatMap(refusals)).toEqual([])
    for (const value of bad) expect(refusals(value)).toHaveLength(1)
  })

  it.each([
    [1, 0, 10, true],
    [5, 5, 20, true],
    [25, 10, 25, true],
    [1, 2, 10, false],
    [5, -4, 2, false],
    [25, 100, 120, false],
  ])('%d from %d to %d: %s', (value, min, max, want) => {
    expect(isInRange(value, min, max).length === 0).toBe(want)
  })
})

describe('refusals of domains', () => {
  const subdomain = 'a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters'
  it.each([
    ['k8s.io', 'should be a domain with at least three segments separated by dots'],
    ['http://foo.k8s.io', subdomain],
    ['example@foo.k8s.io', subdomain],
    ['', 'Required value'],
    ['A.B.C', subdomain],
  ])('%j: %s', (name, want) => {
    expect(validateFullyQualifiedName('f', name).map(formatFieldError).join()).toContain(want)
  })

  const key = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end"
  it.each([
    ['example.com/foo', ''],
    ['example/com', ''],
    ['example', 'f: Invalid value: "example": must be a domain-prefixed key (such as "acme.io/foo")'],
    ['example/foo/bar', `f: Invalid value: "example/foo/bar": a valid label key ${key}`],
    ['/example/foo', `f: Invalid value: "/example/foo": a valid label key ${key}`],
    ['', 'f: Required value'],
    ['example.com/_e', `f: Invalid value: "example.com/_e": name part ${key}`],
    ['example.com/e_', `f: Invalid value: "example.com/e_": name part ${key}`],
    ['example.com/e?', `f: Invalid value: "example.com/e?": name part ${key}`],
    ['example.com/e_$', `f: Invalid value: "example.com/e_$": name part ${key}`],
  ])('the key %j: %s', (value, want) => {
    const found = validateDomainPrefixedKey('f', value).map(formatFieldError)
    expect(found).toHaveLength(want === '' ? 0 : 1)
    expect(found.join()).toContain(want)
  })
})
