import { describe, expect, it } from 'vitest'
import { type AuthorizationAttributes, type Authorizer, resourceAttributes } from '../authz/authorizer.ts'
import type { UserInfo } from '../registry/resource.ts'
import { impersonatedUser } from './impersonation.ts'

const listPods = resourceAttributes({ verb: 'list', apiVersion: 'v1', resource: 'pods', namespace: 'default' })
const bob: UserInfo = { name: 'bob', groups: ['system:authenticated'] }
const agent: UserInfo = {
  name: 'system:serviceaccount:default:agent',
  groups: [],
  extra: { 'authentication.kubernetes.io/node-name': ['n1'] },
}

const textOf = ({ verb, apiGroup, resource, subresource, namespace, name }: AuthorizationAttributes) =>
  `${verb} ${apiGroup === '' ? '' : `${apiGroup.split('.')[0]}/`}${resource}${subresource === '' ? '' : `/${subresource}`} ${namespace === '' ? '' : `${namespace}/`}${name}`

/** Allows what is listed, and remembers what it was asked. */
function authorizerFor(...allowed: string[]): Authorizer & { asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    authorize(_user, attributes) {
      const text = textOf(attributes)
      asked.push(text)
      return { allowed: allowed.includes(text), reason: '' }
    },
  }
}

const act = (headers: Record<string, string[]>, authorizer: Authorizer, user = bob) =>
  impersonatedUser(user, headers, listPods, authorizer)

describe('impersonation by the verb impersonate', () => {
  it('gives the user that is named, whom every authenticated user is', () => {
    const authorizer = authorizerFor('impersonate users alice')
    expect(act({ 'impersonate-user': ['alice'] }, authorizer)).toEqual({
      name: 'alice',
      groups: ['system:authenticated'],
    })
  })

  it('asks for each thing that is named', () => {
    const headers = {
      'impersonate-user': ['alice'],
      'impersonate-uid': ['7'],
      'impersonate-group': ['a', 'b'],
      'impersonate-extra-example.com%2fscopes': ['x', 'y'],
    }
    const allowed = [
      'impersonate users alice',
      'impersonate authentication/uids 7',
      'impersonate groups a',
      'impersonate groups b',
      'impersonate authentication/userextras/example.com/scopes x',
      'impersonate authentication/userextras/example.com/scopes y',
    ]
    expect(act(headers, authorizerFor(...allowed))).toEqual({
      name: 'alice',
      uid: '7',
      groups: ['a', 'b', 'system:authenticated'],
      extra: { 'example.com/scopes': ['x', 'y'] },
    })
    for (const one of allowed) {
      const others = allowed.filter((other) => other !== one)
      expect(() => act(headers, authorizerFor(...others)), one).toThrow('is forbidden')
    }
  })

  it('gives a service account the groups that it has', () => {
    const name = 'system:serviceaccount:default:a'
    const authorizer = authorizerFor('impersonate serviceaccounts default/a')
    expect(act({ 'impersonate-user': [name] }, authorizer)).toEqual({
      name,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    })
  })

  it.each([
    { name: 'system:anonymous', groups: [], want: ['system:unauthenticated'] },
    { name: 'alice', groups: ['system:unauthenticated'], want: ['system:unauthenticated'] },
    { name: 'alice', groups: ['system:authenticated'], want: ['system:authenticated'] },
  ])('knows $name with $groups as one of $want', ({ name, groups, want }) => {
    const authorizer = authorizerFor(
      `impersonate users ${name}`,
      ...groups.map((group) => `impersonate groups ${group}`),
    )
    expect(act({ 'impersonate-user': [name], 'impersonate-group': groups }, authorizer).groups).toEqual(want)
  })

  it('refuses headers that name no user', () => {
    expect(() => act({ 'impersonate-group': ['a'] }, authorizerFor())).toThrow(
      'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"a"}, Extra:map[string][]string(nil)} without impersonating a user name',
    )
  })
})

describe('constrained impersonation', () => {
  it.each([
    {
      mode: 'user-info',
      name: 'alice',
      user: bob,
      allowed: ['impersonate-on:user-info:list pods default/', 'impersonate:user-info authentication/users alice'],
      groups: ['system:authenticated'],
    },
    {
      mode: 'serviceaccount',
      name: 'system:serviceaccount:x:y',
      user: bob,
      allowed: [
        'impersonate-on:serviceaccount:list pods default/',
        'impersonate:serviceaccount authentication/serviceaccounts x/y',
      ],
      groups: ['system:serviceaccounts', 'system:serviceaccounts:x', 'system:authenticated'],
    },
    {
      mode: 'arbitrary-node',
      name: 'system:node:n2',
      user: bob,
      allowed: [
        'impersonate-on:arbitrary-node:list pods default/',
        'impersonate:arbitrary-node authentication/nodes n2',
      ],
      groups: ['system:nodes', 'system:authenticated'],
    },
    {
      mode: 'associated-node',
      name: 'system:node:n1',
      user: agent,
      allowed: [
        'impersonate-on:associated-node:list pods default/',
        'impersonate:associated-node authentication/nodes *',
      ],
      groups: ['system:nodes', 'system:authenticated'],
    },
  ])('in the mode $mode needs the right to the user, and to the request', ({ name, user, allowed, groups }) => {
    expect(act({ 'impersonate-user': [name] }, authorizerFor(...allowed), user)).toEqual({ name, groups })
    for (const one of allowed) {
      expect(() => act({ 'impersonate-user': [name] }, authorizerFor(one), user), one).toThrow('is forbidden')
    }
  })

  it('lets a service account act as its own node only', () => {
    const authorizer = authorizerFor(
      'impersonate-on:associated-node:list pods default/',
      'impersonate:associated-node authentication/nodes *',
    )
    expect(() => act({ 'impersonate-user': ['system:node:n2'] }, authorizer, agent)).toThrow('is forbidden')
    expect(authorizer.asked.some((text) => text.includes('associated-node'))).toBe(false)
  })

  it('tells what the first mode lacks when none allows it', () => {
    expect(() => act({ 'impersonate-user': ['alice'] }, authorizerFor())).toThrow(
      'pods is forbidden: User "bob" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "default"',
    )
  })

  it.each<{ groups: string[]; extra: Record<string, string[]>; want: string }>([
    { groups: ['system:masters'], extra: {}, want: 'impersonating the system:masters group is not allowed' },
    { groups: [''], extra: {}, want: 'impersonating the empty string group is not allowed' },
    {
      groups: [],
      extra: { 'impersonate-extra-scopes': ['a'] },
      want: 'impersonating an invalid key in extra is not allowed',
    },
    {
      groups: [],
      extra: { 'impersonate-extra-a.io%2fb': [''] },
      want: 'impersonating the empty string value in extra is not allowed',
    },
  ])('does not allow $groups $extra', ({ groups, extra, want }) => {
    const allowing = authorizerFor(
      'impersonate-on:user-info:list pods default/',
      'impersonate:user-info authentication/users alice',
    )
    const headers = { 'impersonate-user': ['alice'], 'impersonate-group': groups, ...extra }
    expect(() => act(headers, allowing)).toThrow(want)
  })

  it('asks once for many groups', () => {
    const authorizer = authorizerFor(
      'impersonate-on:user-info:list pods default/',
      'impersonate:user-info authentication/users alice',
      'impersonate:user-info authentication/groups *',
    )
    const headers = { 'impersonate-user': ['alice'], 'impersonate-group': ['a', 'b', 'c', 'd'] }
    expect(act(headers, authorizer).groups).toEqual(['a', 'b', 'c', 'd', 'system:authenticated'])
    expect(authorizer.asked.filter((text) => text.includes('groups'))).toHaveLength(1)
  })
})
