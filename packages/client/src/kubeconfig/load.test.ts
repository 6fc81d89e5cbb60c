import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { FakeClock } from '@wherry/component-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { InvalidConfiguration, KubeconfigError } from './errors.ts'
import { kubeconfigToWrite } from './files.ts'
import { type LoadOptions, loadKubeconfig } from './load.ts'

let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'wherry-kubeconfig-'))
})

afterEach(() => rm(home, { recursive: true }))

async function write(path: string, text: string): Promise<string> {
  const file = join(home, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
  return file
}

const one = `
apiVersion: v1
kind: Config
clusters:
- name: one
  cluster: {server: https://one:6443, certificate-authority-data: Q0E=}
contexts:
- name: one
  context: {cluster: one, user: me, namespace: mine}
- name: bare
  context: {cluster: one, user: me}
users:
- name: me
  user: {token: secret}
current-context: one
`
const two = `
clusters:
- name: two
  cluster: {server: https://two}
- name: one
  cluster: {server: https://other}
contexts:
- name: two
  context: {cluster: two, user: certs}
users:
- name: certs
  user: {client-certificate: pki/me.crt, client-key: pki/me.key}
current-context: two
`

const load = (options: LoadOptions = {}, env: Record<string, string> = {}) =>
  loadKubeconfig({ HOME: home, ...env }, options)

describe('a kubeconfig', () => {
  it('is the default file where nothing else is said', async () => {
    await write('.kube/config', one)
    const { config, namespace, contextName } = await load()
    expect(config).toEqual({ server: 'https://one:6443', ca: 'CA', token: 'secret', namespace: 'mine' })
    expect([namespace, contextName]).toEqual(['mine', 'one'])
  })

  it('is merged from the files of $KUBECONFIG, of which the first to name something decides', async () => {
    const files = [
      await write('a', one),
      await write('missing/b', two).then(() => join(home, 'none')),
      join(home, 'missing/b'),
    ]
    await write('missing/pki/me.crt', 'CERT')
    await write('missing/pki/me.key', 'KEY')
    const env = { KUBECONFIG: files.join(':') }
    expect((await load({}, env)).config.server).toBe('https://one:6443')
    const { config, raw } = await load({ context: 'two' }, env)
    expect(config).toMatchObject({ server: 'https://two', cert: 'CERT', key: 'KEY' })
    expect(raw.clusters.map(({ name, cluster }) => `${name} ${cluster.server}`)).toEqual([
      'one https://one:6443',
      'two https://two',
    ])
  })

  it('falls back to the namespace called default', async () => {
    await write('.kube/config', one)
    expect((await load({ context: 'bare' })).namespace).toBe('default')
  })

  it('gives way to what the command line says', async () => {
    await write('.kube/config', one)
    const { config, namespace } = await load({ server: 'https://there', token: 'mine', namespace: 'ns', as: 'jane' })
    expect(namespace).toBe('ns')
    expect(config).toMatchObject({ server: 'https://there', token: 'mine', impersonate: { user: 'jane' } })
  })

  it('no longer trusts its own CA when the command line trusts everyone', async () => {
    await write('.kube/config', one)
    const { config } = await load({ insecureSkipTLSVerify: true })
    expect(config.insecureSkipTLSVerify).toBe(true)
    expect(config.ca).toBeUndefined()
  })

  it('means the server of long ago when there is none', async () => {
    expect((await load()).config.server).toBe('http://localhost:8080')
    expect((await load({}, { KUBERNETES_MASTER: 'https://m' })).config.server).toBe('https://m')
  })

  it('reads a token file when it is asked for, and again a minute later', async () => {
    const clock = new FakeClock()
    const token = await write('token', 'first\n')
    await write('.kube/config', one.replace('{token: secret}', '{tokenFile: ../token}'))
    const { config } = await load({ clock })
    const ask = () => (typeof config.token === 'function' ? config.token() : config.token)
    expect(ask()).toBe('first')
    await writeFile(token, 'second')
    expect(ask()).toBe('first')
    await clock.advance(60_000)
    expect(ask()).toBe('second')
    await rm(token)
    await clock.advance(60_000)
    expect(ask()).toBe('second')
  })

  it('does not send credentials to a server without TLS', async () => {
    await write('.kube/config', one.replace('https://one:6443', 'http://one'))
    expect((await load()).config).toEqual({ server: 'http://one', namespace: 'mine' })
  })
})

describe("what is wrong is said in kubectl's words", () => {
  it.each<{ name: string; text?: string; options?: LoadOptions; want: string | RegExp }>([
    { name: 'a context that is not there', options: { context: 'x' }, want: 'context "x" does not exist' },
    { name: 'a user that is not there', options: { user: 'x' }, want: 'auth info "x" does not exist' },
    { name: 'a cluster that is not there', options: { cluster: 'x' }, want: 'cluster "x" does not exist' },
    {
      name: 'a current context that is not there',
      text: one.replace('current-context: one', 'current-context: gone'),
      want: 'invalid configuration: context was not found for specified context: gone',
    },
    {
      name: 'a certificate without a key',
      text: one.replace('token: secret', 'client-certificate-data: Q0E='),
      want: 'invalid configuration: client-key-data or client-key must be specified for me to use the clientCert authentication method.',
    },
    {
      name: 'two ways to log in',
      text: one.replace('token: secret', 'token: secret, username: u'),
      want: 'more than one authentication method found for me; found [token basicAuth], only one is allowed',
    },
    {
      name: 'a CA and no check of it',
      text: one.replace('certificate-authority-data', 'insecure-skip-tls-verify: true, certificate-authority-data'),
      want: 'specifying a root certificates file with the insecure flag is not allowed',
    },
    {
      name: 'no kubeconfig at all',
      text: 'hello',
      want: /error loading config file "[^"]*config": couldn't get version\/kind/,
    },
    {
      name: 'a value of the wrong type',
      text: 'clusters: 5',
      want: /error loading config file .*cannot unmarshal number into Go struct field Config.clusters of type \[\]v1.NamedCluster$/,
    },
    {
      name: 'a value of the wrong type further down',
      text: one.replace('token: secret', 'token: 5'),
      want: 'cannot unmarshal number into Go struct field AuthInfo.users.user.token of type string',
    },
    {
      name: 'another kind of file',
      text: one.replace('kind: Config', 'kind: Pod'),
      want: 'no kind "Pod" is registered for version "v1" in scheme "k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50"',
    },
    {
      name: 'a token file that is not there',
      text: one.replace('token: secret', 'tokenFile: t'),
      want: /^open .*\/t: no such file or directory$/,
    },
    { name: 'data that is not base64', text: one.replace('Q0E=', '"!"'), want: 'illegal base64 data at input byte 0' },
    {
      name: 'a file that cannot be read',
      text: one.replace('certificate-authority-data: Q0E=', 'certificate-authority: ca.crt'),
      want: /unable to read certificate-authority .*ca.crt for one due to open .*ca.crt: no such file or directory/,
    },
  ])('$name', async ({ text = one, options = {}, want }) => {
    await write('.kube/config', text)
    const loading = load(options)
    await expect(loading).rejects.toThrow(want)
    await expect(loading).rejects.toThrow(KubeconfigError)
  })

  it('several problems at once', async () => {
    await write('.kube/config', one.replace('token: secret', 'token: secret, username: u, as-uid: "5"'))
    const error = await load().catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(InvalidConfiguration)
    expect(String(error)).toMatch(/invalid configuration: \[more than one .*, requesting uid, groups .*\]$/)
  })

  it('a given file that is not there', async () => {
    const path = join(home, 'none')
    await expect(load({ path })).rejects.toThrow(`stat ${path}: no such file or directory`)
  })
})

describe('the file to write to', () => {
  it('is the first that is there, else the first that is named', async () => {
    const there = await write('b', one)
    const env = { KUBECONFIG: `${join(home, 'a')}:${there}` }
    expect(await kubeconfigToWrite(env)).toBe(there)
    await rm(there)
    expect(await kubeconfigToWrite(env)).toBe(join(home, 'a'))
    expect(await kubeconfigToWrite({ HOME: home })).toBe(join(home, '.kube/config'))
  })
})
