import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { uniqueName } from '../harness/cluster.ts'
import { describeWithKubectl } from '../harness/kubectl-suite.ts'
import { run } from '../harness/run.ts'

/** What `kubectl create` makes of its arguments, and a line that `describe` shows of it. */
const made: { args: string; object: string; described: RegExp }[] = [
  {
    args: 'role reader --verb=get,list --resource=pods',
    object: 'role/reader',
    described: /pods +\[\] +\[\] +\[get list\]/,
  },
  {
    args: 'role scaler --verb=update --resource=deployments.apps/scale',
    object: 'role/scaler',
    described: /deployments.apps\/scale/,
  },
  {
    args: 'rolebinding reader --role=reader --user=jane --group=crew',
    object: 'rolebinding/reader',
    described: /User +jane/,
  },
  {
    args: 'cronjob nightly --image=any --schedule=0\u00a03\u00a0*\u00a0*\u00a0*',
    object: 'cronjob/nightly',
    described: /Schedule: +0 3 \* \* \*/,
  },
  { args: 'job once --image=any -- true', object: 'job/once', described: /Completions: +1/ },
  { args: 'job again --from=cronjob/nightly', object: 'job/again', described: /Controlled By: +CronJob\/nightly/ },
  {
    args: 'ingress web --class=none --rule=example.com/web*=web:80,tls=cert',
    object: 'ingress/web',
    described: /example\.com/,
  },
  { args: 'pdb least --selector=app=web --min-available=1', object: 'pdb/least', described: /Min available: +1/ },
  {
    args: 'pdb most --selector=app=none --max-unavailable=50%',
    object: 'pdb/most',
    described: /Max unavailable: +50%/,
  },
  { args: 'quota limits --hard=cpu=8,pods=50', object: 'quota/limits', described: /pods +\d+ +50/ },
  { args: 'configmap settings --from-literal=a=b', object: 'configmap/settings', described: /a:\n----\nb/ },
  { args: 'secret generic login --from-literal=p=secret', object: 'secret/login', described: /p: +6 bytes/ },
  {
    args: 'secret docker-registry pull --docker-server=x --docker-username=u --docker-password=p',
    object: 'secret/pull',
    described: /kubernetes.io\/dockerconfigjson/,
  },
  { args: 'service clusterip inner --tcp=80:8080', object: 'service/inner', described: /TargetPort: +8080\/TCP/ },
  { args: 'service nodeport outer --tcp=80:8080', object: 'service/outer', described: /NodePort: +80-8080 +\d+\/TCP/ },
  { args: 'service loadbalancer wide --tcp=80:8080', object: 'service/wide', described: /Type: +LoadBalancer/ },
  {
    args: 'service externalname alias --external-name=example.com',
    object: 'service/alias',
    described: /External Name: +example\.com/,
  },
  { args: 'serviceaccount robot', object: 'serviceaccount/robot', described: /Image pull secrets: +<none>/ },
  {
    args: 'deployment web --image=wherry/hello --port=8080 --replicas=2',
    object: 'deployment/web',
    described: /StrategyType: +RollingUpdate/,
  },
]

describeWithKubectl(
  'create and describe',
  (k) => {
    it.each(made)('$args', async ({ args, object, described }) => {
      const [, name] = object.split('/')
      const words = args.split(' ').map((word) => word.replaceAll('\u00a0', ' '))
      expect(await k().ok(['create', ...words])).toMatch(new RegExp(`/${name} created\n$`))
      expect(await k().ok(['describe', object])).toMatch(described)
    })

    it('cluster-wide kinds', async () => {
      const name = uniqueName('wide')
      onTestFinished(async () => {
        await k().ok([
          'delete',
          'clusterrole,clusterrolebinding,priorityclass',
          name,
          `${name}-all`,
          '--ignore-not-found',
        ])
      })
      await k().ok(['create', 'clusterrole', name, '--verb=get', '--non-resource-url=/judged'])
      await k().ok(['create', 'clusterrole', `${name}-all`, `--aggregation-rule=judged=${name}`])
      await k().ok(['create', 'clusterrolebinding', name, `--clusterrole=${name}`, '--serviceaccount=default:default'])
      await k().ok(['create', 'priorityclass', name, '--value=7', '--preemption-policy=Never'])
      expect(await k().ok(['describe', 'clusterrole', name])).toMatch(/\[\/judged\] +\[\] +\[get\]/)
      expect(await k().ok(['describe', 'priorityclass', name])).toMatch(/Value: +7\n/)
    })

    it('a certificate and its key', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'wherry-tls-'))
      onTestFinished(() => rm(folder, { recursive: true }))
      const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
      const subject = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=judge']
      const openssl = await run('openssl', ['req', '-x509', ...subject, '-keyout', key, '-out', cert, '-days', '2'])
      expect(openssl.code, openssl.stderr).toBe(0)
      await k().ok(['create', 'secret', 'tls', 'cert', `--cert=${cert}`, `--key=${key}`])
      expect(await k().field('secret/cert', '{.type}')).toBe('kubernetes.io/tls')
    })

    it('set changes one thing of what is there', async () => {
      await k().ok('set resources deployment web --limits=cpu=100m,memory=32Mi')
      await k().ok('set serviceaccount deployment web robot')
      await k().ok('set selector service inner app=web')
      await k().ok('set subject rolebinding reader --user=bob')
      await k().ok('set env deployment/web --from=configmap/settings')
      expect(await k().ok('set env deployment/web --list')).toContain('# A from configmap settings, key a')
      expect(await k().field('deployment/web', '{.spec.template.spec.serviceAccountName}')).toBe('robot')
      expect(await k().field('rolebinding/reader', '{.subjects[*].name}')).toContain('bob')
      await k().ok('rollout status deployment/web --timeout=60s')
      expect(await k().ok('rollout history deployment/web --revision=1')).toMatch(/Environment:\t<none>/)
    })

    it('autoscale, and events that tell what happened', async () => {
      await k().ok('autoscale deployment web --min=1 --max=3 --cpu=80%')
      expect(await k().ok('describe hpa web')).toMatch(/resource cpu on pods .* \/ 80%/)
      expect(await k().ok('events --for deployment/web')).toMatch(/ScalingReplicaSet +Deployment\/web/)
      expect(await k().ok('get events --field-selector=involvedObject.name=web,reason=ScalingReplicaSet')).toContain(
        'Scaled up',
      )
      expect(await k().ok('describe resourcequota limits')).toMatch(/cpu +\S+ +8/)
    })
  },
  ['kubectl 1.36'],
)
