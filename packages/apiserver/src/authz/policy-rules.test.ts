import { describe, expect, it } from 'vitest'
import { pathAttributes, resourceAttributes } from './attributes.ts'
import { compactRules, ruleAllows, ruleText, uncoveredRules } from './policy-rules.ts'
import { rule, urlRule } from './rule.ts'

describe('a policy rule', () => {
  it.each([
    {
      name: 'a resource that it names',
      rule: rule('get', 'core', 'pods'),
      ask: { verb: 'get', resource: 'pods' },
      want: true,
    },
    { name: 'another verb', rule: rule('get', 'core', 'pods'), ask: { verb: 'list', resource: 'pods' }, want: false },
    {
      name: 'another group',
      rule: rule('get', 'core', 'pods'),
      ask: { verb: 'get', apiGroup: 'apps', resource: 'pods' },
      want: false,
    },
    {
      name: 'a subresource of it',
      rule: rule('get', 'core', 'pods'),
      ask: { verb: 'get', resource: 'pods', subresource: 'log' },
      want: false,
    },
    {
      name: 'a subresource by name',
      rule: rule('get', 'core', 'pods/log'),
      ask: { verb: 'get', resource: 'pods', subresource: 'log' },
      want: true,
    },
    {
      name: 'one subresource of all',
      rule: rule('get', '*', '*/scale'),
      ask: { verb: 'get', apiGroup: 'apps', resource: 'deployments', subresource: 'scale' },
      want: true,
    },
    {
      name: 'everything under a star',
      rule: rule('*', '*', '*'),
      ask: { verb: 'patch', apiGroup: 'apps', resource: 'x', subresource: 'y' },
      want: true,
    },
    {
      name: 'a name in its list',
      rule: rule('get', 'core', 'secrets', 'a b'),
      ask: { verb: 'get', resource: 'secrets', name: 'b' },
      want: true,
    },
    {
      name: 'a name out of its list',
      rule: rule('get', 'core', 'secrets', 'a b'),
      ask: { verb: 'get', resource: 'secrets', name: 'c' },
      want: false,
    },
    {
      name: 'a list, when it names objects',
      rule: rule('list', 'core', 'secrets', 'a'),
      ask: { verb: 'list', resource: 'secrets' },
      want: false,
    },
  ])('covers $name: $want', ({ rule: given, ask, want }) => {
    expect(ruleAllows(given, resourceAttributes(ask))).toBe(want)
  })

  it.each([
    { url: '/healthz', path: '/healthz', want: true },
    { url: '/healthz', path: '/healthz/etcd', want: false },
    { url: '/healthz/*', path: '/healthz/etcd', want: true },
    { url: '*', path: '/metrics', want: true },
    { url: '/api/*', path: '/apis/apps', want: false },
  ])('of $url covers the path $path: $want', ({ url, path, want }) => {
    expect(ruleAllows(urlRule('get', url), pathAttributes('get', path))).toBe(want)
  })

  it('for resources covers no path, and the other way round', () => {
    expect(ruleAllows(rule('*', '*', '*'), pathAttributes('get', '/metrics'))).toBe(false)
    expect(ruleAllows(urlRule('*', '*'), resourceAttributes({ verb: 'get', resource: 'pods' }))).toBe(false)
  })
})

describe('rules that someone may not grant', () => {
  it('are those of each verb and resource that they do not hold', () => {
    const missing = uncoveredRules([rule('get list', 'core', 'pods')], [rule('get delete', 'core', 'pods secrets')])
    expect(compactRules(missing).map(ruleText)).toEqual([
      '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}',
      '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete"]}',
    ])
  })

  it('are none where stars cover them', () => {
    expect(uncoveredRules([rule('*', '*', '*')], [rule('get', 'apps', 'deployments', 'a')])).toEqual([])
    expect(uncoveredRules([urlRule('*', '/api*')], [urlRule('get', '/apis/*')])).toEqual([])
  })

  it('are all names, for who holds only some', () => {
    const held = [rule('get', 'core', 'secrets', 'a')]
    expect(uncoveredRules(held, [rule('get', 'core', 'secrets', 'a')])).toEqual([])
    expect(uncoveredRules(held, [rule('get', 'core', 'secrets')])).toHaveLength(1)
    expect(uncoveredRules(held, [rule('get', 'core', 'secrets', 'a b')]).map(ruleText)).toEqual([
      '{APIGroups:[""], Resources:["secrets"], ResourceNames:["b"], Verbs:["get"]}',
    ])
  })
})
