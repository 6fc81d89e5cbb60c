import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Kubectl, kubectl, uniqueName } from '../../harness/cluster.ts'
import { type Result, run } from '../../harness/run.ts'
import { type KubectlVersion, root, toolPath } from '../../harness/tools.ts'

const chart = join(root, 'e2e/testdata/harbour')

/** Helm 4 applies on the server where it is not told to do otherwise. */
const modes: { name: string; version: KubectlVersion; flags: string[] }[] = [
  { name: 'Helm 4.2, server-side apply', version: '1.36', flags: [] },
  { name: 'Helm 4.2, three-way patches', version: '1.36', flags: ['--server-side=false'] },
  { name: 'Helm 4.1, server-side apply', version: '1.35', flags: [] },
]

describe.each(modes)('a chart ($name)', ({ version, flags }) => {
  const namespace = uniqueName('helm')
  let k: Kubectl
  const helmRun = (args: string, more: readonly string[] = []): Promise<Result> =>
    run(toolPath('helm', version), ['-n', namespace, ...args.split(' '), ...more], {
      timeoutMs: 100_000,
      env: { KUBECONFIG: inject('kubeconfig'), HELM_CACHE_HOME: join(root, '.cache/helm') },
    })
  const helm = async (args: string, more: readonly string[] = []): Promise<string> => {
    const { code, stdout, stderr } = await helmRun(args, more)
    if (code !== 0) throw new Error(`helm ${args} → ${code}\n${stdout}${stderr}`)
    return stdout
  }
  const field = (object: string, path: string) => k.field(object, path)

  beforeAll(async () => {
    k = kubectl('1.36', namespace)
    await k.ok(['create', 'namespace', namespace])
  })
  afterAll(async () => {
    await k.ok(['delete', 'namespace', namespace, '--timeout=60s'])
    await k.ok('delete crd boats.harbour.example.com --ignore-not-found --timeout=60s')
  })

  it('is shown by a dry run on the server, which stores nothing', async () => {
    const shown = await helm(`install ship ${chart} --dry-run=server --set boat=false`, flags)
    expect(shown).toMatch(/kubernetes: v1\.36\./)
    expect(shown).toContain(`namespace-uid: "${await field(`namespace/${namespace}`, '{.metadata.uid}')}"`)
    expect(await k.ok('get deployments -o name')).toBe('')
  })

  it('is installed with its definitions, hook first, and waited for', async () => {
    const out = await helm(`install ship ${chart} --wait --timeout 60s`, flags)
    expect(out).toContain('STATUS: deployed')
    expect(out).toContain('ship says ahoy in revision 1.')
    expect(await field('deployment/ship', '{.status.readyReplicas}')).toBe('1')
    expect(await field('job/ship-pre-install', '{.status.succeeded}')).toBe('1')
    expect(await k.ok('logs job/ship-pre-install')).toBe('pre-install of ship\n')
    expect(await field('boats.harbour.example.com/ship', '{.spec.oars} {.spec.name}')).toBe('1 unnamed')
    expect(await field('configmap/ship-config', '{.data.boats}')).toBe('true')
    const managers = await k.ok(
      'get deployment ship --show-managed-fields -o jsonpath={.metadata.managedFields[*].manager}',
    )
    expect(managers.split(' ')).toContain('helm')
  })

  it('passes its own test', async () => {
    expect(await helm('test ship --logs')).toContain('tested ahoy')
  })

  it('is upgraded, and what lookup finds stays', async () => {
    const password = await field('secret/ship-password', '{.data.password}')
    const values = '--set replicas=2,greeting=hello'
    expect(await helm(`upgrade ship ${chart} ${values} --wait --timeout 60s`, flags)).toContain('revision 2')
    expect(await field('deployment/ship', '{.status.readyReplicas}')).toBe('2')
    expect(await field('secret/ship-password', '{.data.password}')).toBe(password)
    expect(await k.ok('logs job/ship-post-upgrade')).toBe('post-upgrade of ship\n')
    expect(await field('boats.harbour.example.com/ship', '{.spec.oars}')).toBe('2')
    expect(await helm('get values ship -o json')).toBe('{"greeting":"hello","replicas":2}\n')
  })

  it('removes what an upgrade no longer has', async () => {
    await helm(`upgrade ship ${chart} --reuse-values --set boat=false`, flags)
    expect(await k.fails('get boats.harbour.example.com ship')).toContain('not found')
  })

  it('remembers its history and rolls back', async () => {
    expect(await helm('rollback ship 1 --wait --timeout 60s', flags)).toContain('Rollback was a success')
    const history = JSON.parse(await helm('history ship -o json'))
    expect(history).toMatchObject([
      { revision: 1, status: 'superseded' },
      { revision: 2, status: 'superseded' },
      { revision: 3, status: 'superseded' },
      { revision: 4, status: 'deployed', description: 'Rollback to 1' },
    ])
    expect(await field('configmap/ship-config', '{.data.greeting}')).toBe('ahoy')
    expect(await field('deployment/ship', '{.spec.replicas}')).toBe('1')
    expect(await field('boats.harbour.example.com/ship', '{.spec.oars}')).toBe('1')
  })

  it('fails an upgrade that the server refuses, in its words', async () => {
    const refused = await helmRun(`upgrade ship ${chart} --set replicas=-1`, flags)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('spec.replicas: Invalid value: -1: must be greater than or equal to 0')
    expect(JSON.parse(await helm('history ship -o json')).at(-1)).toMatchObject({ revision: 5, status: 'failed' })
  })

  it('gives up an installation that does not get ready, and cleans up after it', async () => {
    const args = `install wreck ${chart} --set image=registry.example/none:1,boat=false`
    const failed = await helmRun(`${args} --rollback-on-failure --timeout 3s`, flags)
    expect(failed.code, failed.stdout).toBe(1)
    expect(failed.stderr).toContain('wreck')
    expect(await k.ok('get deployments,services -l app.kubernetes.io/instance=wreck -o name')).toBe('')
    expect(await helm('list -q')).toBe('ship\n')
  })

  it('is uninstalled with all that it made, but for its definitions', async () => {
    expect(await helm('uninstall ship --wait --timeout 60s')).toContain('release "ship" uninstalled')
    expect(await k.ok('get deployments,services,secrets,boats.harbour.example.com -o name')).toBe('')
    expect(await k.ok('get crd boats.harbour.example.com -o name')).toContain('boats.harbour.example.com')
    expect(await helm('list -q')).toBe('')
  })
})
