import { readFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Authority, newAuthority } from '../harness/certificates.ts'
import { eventually } from '../harness/eventually.ts'
import { type Running, run, start } from '../harness/run.ts'
import { root, toolPath, wherry } from '../harness/tools.ts'

/** Each component by itself, under upstream's flags, with certificates that an administrator made by hand. */

const nodeIP = '127.45.0.1'
const components = ['apiserver', 'controller-manager', 'scheduler', 'service-router', 'node-agent']
const running: Running[] = []
let folder: string
let authority: Authority
let port: number

const file = (name: string) => join(folder, name)
const kubectl = (args: string, kubeconfig = 'admin', input = '') =>
  run(toolPath('kubectl', '1.36'), args.split(' '), { input, env: { KUBECONFIG: file(`${kubeconfig}.kubeconfig`) } })

async function output(args: string, kubeconfig = 'admin', input = ''): Promise<string> {
  const { code, stdout, stderr } = await kubectl(args, kubeconfig, input)
  if (code !== 0) throw new Error(`kubectl ${args}: ${stderr}`)
  return stdout
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wherry-alone-'))
  port = await freePort()
  authority = await newAuthority(folder)
  const proxies = await newAuthority(folder, 'proxy-ca')
  await Promise.all([
    authority.issue({ name: 'apiserver', subject: '/CN=kube-apiserver', names: 'IP:127.0.0.1,DNS:kubernetes' }),
    authority.issue({ name: 'kubelet', subject: '/O=system:nodes/CN=system:node:alone', names: `IP:${nodeIP}` }),
    authority.issue({ name: 'kubelet-client', subject: '/O=system:masters/CN=kube-apiserver-kubelet-client' }),
    proxies.issue({ name: 'proxy', subject: '/CN=front-proxy' }),
    proxies.issue({ name: 'other-proxy', subject: '/CN=somebody' }),
    newUser('admin', '/O=system:masters/CN=admin'),
    newUser('controller-manager', '/CN=system:kube-controller-manager'),
    newUser('scheduler', '/CN=system:kube-scheduler'),
    newUser('proxy-user', '/CN=system:kube-proxy'),
    newUser('node', '/O=system:nodes/CN=system:node:alone'),
    ...['sa', 'old-sa'].map((name) =>
      run('openssl', ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', file(`${name}.key`)]),
    ),
    writeFile(file('tokens.csv'), 'secret-token,carol,uid-carol,"devs,testers"\n'),
  ])
  await run('openssl', ['pkey', '-in', file('old-sa.key'), '-pubout', '-out', file('old-sa.pub')])
  const pair = (flag: string, name: string) => [
    `--${flag}-cert-file=${file(`${name}.crt`)}`,
    `--${flag}-private-key-file=${file(`${name}.key`)}`,
  ]
  startComponent('apiserver', [
    `--data-dir=${file('data')}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    ...pair('tls', 'apiserver'),
    `--client-ca-file=${file('ca.crt')}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    '--anonymous-auth=false',
    `--token-auth-file=${file('tokens.csv')}`,
    '--service-cluster-ip-range=127.77.0.0/16',
    '--service-account-issuer=https://alone.example',
    '--service-account-issuer=https://former.example',
    `--service-account-signing-key-file=${file('sa.key')}`,
    `--service-account-key-file=${file('sa.key')}`,
    `--service-account-key-file=${file('old-sa.pub')}`,
    `--kubelet-client-certificate=${file('kubelet-client.crt')}`,
    `--kubelet-client-key=${file('kubelet-client.key')}`,
    `--kubelet-certificate-authority=${file('ca.crt')}`,
    '--kubelet-preferred-address-types=InternalIP,Hostname',
    `--requestheader-client-ca-file=${file('proxy-ca.crt')}`,
    '--requestheader-allowed-names=front-proxy',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    '--allow-loopback-endpoints',
  ])
  startComponent('controller-manager', [
    `--kubeconfig=${file('controller-manager.kubeconfig')}`,
    '--controllers=*',
    '--leader-elect=true',
    '--use-service-account-credentials=true',
    `--root-ca-file=${file('ca.crt')}`,
    `--cluster-signing-cert-file=${file('ca.crt')}`,
    `--cluster-signing-key-file=${file('ca.key')}`,
    '--cluster-signing-duration=24h',
  ])
  startComponent('scheduler', [`--kubeconfig=${file('scheduler.kubeconfig')}`, '--leader-elect=true', '--v=2'])
  startComponent('service-router', [
    `--kubeconfig=${file('proxy-user.kubeconfig')}`,
    `--nodeport-addresses=${nodeIP}/32`,
  ])
  startComponent('node-agent', [
    `--kubeconfig=${file('node.kubeconfig')}`,
    '--hostname-override=alone',
    `--node-ip=${nodeIP}`,
    `--address=${nodeIP}`,
    '--port=10250',
    `--root-dir=${file('node')}`,
    '--pod-cidr=127.145.0.0/24',
    ...pair('tls', 'kubelet'),
    `--client-ca-file=${file('ca.crt')}`,
    '--authentication-token-webhook=true',
    '--authorization-mode=Webhook',
    '--node-labels=zone=a',
    '--max-pods=20',
    `--hello-dir=${join(root, 'packages/node-agent/images/hello')}`,
  ])
  await eventually(async () =>
    expect(await output('get node alone -o jsonpath={.status.conditions[?(@.type=="Ready")].status}')).toBe('True'),
  )
})

afterAll(async () => {
  // Containers outlive their agent.
  await kubectl('delete deployment --all --cascade=foreground --timeout=30s')
  for (const component of running.reverse()) await component.stop()
  await rm(folder, { recursive: true, force: true })
})

function startComponent(component: string, flags: string[]): void {
  running.push(start(wherry, [component, ...flags]))
}

async function newUser(name: string, subject: string): Promise<void> {
  await authority.issue({ name: `user-${name}`, subject })
  await writeKubeconfig(name, `user-${name}`)
}

function writeKubeconfig(name: string, identity: string): Promise<void> {
  const user = { 'client-certificate': file(`${identity}.crt`), 'client-key': file(`${identity}.key`) }
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'c', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority': file('ca.crt') } },
    ],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  }
  return writeFile(file(`${name}.kubeconfig`), JSON.stringify(config))
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

interface Asked {
  certificate?: string
  headers?: Record<string, string>
}

/** Who the server says one is. */
async function whoAmI({ certificate, headers = {} }: Asked): Promise<{ code: number; body: string }> {
  const [ca, cert, key] = await Promise.all([
    readFile(file('ca.crt')),
    certificate === undefined ? undefined : readFile(file(`${certificate}.crt`)),
    certificate === undefined ? undefined : readFile(file(`${certificate}.key`)),
  ])
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port,
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      agent: false,
      ca,
      cert,
      key,
    })
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      let body = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => {
        body += chunk
      })
      incoming.on('end', () => resolve({ code: incoming.statusCode ?? 0, body }))
    })
    outgoing.end(JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }))
  })
}

describe('five components, each started by hand', () => {
  it('run a pod, behind a Service', async () => {
    await output('create deployment web --image=wherry/hello --port=8080')
    await output('expose deployment web --port=8080')
    await output('rollout status deployment web --timeout=60s')
    const pod = (await output('get pods -o jsonpath={.items[0].metadata.name}')).trim()
    expect((await output(`exec ${pod} -- echo from inside`)).trim()).toBe('from inside')
    const address = await output('get service web -o jsonpath={.spec.clusterIP}')
    const answer = await eventually(() => fetch(`http://${address}:8080/`), 5000)
    expect(answer.status).toBe(200)
  })

  it('hold their leases under names that no other process has', async () => {
    const leases = await output(
      'get leases -n kube-system -o jsonpath={range.items[*]}{.metadata.name}={.spec.holderIdentity};{end}',
    )
    expect(leases).toMatch(/kube-controller-manager=\S+_[0-9a-f]{8}-[0-9a-f-]{27};/)
    expect(leases).toMatch(/kube-scheduler=\S+_[0-9a-f]{8}-[0-9a-f-]{27};/)
  })

  it('give each controller a service account of its own', async () => {
    const accounts = await output('get serviceaccounts -n kube-system -o name')
    expect(accounts.split('\n')).toEqual(
      expect.arrayContaining(['serviceaccount/deployment-controller', 'serviceaccount/replicaset-controller']),
    )
  })

  it('sign what kubectl approves', async () => {
    const made = await run('openssl', [
      ...['req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/O=devs/CN=dora'],
      ...['-keyout', file('dora.key'), '-out', file('dora.csr')],
    ])
    expect(made.code).toBe(0)
    const wish = {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name: 'dora' },
      spec: {
        request: (await readFile(file('dora.csr'))).toString('base64'),
        signerName: 'kubernetes.io/kube-apiserver-client',
        usages: ['client auth'],
        expirationSeconds: 3600,
      },
    }
    await output('create -f -', 'admin', JSON.stringify(wish))
    expect(await output('certificate approve dora')).toBe(
      'certificatesigningrequest.certificates.k8s.io/dora approved\n',
    )
    const certificate = await eventually(async () => {
      const text = await output('get csr dora -o jsonpath={.status.certificate}')
      if (text === '') throw new Error('not signed yet')
      return Buffer.from(text, 'base64')
    })
    await writeFile(file('dora.crt'), certificate)
    await writeKubeconfig('dora', 'dora')
    expect(await output('auth whoami -o jsonpath={.status.userInfo.username}:{.status.userInfo.groups}', 'dora')).toBe(
      'dora:["devs","system:authenticated"]',
    )
  })

  it('know the users of a token file, and nobody else', async () => {
    const known = await whoAmI({ headers: { authorization: 'Bearer secret-token' } })
    expect(JSON.parse(known.body).status.userInfo).toEqual({
      username: 'carol',
      uid: 'uid-carol',
      groups: ['devs', 'testers', 'system:authenticated'],
    })
    expect((await whoAmI({ headers: { authorization: 'Bearer nonsense' } })).code).toBe(401)
    expect((await whoAmI({})).code).toBe(401)
  })

  it('believe the proxy that they were told of, and no other', async () => {
    const headers = { 'x-remote-user': 'paul', 'x-remote-group': 'devs', 'x-remote-extra-scopes': 'a' }
    const proxied = await whoAmI({ certificate: 'proxy', headers })
    expect(JSON.parse(proxied.body).status.userInfo).toEqual({
      username: 'paul',
      groups: ['devs', 'system:authenticated'],
      extra: { scopes: ['a'] },
    })
    expect((await whoAmI({ certificate: 'other-proxy', headers })).code).toBe(401)
    // A user's own certificate says who it is, whatever the headers say.
    const user = await whoAmI({ certificate: 'user-admin', headers })
    expect(JSON.parse(user.body).status.userInfo.username).toBe('admin')
  })

  it('serve their keys and the issuer, the former one’s too', async () => {
    const discovery = JSON.parse(await output('get --raw /.well-known/openid-configuration'))
    expect(discovery).toMatchObject({
      issuer: 'https://alone.example',
      id_token_signing_alg_values_supported: ['RS256'],
    })
    expect(JSON.parse(await output('get --raw /openid/v1/jwks')).keys).toHaveLength(2)
  })
})

describe('a flag that there is not', () => {
  it.each(components)('is refused by the %s', async (component) => {
    const { code, stderr } = await run(wherry, [component, '--nonsense=1'])
    expect([code, stderr]).toEqual([1, `${component}: unknown flag: --nonsense\n`])
  })
})
