import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { ClusterRole, ConfigMap, Namespace, Pod, RoleBinding, Secret, ServiceAccount } from '@wherry/api'
import { realClock, realRandom, silentLogger } from '@wherry/component-base'
import { openMemoryStorage } from '@wherry/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type APIServer, newAPIServer } from '../src/index.ts'
import { type KeyPair, newTestAuthority } from '../testing/certificates.ts'

const authority = newTestAuthority(Date.now())
const administrator = { user: { name: 'test', groups: ['system:masters'] } }
const admin = authority.issue('kubernetes-admin', { organizations: ['system:masters'] })
const bob = authority.issue('bob', { organizations: ['devs'] })
const node = authority.issue('system:node:n1', { organizations: ['system:nodes'] })
const expired = authority.issue('old', { from: Date.now() - 7200_000, until: Date.now() - 3600_000 })
const stranger = newTestAuthority(Date.now()).issue('kubernetes-admin', { organizations: ['system:masters'] })

let server: APIServer
let port = 0
let stop = async () => {}

beforeAll(async () => {
  const storage = await openMemoryStorage()
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  server = newAPIServer({
    storage,
    clock: realClock,
    random: realRandom,
    logger: silentLogger,
    options: {
      bindAddress: '127.0.0.1',
      securePort: 0,
      tls: { ...authority.issue('apiserver'), clientCA: authority.ca },
      authorizationModes: ['Node', 'RBAC'],
      serviceAccountIssuer: 'https://kubernetes.default.svc',
      serviceAccountSigningKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      kubelet: {},
      advertiseAddress: '127.0.0.1',
      serviceClusterIPRange: '127.64.0.0/16',
      serviceNodePortRange: [30_000, 32_767],
      allowLoopbackEndpoints: true,
    },
  })
  const controller = new AbortController()
  const running = server.run(controller.signal)
  port = (await server.listening()).port
  stop = async () => {
    controller.abort()
    await running
    await storage.close()
  }
  const { behaviours } = server
  await behaviours.store(ServiceAccount).create({ metadata: { name: 'default', namespace: 'default' } }, administrator)
  for (const name of ['mine', 'other']) {
    await behaviours.store(Secret).create({ metadata: { name, namespace: 'default' } }, administrator)
  }
  await behaviours.store(Pod).create(
    {
      metadata: { name: 'p', namespace: 'default' },
      spec: {
        nodeName: 'n1',
        containers: [{ name: 'c', image: 'i' }],
        volumes: [{ name: 'v', secret: { secretName: 'mine' } }],
      },
    },
    administrator,
  )
})

afterAll(() => stop())

interface Call {
  readonly as?: KeyPair
  readonly token?: string
  readonly method?: string
  readonly body?: object
  readonly headers?: Record<string, string | string[]>
}

async function call(path: string, { as, token, method = 'GET', body, headers = {} }: Call = {}) {
  const sent = request({
    host: '127.0.0.1',
    port,
    path,
    method,
    ca: authority.ca,
    ...as,
    agent: false,
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
  })
  sent.end(body && JSON.stringify(body))
  const [response]: IncomingMessage[] = await once(sent, 'response')
  if (!response) throw new Error('no response')
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  const json = text.startsWith('{') ? JSON.parse(text) : {}
  return { status: response.statusCode, json, message: json.message }
}

const podsOf = (who: string) =>
  `pods is forbidden: User "${who}" cannot list resource "pods" in API group "" in the namespace "default"`
const pods = '/api/v1/namespaces/default/pods'

describe('a client certificate', () => {
  it('of system:masters may do everything', async () => {
    expect(await call(pods, { as: admin })).toMatchObject({ status: 200, json: { kind: 'PodList' } })
  })

  it('names a user and groups, who need a role', async () => {
    expect(await call(pods, { as: bob })).toMatchObject({ status: 403, message: podsOf('bob') })
    await server.behaviours.store(RoleBinding).create(
      {
        metadata: { name: 'devs-view', namespace: 'default' },
        subjects: [{ kind: 'Group', name: 'devs', apiGroup: 'rbac.authorization.k8s.io' }],
        roleRef: { kind: 'ClusterRole', name: 'view', apiGroup: 'rbac.authorization.k8s.io' },
      },
      administrator,
    )
    expect(await call(pods, { as: bob })).toMatchObject({ status: 200 })
    expect((await call('/api/v1/namespaces/default/secrets', { as: bob })).status).toBe(403)
  })

  it.each([
    { name: 'of another authority', as: stranger },
    { name: 'out of its time', as: expired },
  ])('$name is unauthorized', async ({ as }) => {
    expect(await call(pods, { as })).toMatchObject({
      status: 401,
      json: { reason: 'Unauthorized', message: 'Unauthorized' },
    })
  })
})

describe('no credentials', () => {
  it('reach health and version only', async () => {
    expect((await call('/version')).json).toMatchObject({ major: '1', minor: '36' })
    expect((await call('/livez')).status).toBe(200)
    expect(await call(pods)).toMatchObject({ status: 403, message: podsOf('system:anonymous') })
    expect(await call('/metrics')).toMatchObject({
      status: 403,
      message: 'forbidden: User "system:anonymous" cannot get path "/metrics"',
    })
  })
})

describe('a service account token', () => {
  it('is asked for, and stands for its account', async () => {
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'p' }
    const body = { spec: { boundObjectRef } }
    const path = '/api/v1/namespaces/default/serviceaccounts/default/token'
    const { status, json } = await call(path, { as: admin, method: 'POST', body })
    expect(status).toBe(201)
    const token: string = json.status.token
    expect(await call(pods, { token })).toMatchObject({
      status: 403,
      message: podsOf('system:serviceaccount:default:default'),
    })
    const { json: self } = await call('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      token,
      method: 'POST',
      body: {},
    })
    expect(self.status.userInfo).toMatchObject({
      username: 'system:serviceaccount:default:default',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/pod-name': ['p'] },
    })
    expect((await call(pods, { token: `${token}x` })).status).toBe(401)
  })

  it('can be checked by others: the server publishes its keys', async () => {
    const { json } = await call('/.well-known/openid-configuration', { as: admin })
    expect(json).toMatchObject({
      issuer: 'https://kubernetes.default.svc',
      jwks_uri: `https://127.0.0.1:${port}/openid/v1/jwks`,
    })
    expect((await call('/openid/v1/jwks', { as: admin })).json.keys).toMatchObject([
      { use: 'sig', alg: 'ES256', kty: 'EC' },
    ])
  })
})

describe('a node', () => {
  it('reads what its pods need, by name only', async () => {
    const secret = (name: string) => call(`/api/v1/namespaces/default/secrets/${name}`, { as: node })
    expect((await secret('mine')).status).toBe(200)
    expect(await secret('other')).toMatchObject({
      status: 403,
      message:
        'secrets "other" is forbidden: User "system:node:n1" cannot get resource "secrets" in API group "" in the namespace "default": no relationship found between node \'n1\' and this object',
    })
    const selected = '/api/v1/namespaces/default/secrets?fieldSelector=metadata.name%3Dmine'
    expect((await call(selected, { as: node })).json.items).toHaveLength(1)
    expect((await call('/api/v1/namespaces/default/secrets', { as: node })).status).toBe(403)
  })

  it('registers itself, tainted, and no other', async () => {
    const create = (name: string) => call('/api/v1/nodes', { as: node, method: 'POST', body: { metadata: { name } } })
    expect(await create('n2')).toMatchObject({
      status: 403,
      message: 'nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"',
    })
    expect((await create('n1')).json).toMatchObject({ spec: { taints: [{ key: 'node.kubernetes.io/not-ready' }] } })
  })
})

describe('impersonation', () => {
  it('needs the verb for each thing that is named', async () => {
    const as = (who: KeyPair, headers: Record<string, string | string[]>) => call(pods, { as: who, headers })
    expect(await as(bob, { 'Impersonate-User': 'alice' })).toMatchObject({
      status: 403,
      message:
        'pods is forbidden: User "bob" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "default"',
    })
    expect(await as(admin, { 'Impersonate-User': 'alice' })).toMatchObject({ status: 403, message: podsOf('alice') })
    expect((await as(admin, { 'Impersonate-User': 'alice', 'Impersonate-Group': ['x', 'devs'] })).status).toBe(200)
    expect((await as(admin, { 'Impersonate-Group': 'x' })).status).toBe(400)
  })
})

describe('who grants more than they hold', () => {
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  const rules = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] }]

  it('is refused, with what they lack', async () => {
    await server.behaviours.store(Namespace).create({ metadata: { name: 'carol' } }, administrator)
    await server.behaviours.store(RoleBinding).create(
      {
        metadata: { name: 'roles', namespace: 'carol' },
        subjects: [{ kind: 'User', name: 'carol', apiGroup: 'rbac.authorization.k8s.io' }],
        roleRef: { kind: 'ClusterRole', name: 'role-writer', apiGroup: 'rbac.authorization.k8s.io' },
      },
      administrator,
    )
    await server.behaviours.store(ClusterRole).create(
      {
        metadata: { name: 'role-writer' },
        rules: [{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles', 'rolebindings'], verbs: ['create'] }],
      },
      administrator,
    )
    const carol = authority.issue('carol')
    const create = (what: string, body: object) =>
      call(`${rbac}/namespaces/carol/${what}`, { as: carol, method: 'POST', body })
    expect(await create('roles', { metadata: { name: 'r' }, rules })).toMatchObject({
      status: 403,
      message:
        'roles.rbac.authorization.k8s.io "r" is forbidden: user "carol" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}',
    })
    const roleRef = { kind: 'ClusterRole', name: 'cluster-admin', apiGroup: 'rbac.authorization.k8s.io' }
    expect(await create('rolebindings', { metadata: { name: 'b' }, subjects: [], roleRef })).toMatchObject({
      status: 403,
      message: expect.stringContaining('is attempting to grant RBAC permissions not currently held'),
    })
    const own = { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['create'] }
    expect((await create('roles', { metadata: { name: 'r' }, rules: [own] })).status).toBe(201)
  })
})

describe('what the server makes itself', () => {
  it('is there: the client CA for extension servers too', () => {
    const key = { namespace: 'kube-system', name: 'extension-apiserver-authentication' }
    expect(server.behaviours.store(ConfigMap).get(key)?.data?.['client-ca-file']).toBe(authority.ca)
  })
})
