import { expect, it } from 'vitest'
import { describeWithKubectl } from '../harness/kubectl-suite.ts'

describeWithKubectl('reading', (k) => {
  it('get -o wide shows where a pod runs', async () => {
    await k().ok('run web --image=wherry/hello --labels=tier=front')
    await k().ok('wait --for=condition=Ready pod/web --timeout=60s')
    const [head = '', row = ''] = (await k().ok('get pod web -o wide')).split('\n')
    expect(head.split(/ {2,}/).map((cell) => cell.trim())).toEqual([
      'NAME',
      'READY',
      'STATUS',
      'RESTARTS',
      'AGE',
      'IP',
      'NODE',
      'NOMINATED NODE',
      'READINESS GATES',
    ])
    expect(row).toMatch(/^web +1\/1 +Running +0 +\S+ +127\.\d+\.\d+\.\d+ +node-1 +<none> +<none>/)
    expect(await k().ok('get nodes')).toMatch(/node-1 +Ready +\S+ +\S+ +v1\.36/)
  })

  it('get -w follows changes', async () => {
    const watch = k().start('get configmap -w -o name')
    await watch.line(/configmap\/kube-root-ca.crt/)
    await k().ok('create configmap watched --from-literal=a=1')
    await watch.line(/configmap\/watched/)
  })

  it('selectors choose by label and field', async () => {
    expect(await k().ok('get pods -l tier=front -o name')).toBe('pod/web\n')
    expect((await k().run('get pods -l tier!=front')).stderr).toContain('No resources found')
    expect(await k().ok('get pods --field-selector=status.phase=Running,metadata.name=web -o name')).toBe('pod/web\n')
    expect(await k().fails('get pods --field-selector=spec.nope=1')).toContain('field label not supported: spec.nope')
  })

  it('describe shows the pod and its events', async () => {
    const text = await k().ok('describe pod web')
    for (const reason of ['Scheduled', 'Pulled', 'Created', 'Started']) expect(text).toContain(`  ${reason} `)
    expect(text).toMatch(/Status: +Running/)
    expect(text).toMatch(/Successfully assigned \S+\/web to node-1/)
    expect(await k().ok('describe node node-1')).toMatch(/Allocated resources:/)
  })

  it('events lists what happened', async () => {
    expect(await k().ok('events --for pod/web')).toMatch(/Normal +Scheduled +Pod\/web/)
    expect(await k().ok('get events')).toMatch(/LAST SEEN +TYPE +REASON +OBJECT +MESSAGE/)
  })

  it('api-resources, api-versions and explain know the API', async () => {
    const resources = await k().ok('api-resources')
    for (const row of [
      /^pods +po +v1 +true +Pod$/m,
      /^deployments +deploy +apps\/v1 +true +Deployment$/m,
      /^endpointslices +discovery.k8s.io\/v1 +true +EndpointSlice$/m,
    ]) {
      expect(resources).toMatch(row)
    }
    expect(await k().ok('api-versions')).toMatch(/^apps\/v1$/m)
    expect(await k().ok('explain deployment.spec.strategy')).toMatch(/FIELD: strategy <DeploymentStrategy>/)
    expect(await k().ok('explain pod --recursive')).toMatch(/terminationGracePeriodSeconds/)
  })

  it('version and cluster-info name the server', async () => {
    expect(await k().ok('version')).toMatch(/Server Version: v1\.36\./)
    expect(await k().ok('cluster-info')).toContain('Kubernetes control plane')
  })

  it('unknown things are refused in kubectl’s words', async () => {
    expect(await k().fails('get nonsense')).toContain('the server doesn\'t have a resource type "nonsense"')
    expect(await k().fails('get pod nobody')).toBe('Error from server (NotFound): pods "nobody" not found\n')
  })
})
