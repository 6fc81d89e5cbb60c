import { expect, it } from 'vitest'
import { eventually } from '../harness/eventually.ts'
import { describeWithKubectl } from '../harness/kubectl-suite.ts'

const manifest = (colour: string) => `
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  colour: ${colour}
  page.html: |
    <h1>hello</h1>
---
apiVersion: v1
kind: Secret
metadata:
  name: web
data:
  token: YWJj
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: wherry/hello
        ports:
        - name: http
          containerPort: 8080
        env:
        - name: COLOUR
          valueFrom: {configMapKeyRef: {name: web, key: colour}}
        - name: TOKEN
          valueFrom: {secretKeyRef: {name: web, key: token}}
        - name: NODE
          valueFrom: {fieldRef: {fieldPath: spec.nodeName}}
        readinessProbe:
          httpGet: {path: /, port: http}
          periodSeconds: 1
        volumeMounts:
        - {name: pages, mountPath: /srv/pages}
        - {name: token, mountPath: /srv/token, readOnly: true}
        - {name: scratch, mountPath: /srv/scratch}
      volumes:
      - name: pages
        configMap: {name: web}
      - name: token
        secret: {secretName: web}
      - name: scratch
        emptyDir: {}
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 8080, targetPort: http}
`

describeWithKubectl('apply of a whole application', (k) => {
  it('creates it, and says unchanged the second time', async () => {
    const first = await k().ok('apply -f -', { input: manifest('blue') })
    expect(first.trim().split('\n')).toEqual([
      'configmap/web created',
      'secret/web created',
      'deployment.apps/web created',
      'service/web created',
    ])
    await k().ok('rollout status deployment/web --timeout=60s')
    const second = await k().ok('apply -f -', { input: manifest('blue') })
    expect(second.match(/unchanged/g)).toHaveLength(4)
  })

  it('gives containers their environment and volumes', async () => {
    const script =
      'echo $COLOUR $TOKEN $NODE; cat /srv/pages/page.html /srv/token/token; touch /srv/scratch/x && echo w'
    const out = await k().ok(['exec', 'deploy/web', '--', 'sh', '-c', script])
    expect(out).toMatch(/^blue abc \S+\n<h1>hello<\/h1>\nabcw\n$/)
    expect(await k().fails(['exec', 'deploy/web', '--', 'touch', '/srv/token/x'])).toContain('Read-only file system')
  })

  it('reaches the pods through the Service', async () => {
    const url = `http://${await k().field('service/web', '{.spec.clusterIP}')}:8080/`
    expect(await eventually(async () => (await fetch(url)).text())).toMatch(/^Hello from web-/)
  })

  it('changes what is changed, and a mounted ConfigMap follows', async () => {
    const out = await k().ok('apply -f -', { input: manifest('green') })
    expect(out).toContain('configmap/web configured')
    expect(out).toContain('deployment.apps/web unchanged')
    await eventually(async () => {
      expect(await k().ok('exec deploy/web -- cat /srv/pages/colour')).toBe('green')
    })
  })

  it('removes a field that is no longer in the file', async () => {
    await k().ok('apply -f -', { input: manifest('green').replace('  replicas: 2\n', '') })
    expect(await k().field('deployment/web', '{.spec.replicas}')).toBe('1')
  })

  it('shows a difference', async () => {
    const { code, stdout } = await k().run('diff -f -', { input: manifest('red') })
    expect(code).toBe(1)
    expect(stdout).toMatch(/-\s+colour: green\n\+\s+colour: red/)
  })

  it('is refused in Kubernetes’ words', async () => {
    const bad = manifest('red').replace('replicas: 2', 'replicas: -2')
    const error = await k().fails('apply -f -', { input: bad })
    expect(error).toContain('spec.replicas: Invalid value: -2: must be greater than or equal to 0')
    const unknown = manifest('red').replace('replicas: 2', 'replica: 2')
    expect(await k().fails('apply -f -', { input: unknown })).toContain('unknown field "spec.replica"')
  })

  it('goes with delete -f', async () => {
    const out = await k().ok('delete -f -', { input: manifest('green') })
    expect(out.match(/deleted/g)).toHaveLength(4)
    await k().ok('wait --for=delete pod -l app=web --timeout=60s')
  })
})
