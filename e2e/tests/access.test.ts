import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { uniqueName } from '../harness/cluster.ts'
import { eventually } from '../harness/eventually.ts'
import { describeWithKubectl } from '../harness/kubectl-suite.ts'
import { run } from '../harness/run.ts'

describeWithKubectl(
  'who may do what',
  (k) => {
    it('auth whoami tells name and groups', async () => {
      expect(await k().ok('auth whoami')).toMatch(/Username +kubernetes-admin\nGroups +\[.*system:authenticated\]/)
      expect(await k().ok('auth whoami --as=jane --as-group=crew')).toMatch(
        /Username +jane\nGroups +\[crew system:authenticated\]/,
      )
    })

    it('auth can-i follows roles and their bindings', async () => {
      await k().ok('create role reader --verb=get,list --resource=configmaps')
      await k().ok('create rolebinding reader --role=reader --user=jane')
      const canI = async (question: string) => (await k().run(`auth can-i ${question}`)).stdout.trim()
      await eventually(async () => expect(await canI('list configmaps --as=jane')).toBe('yes'))
      expect(await canI('delete configmaps --as=jane')).toBe('no')
      expect(await canI('get pods --subresource=log --as=jane')).toBe('no')
      expect(await canI('create nodes')).toBe('yes')
      expect(await k().ok('auth can-i --list --as=jane')).toMatch(/configmaps +\[\] +\[\] +\[get list\]/)
      expect(await k().fails('get secrets --as=jane')).toBe(
        `Error from server (Forbidden): secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" in the namespace "${k().namespace}"\n`,
      )
    })

    it('auth reconcile adds what is missing', async () => {
      const input = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: ${k().namespace}}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
`
      expect(await k().ok('auth reconcile -f -', { input })).toContain('reconciled')
      expect(await k().field('role/reader', '{.rules[*].resources}')).toContain('secrets')
    })

    it('a token of a service account logs in until its account is gone', async () => {
      await k().ok('create serviceaccount robot')
      const token = (await k().ok('create token robot --duration=10m')).trim()
      const name = `system:serviceaccount:${k().namespace}:robot`
      const anonymous = await withoutCredentials(k())
      expect(await k().ok(['--kubeconfig', anonymous, '--token', token, 'auth', 'whoami'])).toContain(name)
      expect(await k().fails(['--kubeconfig', anonymous, '--token', token, 'get', 'pods'])).toContain(
        `User "${name}" cannot list`,
      )
      await k().ok('delete serviceaccount robot')
      await eventually(async () => {
        expect(await k().fails(['--kubeconfig', anonymous, '--token', token, 'get', 'pods'])).toMatch(
          /Unauthorized|logged in/,
        )
      })
      expect(await k().fails(['--kubeconfig', anonymous, '--token', 'nonsense', 'get', 'pods'])).toMatch(
        /Unauthorized|logged in/,
      )
    })

    it('a certificate is requested, approved, signed and used; another is denied', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'wherry-csr-'))
      onTestFinished(() => rm(folder, { recursive: true }))
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const key = join(folder, 'key.pem')
      await writeFile(key, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
      const request = await run('openssl', ['req', '-new', '-key', key, '-subj', '/O=judges/CN=jane'])
      expect(request.code, request.stderr).toBe(0)
      const [good, bad] = [uniqueName('good'), uniqueName('bad')]
      for (const name of [good, bad]) {
        const spec = {
          request: Buffer.from(request.stdout).toString('base64'),
          signerName: 'kubernetes.io/kube-apiserver-client',
          usages: ['client auth'],
          expirationSeconds: 3600,
        }
        const apiVersion = 'certificates.k8s.io/v1'
        const object = { apiVersion, kind: 'CertificateSigningRequest', metadata: { name }, spec }
        await k().ok('create -f -', { input: JSON.stringify(object) })
      }
      onTestFinished(async () => void (await k().ok(['delete', 'csr', good, bad])))
      expect(await k().ok(['certificate', 'approve', good])).toContain('approved')
      expect(await k().ok(['certificate', 'deny', bad])).toContain('denied')
      expect(await k().ok(['get', 'csr', bad])).toMatch(/Denied/)
      const certificate = await eventually(async () => {
        const text = await k().field(`csr/${good}`, '{.status.certificate}')
        expect(text).not.toBe('')
        return text
      })
      expect(await k().ok(['get', 'csr', good])).toMatch(/kubernetes-admin +60m +Approved,Issued/)
      const cert = join(folder, 'cert.pem')
      await writeFile(cert, Buffer.from(certificate, 'base64'))
      const anonymous = await withoutCredentials(k())
      const login = ['--kubeconfig', anonymous, '--client-certificate', cert, '--client-key', key]
      expect(await k().ok([...login, 'auth', 'whoami'])).toMatch(
        /Username +jane\nGroups +\[judges system:authenticated\]/,
      )
    })

    /** A kubeconfig of this cluster that nobody has logged in with. */
    async function withoutCredentials(client: ReturnType<typeof k>): Promise<string> {
      const folder = await mkdtemp(join(tmpdir(), 'wherry-nobody-'))
      onTestFinished(() => rm(folder, { recursive: true }))
      const view = JSON.parse(await client.ok('config view --minify --raw -o json'))
      const file = join(folder, 'kubeconfig')
      await writeFile(file, JSON.stringify({ ...view, users: [{ name: view.users[0].name, user: {} }] }), {
        mode: 0o600,
      })
      return file
    }
  },
  ['kubectl 1.36'],
)
