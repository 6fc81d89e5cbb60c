import { expect, it } from 'vitest'
import { describeWithKubectl } from '../harness/kubectl-suite.ts'

describeWithKubectl('imperative commands', (k) => {
  it('create deployment makes pods that run', async () => {
    expect(await k().ok('create deployment hello --image=wherry/hello --replicas=2')).toBe(
      'deployment.apps/hello created\n',
    )
    expect(await k().ok('rollout status deployment/hello --timeout=60s')).toContain(
      'deployment "hello" successfully rolled out',
    )
    const rows = (await k().ok('get pods -l app=hello --no-headers')).trim().split('\n')
    expect(rows).toHaveLength(2)
    for (const row of rows) expect(row).toMatch(/^hello-[a-z0-9]+-[a-z0-9]{5} +1\/1 +Running +0 +\d+s$/)
  })

  it('create configmap and secret keep what they are given', async () => {
    await k().ok(['create', 'configmap', 'settings', '--from-literal=colour=blue', '--from-literal=text=a b'])
    expect(await k().field('configmap/settings', '{.data.colour}/{.data.text}')).toBe('blue/a b')
    await k().ok('create secret generic login --from-literal=password=s3cret')
    expect(await k().field('secret/login', '{.type} {.data.password}')).toBe('Opaque czNjcmV0')
    expect(await k().ok('describe secret login')).toMatch(/password: +6 bytes/)
  })

  it('run makes a pod, and refuses a second one of its name', async () => {
    expect(await k().ok('run single --image=wherry/hello --port=8080')).toBe('pod/single created\n')
    await k().ok('wait --for=condition=Ready pod/single --timeout=60s')
    expect(await k().fails('run single --image=wherry/hello')).toContain(
      'Error from server (AlreadyExists): pods "single" already exists',
    )
  })

  it('run with --rm shows what the command prints and leaves nothing', async () => {
    const { code, stdout } = await k().run('run once --image=any --rm -i --restart=Never --command -- echo from-a-pod')
    expect([code, stdout]).toEqual([0, expect.stringContaining('from-a-pod')])
    expect(await k().fails('get pod once')).toContain('pods "once" not found')
  })

  it('expose gives a deployment a Service with an address', async () => {
    expect(await k().ok('expose deployment hello --port=8080')).toBe('service/hello exposed\n')
    expect(await k().field('service/hello', '{.spec.clusterIP}')).toMatch(/^127\.\d+\.\d+\.\d+$/)
    expect(await k().ok('get service hello')).toMatch(
      /^NAME +TYPE +CLUSTER-IP +EXTERNAL-IP +PORT\(S\) +AGE\nhello +ClusterIP/,
    )
  })

  it('an image that cannot run says what to do', async () => {
    await k().ok('run missing --image=registry.example/missing:1')
    const events = await k().ok(
      'wait --for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=ErrImagePull pod/missing --timeout=30s',
    )
    expect(events).toContain('pod/missing condition met')
    expect(await k().ok('describe pod missing')).toContain('wherry image add')
  })
})
