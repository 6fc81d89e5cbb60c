import type { KubeObject } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { fakeBehaviours } from '../../testing/fake-behaviours.ts'
import type { UserInfo } from '../registry/resource.ts'
import { forbiddenError, newAuthorizer, pathAttributes, resourceAttributes } from './authorizer.ts'

const rbac = 'rbac.authorization.k8s.io/v1'
const bob: UserInfo = { name: 'bob', groups: ['devs', 'system:authenticated'] }
const getPods = resourceAttributes({ verb: 'get', resource: 'pods', namespace: 'default' })

function clusterRole(name: string, verbs: string[], resources: string[]): KubeObject {
  const role = {
    apiVersion: rbac,
    kind: 'ClusterRole',
    metadata: { name },
    rules: [{ apiGroups: [''], resources, verbs }],
  }
  return role
}

function bind(kind: string, role: string, subject: object, namespace?: string): KubeObject {
  const binding = {
    apiVersion: rbac,
    kind,
    metadata: { name: `${role}-binding`, namespace },
    subjects: [subject],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  }
  return binding
}

const asUser = (name: string) => ({ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name })

describe('the RBAC authorizer', () => {
  it('allows nothing without a binding', () => {
    const authorizer = newAuthorizer({ behaviours: fakeBehaviours(), modes: ['Node', 'RBAC'] })
    expect(authorizer.authorize(bob, getPods)).toEqual({ allowed: false, reason: '' })
  })

  it('allows members of system:masters everything', () => {
    const authorizer = newAuthorizer({ behaviours: fakeBehaviours(), modes: ['Node', 'RBAC'] })
    const root = { name: 'root', groups: ['system:masters'] }
    expect(authorizer.authorize(root, pathAttributes('get', '/metrics')).allowed).toBe(true)
  })

  it.each([
    { name: 'a user', subject: asUser('bob') },
    { name: 'a group', subject: { ...asUser('devs'), kind: 'Group' } },
  ])('follows a binding to $name, and says which', ({ subject }) => {
    const behaviours = fakeBehaviours([
      clusterRole('reader', ['get'], ['pods']),
      bind('ClusterRoleBinding', 'reader', subject),
    ])
    const decision = newAuthorizer({ behaviours, modes: ['Node', 'RBAC'] }).authorize(bob, getPods)
    expect(decision).toEqual({
      allowed: true,
      reason: `RBAC: allowed by ClusterRoleBinding "reader-binding" of ClusterRole "reader" to ${subject.kind} "${subject.name}"`,
    })
  })

  it('keeps a role binding to its namespace', () => {
    const behaviours = fakeBehaviours([
      clusterRole('reader', ['get'], ['pods']),
      bind('RoleBinding', 'reader', { kind: 'ServiceAccount', name: 'app' }, 'default'),
    ])
    const authorizer = newAuthorizer({ behaviours, modes: ['Node', 'RBAC'] })
    const app = { name: 'system:serviceaccount:default:app', groups: [] }
    expect(authorizer.authorize(app, getPods).allowed).toBe(true)
    expect(authorizer.authorize(app, { ...getPods, namespace: 'other' }).allowed).toBe(false)
    expect(authorizer.authorize(app, { ...getPods, namespace: '' }).allowed).toBe(false)
  })

  it('sees a role or binding as soon as it is written, and no longer once it is gone', () => {
    const behaviours = fakeBehaviours([clusterRole('reader', ['list'], ['pods'])])
    const authorizer = newAuthorizer({ behaviours, modes: ['Node', 'RBAC'] })
    expect(authorizer.authorize(bob, getPods).allowed).toBe(false)
    behaviours.put(bind('ClusterRoleBinding', 'reader', asUser('bob')))
    expect(authorizer.authorize(bob, getPods).allowed).toBe(false)
    behaviours.put(clusterRole('reader', ['get', 'list'], ['pods']))
    expect(authorizer.authorize(bob, getPods).allowed).toBe(true)
    behaviours.remove({ kind: 'ClusterRoleBinding' }, { name: 'reader-binding' })
    expect(authorizer.authorize(bob, getPods).allowed).toBe(false)
  })
})

describe('a role that is made of others', () => {
  it('holds their rules as soon as they are there', () => {
    const labels = { 'example.com/part-of': 'all' }
    const whole = {
      ...clusterRole('all', [], []),
      rules: [],
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: labels }] },
    }
    const behaviours = fakeBehaviours([whole, bind('ClusterRoleBinding', 'all', asUser('bob'))])
    const authorizer = newAuthorizer({ behaviours, modes: ['Node', 'RBAC'] })
    expect(authorizer.authorize(bob, getPods).allowed).toBe(false)
    const part = clusterRole('part', ['get'], ['pods'])
    behaviours.put({ ...part, metadata: { ...part.metadata, labels } })
    expect(authorizer.authorize(bob, getPods).allowed).toBe(true)
  })
})

describe('a node', () => {
  const node = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] }
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default' },
    spec: {
      nodeName: 'n1',
      serviceAccountName: 'app',
      containers: [{ name: 'c', envFrom: [{ configMapRef: { name: 'settings' } }] }],
      volumes: [{ name: 'v', secret: { secretName: 'password' } }],
    },
  }
  const authorizer = newAuthorizer({ behaviours: fakeBehaviours([pod]), modes: ['Node', 'RBAC'] })
  const ask = (verb: string, resource: string, more = {}) =>
    authorizer.authorize(node, resourceAttributes({ verb, resource, namespace: 'default', ...more }))

  it('reads what its pods refer to, and no more', () => {
    expect(ask('get', 'secrets', { name: 'password' }).allowed).toBe(true)
    expect(ask('watch', 'configmaps', { name: 'settings' }).allowed).toBe(true)
    expect(ask('get', 'secrets', { name: 'other' })).toEqual({
      allowed: false,
      reason: "no relationship found between node 'n1' and this object",
    })
    expect(ask('list', 'secrets')).toEqual({ allowed: false, reason: 'No Object name found' })
    expect(ask('delete', 'secrets', { name: 'password' }).reason).toBe('can only read resources of this type')
  })

  it('makes tokens for the service accounts of its pods', () => {
    expect(ask('create', 'serviceaccounts', { name: 'app', subresource: 'token' }).allowed).toBe(true)
    expect(ask('create', 'serviceaccounts', { name: 'default', subresource: 'token' }).allowed).toBe(false)
  })

  it('keeps its own lease', () => {
    const lease = { apiGroup: 'coordination.k8s.io', namespace: 'kube-node-lease' }
    expect(ask('update', 'leases', { ...lease, name: 'n1' }).allowed).toBe(true)
    expect(ask('update', 'leases', { ...lease, name: 'n2' }).allowed).toBe(false)
    expect(ask('update', 'leases', { ...lease, name: 'n1', namespace: 'default' }).reason).toBe(
      'can only access leases in the "kube-node-lease" system namespace',
    )
  })

  it('reports pods and its node', () => {
    expect(ask('patch', 'pods', { name: 'p', subresource: 'status' }).allowed).toBe(true)
    expect(ask('create', 'nodes', { namespace: '' }).allowed).toBe(true)
    expect(ask('delete', 'nodes', { namespace: '', name: 'n1' }).allowed).toBe(false)
  })

  it.each([
    { verb: 'get', resource: 'nodes', more: { name: 'n1' }, want: undefined },
    { verb: 'watch', resource: 'nodes', more: { name: 'n1' }, want: undefined },
    {
      verb: 'list',
      resource: 'nodes',
      more: {},
      want: "node 'n1' cannot read all nodes, only its own Node object",
    },
    {
      verb: 'get',
      resource: 'nodes',
      more: { name: 'n2' },
      want: "node 'n1' cannot read 'n2', only its own Node object",
    },
    { verb: 'get', resource: 'pods', more: { name: 'p' }, want: undefined },
    {
      verb: 'get',
      resource: 'pods',
      more: { name: 'q' },
      want: "no relationship found between node 'n1' and this object",
    },
    { verb: 'list', resource: 'pods', more: { fieldSelector: 'spec.nodeName=n1' }, want: undefined },
    {
      verb: 'watch',
      resource: 'pods',
      more: { fieldSelector: 'a=b,spec.nodeName=n1', namespace: '' },
      want: undefined,
    },
    ...['', 'spec.nodeName=n2', 'spec.nodeName!=n1', 'spec.nodeName'].map((fieldSelector) => ({
      verb: 'list',
      resource: 'pods',
      more: { fieldSelector },
      want: 'can only list/watch pods with spec.nodeName field selector',
    })),
    { verb: 'list', resource: 'pods', more: { name: 'p' }, want: undefined },
    {
      verb: 'list',
      resource: 'resourceslices',
      more: { apiGroup: 'resource.k8s.io', fieldSelector: 'spec.nodeName=n1' },
      want: undefined,
    },
    {
      verb: 'list',
      resource: 'resourceslices',
      more: { apiGroup: 'resource.k8s.io' },
      want: 'can only list/watch/deletecollection resourceslices with nodeName field selector',
    },
  ])('may $verb $resource $more: $want', ({ verb, resource, more, want }) => {
    expect(ask(verb, resource, more)).toEqual({ allowed: want === undefined, reason: want ?? '' })
  })
})

describe('a refused request', () => {
  it.each([
    {
      attributes: resourceAttributes({ verb: 'list', resource: 'pods', namespace: 'default' }),
      want: 'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default"',
    },
    {
      attributes: resourceAttributes({
        verb: 'get',
        apiGroup: 'apps',
        resource: 'deployments',
        subresource: 'scale',
        name: 'a',
      }),
      want: 'deployments.apps "a" is forbidden: User "bob" cannot get resource "deployments/scale" in API group "apps" at the cluster scope',
    },
    { attributes: pathAttributes('get', '/<b>'), want: 'forbidden: User "bob" cannot get path "/&lt;b&gt;"' },
  ])('is told $want', ({ attributes, want }) => {
    expect(forbiddenError(bob, attributes).message).toBe(want)
  })
})
