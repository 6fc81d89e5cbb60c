import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { eventually } from '../harness/eventually.ts'
import { describeWithKubectl } from '../harness/kubectl-suite.ts'

describeWithKubectl(
  'looking into a cluster',
  (k) => {
    let pod = ''
    beforeAll(async () => {
      await k().ok('create deployment web --image=wherry/hello --port=8080')
      await k().ok('rollout status deployment/web --timeout=60s')
      pod = await k().field('pods', '{.items[0].metadata.name}')
    })

    it('debug adds an ephemeral container to a pod that runs', async () => {
      await k().ok(['debug', pod, '--image=any', '--container=look', '--target=hello', '--', 'sh', '-c', 'echo looked'])
      await eventually(async () => expect(await k().ok(['logs', pod, '-c', 'look'])).toBe('looked\n'))
      expect(await k().ok(['describe', 'pod', pod])).toMatch(/Ephemeral Containers:\n {2}look:/)
      const status = '{.status.ephemeralContainerStatuses[0].state.terminated.reason}'
      await eventually(async () => expect(await k().field(`pod/${pod}`, status)).toBe('Completed'))
      expect(await k().ok(['logs', 'deploy/web', '--all-containers', '--prefix'])).toContain(`[pod/${pod}/look] looked`)
    })

    it('debug copies a pod with another command', async () => {
      await k().ok(['debug', pod, '--copy-to=copy', '--container=hello', '--', 'sleep', '100'])
      await k().ok('wait --for=condition=Ready pod/copy --timeout=30s')
      expect(await k().field('pod/copy', '{.spec.containers[0].command[0]}{.metadata.labels.app}')).toBe('sleep')
      await k().ok('delete pod copy --now')
    })

    it('debug starts a pod on a node', async () => {
      const out = await k().ok('debug node/node-1 --image=any -- echo from-the-node')
      const name = /node-debugger-node-1-\w+/.exec(out)?.[0] ?? ''
      await k().ok(['wait', '--for=jsonpath={.status.phase}=Succeeded', `pod/${name}`, '--timeout=30s'])
      expect(await k().ok(['logs', name])).toBe('from-the-node\n')
      expect(await k().field(`pod/${name}`, '{.spec.nodeName} {.spec.hostNetwork}')).toBe('node-1 true')
    })

    it('wait waits for creation, conditions, fields and deletion', async () => {
      const creation = k().start('wait --for=create configmap/late --timeout=30s')
      await k().ok('create configmap late --from-literal=a=1')
      expect(await creation.ended).toBe(0)
      expect(await k().ok('wait --for=jsonpath={.data.a}=1 configmap/late')).toBe('configmap/late condition met\n')
      expect(await k().ok('wait --for=condition=Available deployment/web')).toContain('condition met')
      const deletion = k().start('wait --for=delete configmap/late --timeout=30s')
      await k().ok('delete configmap late')
      expect(await deletion.ended).toBe(0)
      expect(await k().fails('wait --for=create configmap/never --timeout=1s')).toContain('timed out waiting')
    })

    it('get shows columns, order, pages and subresources as asked', async () => {
      expect(await k().ok('get deployment web -o custom-columns=N:.metadata.name,R:.spec.replicas')).toMatch(
        /N +R\nweb +1\n/,
      )
      expect(await k().ok('get pods --sort-by=.metadata.creationTimestamp --chunk-size=1 -o name')).toContain(
        `pod/${pod}`,
      )
      expect(await k().ok('get deployment web --subresource=scale -o jsonpath={.kind}{.spec.replicas}')).toBe('Scale1')
      expect(await k().ok('get deployment web --subresource=status -o jsonpath={.status.readyReplicas}')).toBe('1')
      await k().ok([
        'patch',
        'deployment',
        'web',
        '--subresource=scale',
        '--type=merge',
        '-p',
        '{"spec":{"replicas":2}}',
      ])
      await k().ok('wait --for=jsonpath={.status.readyReplicas}=2 deployment/web --timeout=30s')
      expect(await k().ok('get all -o name')).toMatch(
        /^(pod\/\S+\n){3}deployment.apps\/web\nreplicaset.apps\/web-\w+\n$/,
      )
    })

    it('raw paths tell health, version and documents', async () => {
      expect(await k().ok('get --raw /readyz?verbose')).toMatch(/\[\+\]ping ok\n[\s\S]*readyz check passed/)
      expect(await k().ok('get --raw /livez')).toBe('ok')
      expect(JSON.parse(await k().ok('get --raw /version'))).toMatchObject({ major: '1', minor: '36' })
      expect(JSON.parse(await k().ok('get --raw /openapi/v3')).paths).toHaveProperty('apis/apps/v1')
      expect(JSON.parse(await k().ok('get --raw /openapi/v2'))).toMatchObject({ swagger: '2.0' })
      expect(await k().fails('get --raw /nowhere')).toContain('the server could not find the requested resource')
    })

    it('explain reads both documents, to the last field', async () => {
      expect(await k().ok('explain deployment.spec.strategy')).toMatch(/FIELD: strategy <DeploymentStrategy>/)
      expect(await k().ok('explain deployment.spec.strategy --output=plaintext-openapiv2')).toMatch(
        /RESOURCE: strategy <Object>/,
      )
      const fields = await k().ok('explain pods --recursive')
      expect(fields).toMatch(/ephemeralContainers\t<\[\]EphemeralContainer>/)
      expect(fields.split('\n').length).toBeGreaterThan(800)
      expect(await k().ok('explain hpa --api-version=autoscaling/v1')).toMatch(/VERSION: +v1\n/)
    })

    it('api-resources and api-versions list what is served', async () => {
      const names = await k().ok('api-resources --verbs=list --namespaced=false -o name')
      expect(names.split('\n')).toEqual(
        expect.arrayContaining(['nodes', 'customresourcedefinitions.apiextensions.k8s.io']),
      )
      expect(await k().ok('api-resources --api-group=apps')).toMatch(/statefulsets +sts +apps\/v1 +true +StatefulSet/)
      expect((await k().ok('api-versions')).split('\n')).toEqual(expect.arrayContaining(['v1', 'autoscaling/v2']))
    })

    it('proxy serves the API without credentials', async () => {
      const proxy = k().start('proxy --port=0')
      const line = await proxy.line(/Starting to serve on 127\.0\.0\.1:\d+/)
      const url = `http://${line.split(' on ')[1]}`
      const base = `${url}/api/v1/namespaces/${k().namespace}`
      expect(await (await fetch(`${base}/pods/${pod}:8080/proxy/`)).text()).toBe(`Hello from ${pod}\n`)
      expect(await (await fetch(`${url}/apis`)).text()).toContain('"kind":"APIGroupList"')
    })

    it('cluster-info dump writes what there is, and top says that nobody measures', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'wherry-dump-'))
      onTestFinished(() => rm(folder, { recursive: true }))
      await k().ok(['cluster-info', 'dump', `--namespaces=${k().namespace}`, `--output-directory=${folder}`])
      expect(await readFile(join(folder, k().namespace, pod, 'logs.txt'), 'utf8')).toContain('listens on')
      expect(await k().ok('cluster-info')).toContain('is running at')
      expect(await k().fails('top pods')).toContain('Metrics API not available')
    })

    it('nodes are tainted, labelled and drained for show', async () => {
      await k().ok('taint node node-1 judged=yes:PreferNoSchedule')
      expect(await k().ok('describe node node-1')).toMatch(/Taints: +judged=yes:PreferNoSchedule/)
      await k().ok('taint node node-1 judged-')
      expect(await k().ok('cordon node-1 --dry-run=server')).toBe('node/node-1 cordoned (server dry run)\n')
      const drain = await k().run('drain node-1 --ignore-daemonsets --force --dry-run=server --pod-selector=app=web')
      expect(drain.stdout).toContain(`evicting pod ${k().namespace}/${pod} (server dry run)`)
    })

    it('rollouts of stateful and daemon sets restart and go back', async () => {
      const set = (kind: string, fields: string) => `
apiVersion: apps/v1
kind: ${kind}
metadata: {name: set}
spec:
  selector: {matchLabels: {app: ${kind}}}
  ${fields}
  template:
    metadata: {labels: {app: ${kind}}}
    spec: {terminationGracePeriodSeconds: 1, containers: [{name: c, image: wherry/hello}]}
`
      await k().ok('apply -f -', { input: `${set('StatefulSet', 'serviceName: none')}---${set('DaemonSet', '')}` })
      for (const object of ['statefulset/set', 'daemonset/set']) {
        await k().ok(['rollout', 'status', object, '--timeout=60s'])
        await k().ok(['rollout', 'restart', object])
        await k().ok(['rollout', 'status', object, '--timeout=60s'])
        expect(await k().ok(['rollout', 'history', object])).toMatch(/\n1 +<none>\n2 +<none>/)
        expect(await k().ok(['rollout', 'undo', object])).toContain('rolled back')
        await k().ok(['rollout', 'status', object, '--timeout=60s'])
        expect(await k().ok(['describe', object])).toMatch(/Pods Status: +1 Running/)
      }
    })
  },
  ['kubectl 1.36'],
)
