import { join } from 'node:path'
import { expect, it } from 'vitest'
import { eventually } from '../harness/eventually.ts'
import { describeWithKubectl } from '../harness/kubectl-suite.ts'
import { root } from '../harness/tools.ts'

describeWithKubectl('workloads', (k) => {
  const uids = async (selector: string) =>
    (await k().ok(['get', 'pods', '-l', selector, '-o', 'jsonpath={.items[*].metadata.uid}']))
      .split(' ')
      .filter(Boolean)

  it('scale changes how many pods run', async () => {
    await k().ok('create deployment web --image=wherry/hello')
    await k().ok('rollout status deployment/web --timeout=60s')
    await k().ok('scale deployment web --replicas=3')
    await k().ok('wait --for=jsonpath={.status.readyReplicas}=3 deployment/web --timeout=60s')
    await k().ok('scale deployment web --replicas=1')
    await eventually(async () => expect(await uids('app=web')).toHaveLength(1))
    expect(await k().fails('scale deployment web --replicas=2 --current-replicas=5')).toContain(
      'Expected replicas to be 5',
    )
  })

  it('a pod that is deleted is replaced', async () => {
    const [before] = await uids('app=web')
    await k().ok('delete pod -l app=web')
    await k().ok('wait --for=jsonpath={.status.readyReplicas}=1 deployment/web --timeout=60s')
    expect(await uids('app=web')).not.toContain(before)
  })

  it('set image rolls out, history remembers, undo goes back', async () => {
    await k().ok('set image deployment/web hello=wherry/hello:nowhere')
    expect((await k().run('rollout status deployment/web --timeout=2s')).code).not.toBe(0)
    expect(await k().ok('rollout history deployment/web')).toMatch(/\n1 +<none>\n2 +<none>\n/)
    expect(await k().ok('rollout undo deployment/web')).toBe('deployment.apps/web rolled back\n')
    await k().ok('rollout status deployment/web --timeout=60s')
    expect(await k().field('deployment/web', '{.spec.template.spec.containers[0].image}')).toBe('wherry/hello')
    expect(await k().ok('rollout history deployment/web')).toMatch(/\n2 +<none>\n3 +<none>\n/)
  })

  it('rollout restart replaces the pods', async () => {
    const before = await uids('app=web')
    await k().ok('rollout restart deployment/web')
    await k().ok('rollout status deployment/web --timeout=60s')
    await eventually(async () => {
      const after = await uids('app=web')
      expect(after).toHaveLength(1)
      expect(before).not.toContain(after[0])
    })
  })

  it('pause and resume hold a rollout', async () => {
    await k().ok('rollout pause deployment/web')
    await k().ok('set env deployment/web A=1')
    expect(await k().fails('rollout restart deployment/web')).toContain('paused')
    await k().ok('rollout resume deployment/web')
    await k().ok('rollout status deployment/web --timeout=60s')
  })

  it('label, annotate and patch change metadata', async () => {
    await k().ok('label deployment web tier=front')
    expect(await k().fails('label deployment web tier=back')).toContain(
      'already has a value (front), and --overwrite is false',
    )
    await k().ok('label deployment web tier-')
    await k().ok('annotate deployment web note=kept')
    await k().ok(['patch', 'deployment', 'web', '-p', '{"spec":{"minReadySeconds":1}}'])
    await k().ok([
      'patch',
      'deployment',
      'web',
      '--type=json',
      '-p',
      '[{"op":"remove","path":"/spec/minReadySeconds"}]',
    ])
    await k().ok(['patch', 'deployment', 'web', '--type=merge', '-p', '{"metadata":{"annotations":{"note":null}}}'])
    expect(await k().field('deployment/web', '{.metadata.labels.tier}{.metadata.annotations.note}')).toBe('')
  })

  it('edit changes an object through an editor', async () => {
    const editor = `${process.execPath} ${join(root, 'e2e/testdata/editor.mjs')} "  replicas: 1" "  replicas: 2"`
    expect(await k().ok('edit deployment web', { env: { KUBE_EDITOR: editor } })).toBe('deployment.apps/web edited\n')
    await k().ok('wait --for=jsonpath={.status.readyReplicas}=2 deployment/web --timeout=60s')
    const cancelled = await k().run('edit deployment web', { env: { KUBE_EDITOR: 'true' } })
    expect(cancelled.stdout + cancelled.stderr).toContain('Edit cancelled, no changes made.')
  })

  it('delete with each cascade treats what is owned as asked', async () => {
    const make = async (name: string) => {
      await k().ok(['create', 'deployment', name, '--image=wherry/hello'])
      await k().ok(['rollout', 'status', `deployment/${name}`, '--timeout=60s'])
    }
    await make('orphaned')
    await k().ok('delete deployment orphaned --cascade=orphan')
    expect(await k().ok('get replicasets -l app=orphaned -o name')).toMatch(/^replicaset.apps\/orphaned-/)
    expect(
      await k().ok(['get', 'replicasets', '-l', 'app=orphaned', '-o', 'jsonpath={.items[0].metadata.ownerReferences}']),
    ).toBe('')
    await k().ok('delete replicasets -l app=orphaned')

    await make('foreground')
    await k().ok('delete deployment foreground --cascade=foreground --timeout=60s')
    expect(await k().ok('get replicasets -l app=foreground -o name')).toBe('')

    await make('background')
    await k().ok('delete deployment background --cascade=background')
    await eventually(async () => expect(await uids('app=background')).toEqual([]))
  })

  it('a deleted namespace takes everything along', async () => {
    const inner = `${k().namespace}-inner`
    await k().ok(['create', 'namespace', inner])
    await k().ok(['-n', inner, 'create', 'deployment', 'web', '--image=wherry/hello'])
    await k().ok(['delete', 'namespace', inner, '--timeout=60s'])
    expect(await k().fails(['-n', inner, 'create', 'configmap', 'late'])).toContain(`namespaces "${inner}" not found`)
  })

  it('a container that fails is started again, later each time', async () => {
    await k().ok(['run', 'crash', '--image=any', '--command', '--', 'sh', '-c', 'echo dying; exit 1'])
    await eventually(async () => expect(await k().ok('get pod crash')).toMatch(/CrashLoopBackOff|Error/))
    await eventually(async () => {
      expect(Number(await k().field('pod/crash', '{.status.containerStatuses[0].restartCount}'))).toBeGreaterThan(0)
    })
    expect(await k().ok('logs crash --previous')).toBe('dying\n')
  })
})
