import { ClusterRole, ClusterRoleBinding, EndpointSlice, Namespace, Service, ServiceCIDR } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { fakeBehaviours } from '../../testing/fake-behaviours.ts'
import { newAuthorizer, resourceAttributes } from '../authz/authorizer.ts'
import { ensureBootstrapObjects } from './bootstrap.ts'
import { firstAddress } from './server-endpoints.ts'

const address = { advertiseAddress: '127.0.0.1', securePort: 6443 }
const key = { namespace: 'default', name: 'kubernetes' }

describe('the objects of every cluster', () => {
  it('are made where they are missing', async () => {
    const behaviours = fakeBehaviours()
    await ensureBootstrapObjects(behaviours, address)
    expect(
      behaviours
        .store(Namespace)
        .list()
        .map(({ metadata }) => metadata.name),
    ).toEqual(['default', 'kube-system', 'kube-public', 'kube-node-lease'])
    expect(behaviours.store(Service).get(key)?.spec).toMatchObject({
      clusterIP: '127.64.0.1',
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
    })
    expect(behaviours.store(EndpointSlice).get(key)).toMatchObject({
      addressType: 'IPv4',
      endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
      ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
    })
    expect(behaviours.store(ServiceCIDR).get({ name: 'kubernetes' })).toMatchObject({
      spec: { cidrs: ['127.64.0.0/16'] },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    })
  })

  it('are only read where they are there', async () => {
    const behaviours = fakeBehaviours()
    await ensureBootstrapObjects(behaviours, address)
    const { writes } = behaviours
    await ensureBootstrapObjects(behaviours, address)
    expect(behaviours.writes).toBe(writes)
  })

  it('follow the server to another port', async () => {
    const behaviours = fakeBehaviours()
    await ensureBootstrapObjects(behaviours, address)
    await ensureBootstrapObjects(behaviours, { ...address, securePort: 7443 })
    expect(behaviours.store(Service).get(key)?.spec?.ports?.[0]?.targetPort).toBe(7443)
    expect(behaviours.store(EndpointSlice).get(key)?.ports?.[0]?.port).toBe(7443)
  })
})

describe('a role of upstream', () => {
  it('gets back what it lacks, and keeps what was added to it', async () => {
    const behaviours = fakeBehaviours()
    await ensureBootstrapObjects(behaviours, address)
    const own = { apiGroups: ['example.com'], resources: ['things'], verbs: ['get'] }
    await behaviours.store(ClusterRole).update(
      { name: 'system:kube-dns' },
      (role) => {
        role.rules = [own]
      },
      { user: { name: 'bob', groups: [] } },
    )
    await ensureBootstrapObjects(behaviours, address)
    expect(behaviours.store(ClusterRole).get({ name: 'system:kube-dns' })?.rules).toEqual([
      own,
      { apiGroups: [''], resources: ['endpoints'], verbs: ['list', 'watch'] },
      { apiGroups: [''], resources: ['services'], verbs: ['list', 'watch'] },
    ])
  })

  it('is left alone when an administrator says so', async () => {
    const behaviours = fakeBehaviours()
    await ensureBootstrapObjects(behaviours, address)
    await behaviours.store(ClusterRoleBinding).update(
      { name: 'system:basic-user' },
      (binding) => {
        binding.metadata.annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' }
        binding.subjects = []
      },
      { user: { name: 'bob', groups: [] } },
    )
    await ensureBootstrapObjects(behaviours, address)
    expect(behaviours.store(ClusterRoleBinding).get({ name: 'system:basic-user' })?.subjects).toEqual([])
  })

  it('is enough for the component that it is for', async () => {
    const behaviours = fakeBehaviours()
    await ensureBootstrapObjects(behaviours, address)
    const authorizer = newAuthorizer({ behaviours, modes: ['Node', 'RBAC'] })
    const may = (name: string, verb: string, resource: string, more = {}) =>
      authorizer.authorize(
        { name, groups: ['system:authenticated'] },
        resourceAttributes({ verb, resource, namespace: 'default', ...more }),
      ).allowed
    const controller = 'system:serviceaccount:kube-system:deployment-controller'
    expect(may(controller, 'create', 'replicasets', { apiGroup: 'apps' })).toBe(true)
    expect(may(controller, 'update', 'deployments', { apiGroup: 'apps', subresource: 'status' })).toBe(true)
    expect(may(controller, 'create', 'pods')).toBe(false)
    const manager = 'system:kube-controller-manager'
    expect(may(manager, 'create', 'serviceaccounts', { subresource: 'token' })).toBe(true)
    expect(may(manager, 'create', 'replicasets', { apiGroup: 'apps' })).toBe(false)
    expect(may('system:kube-scheduler', 'create', 'pods', { subresource: 'binding' })).toBe(true)
    expect(may('system:kube-scheduler', 'create', 'pods')).toBe(false)
    expect(may('system:kube-proxy', 'watch', 'endpointslices', { apiGroup: 'discovery.k8s.io' })).toBe(true)
    expect(may('system:kube-proxy', 'get', 'secrets')).toBe(false)
  })

  it('holds what its parts hold, where it is made of others', async () => {
    const behaviours = fakeBehaviours()
    await ensureBootstrapObjects(behaviours, address)
    const rules = (name: string) => behaviours.store(ClusterRole).get({ name })?.rules ?? []
    const covers = (name: string, resource: string, verb: string) =>
      rules(name).some((rule) => rule.resources?.includes(resource) && rule.verbs.includes(verb))
    expect(covers('view', 'pods', 'get')).toBe(true)
    expect(covers('view', 'secrets', 'get')).toBe(false)
    expect(covers('edit', 'secrets', 'get')).toBe(true)
    expect(covers('edit', 'rolebindings', 'create')).toBe(false)
    expect(covers('admin', 'rolebindings', 'create')).toBe(true)
  })
})

describe('the first address', () => {
  it.each([
    { range: '10.96.0.0/12', want: '10.96.0.1' },
    { range: '127.64.0.0/16', want: '127.64.0.1' },
    { range: 'fd00::/108', want: 'fd00::1' },
  ])('of $range is $want', ({ range, want }) => {
    expect(firstAddress(range)).toBe(want)
  })
})
