import { createServer } from 'node:http'
import { existsSync } from 'node:fs'
import { ConfigMap, type Container, Pod, Secret, Service } from '@wherry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AgentFixture, anAgent, aPod, eventually, isReady, isRunning } from '../testing/index.ts'

let agent: AgentFixture

beforeEach(async () => {
  agent = await anAgent({ maxPods: 3 })
})

afterEach(() => agent.close())

const namespace = 'default'
const create = (pod: Pod) => agent.client.create(Pod, pod)
const aContainer = (script: string, more: Partial<Container> = {}): Container => ({
  name: 'main',
  image: 'shell',
  command: ['/bin/sh', '-c', script],
  ...more,
})

/** What a pod's container wrote as its termination message. */
async function resultOf(name: string): Promise<string> {
  const pod = await agent.podThat(name, ({ status }) => status?.phase === 'Succeeded' || status?.phase === 'Failed')
  return pod.status?.containerStatuses?.[0]?.state?.terminated?.message ?? ''
}

describe('the environment of a container', () => {
  it('has variables from every source', async () => {
    await agent.client.create(ConfigMap, {
      metadata: { name: 'conf', namespace },
      data: { colour: 'red', FROM_MAP: 'map' },
    })
    await agent.client.create(Secret, {
      metadata: { name: 'keys', namespace },
      data: { password: Buffer.from('hunter2').toString('base64') },
    })
    await agent.client.create(Service, { metadata: { name: 'my-db', namespace }, spec: { ports: [{ port: 5432 }] } })
    const env = [
      { name: 'PLAIN', value: 'a' },
      { name: 'EXPANDED', value: '$(PLAIN)-$(MY_DB_SERVICE_PORT)-$$(PLAIN)-$(NONE)' },
      { name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'conf', key: 'colour' } } },
      { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'keys', key: 'password' } } },
      { name: 'OPTIONAL', valueFrom: { configMapKeyRef: { name: 'none', key: 'x', optional: true } } },
      { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'requests.cpu', divisor: '1m' } } },
    ]
    const script = 'echo "$EXPANDED $COLOUR $PASSWORD [$OPTIONAL] $NAME $IP $CPU $P_FROM_MAP" >/dev/termination-log'
    const container = aContainer(script, {
      env,
      envFrom: [{ prefix: 'P_', configMapRef: { name: 'conf' } }],
      resources: { requests: { cpu: '250m' } },
    })
    await create(aPod('env', '', { containers: [container], restartPolicy: 'Never' }))
    expect(await resultOf('env')).toBe('a-5432-$(PLAIN)-$(NONE) red hunter2 [] env 127.198.0.1 250 map\n')
  })

  it('does not keep files of the same object from following it', async () => {
    await agent.client.create(ConfigMap, { metadata: { name: 'both', namespace }, data: { a: 'old' } })
    const container = aContainer(
      'until grep -q new /srv/both/a; do sleep 0.05; done; echo "$A" >/dev/termination-log',
      {
        env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'both', key: 'a' } } }],
        volumeMounts: [{ name: 'both', mountPath: '/srv/both' }],
      },
    )
    const volumes = [{ name: 'both', configMap: { name: 'both' } }]
    await create(aPod('both', '', { containers: [container], volumes, restartPolicy: 'Never' }))
    await agent.podThat('both', isRunning)
    await agent.client.patch(ConfigMap, { namespace, name: 'both' }, { data: { a: 'new' } }, { type: 'merge' })
    expect(await resultOf('both')).toBe('old\n')
  })

  it('that cannot be made keeps the container waiting until it can', async () => {
    const env = [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'later', key: 'a' } } }]
    await create(
      aPod('env', '', { containers: [aContainer('echo $A >/dev/termination-log', { env })], restartPolicy: 'Never' }),
    )
    const pod = await agent.podThat(
      'env',
      ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.message !== undefined,
    )
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting).toEqual({
      reason: 'CreateContainerConfigError',
      message: 'configmap "later" not found',
    })
    await agent.client.create(ConfigMap, { metadata: { name: 'later', namespace }, data: { a: 'now' } })
    expect(await resultOf('env')).toBe('now\n')
  })
})

describe('volumes', () => {
  it('show objects of the API, and follow them', async () => {
    await agent.client.create(ConfigMap, { metadata: { name: 'conf', namespace }, data: { key: 'one', other: 'x' } })
    const volumes = [{ name: 'conf', configMap: { name: 'conf', items: [{ key: 'key', path: 'dir/file' }] } }]
    const container = aContainer(
      'until grep -q two /conf/dir/file; do sleep 0.02; done; ls /conf >/dev/termination-log',
      {
        volumeMounts: [{ name: 'conf', mountPath: '/conf' }],
      },
    )
    await create(aPod('conf', '', { containers: [container], volumes, restartPolicy: 'Never' }))
    await agent.podThat('conf', isRunning)
    await agent.client.patch(ConfigMap, { namespace, name: 'conf' }, { data: { key: 'two' } }, { type: 'merge' })
    expect(await resultOf('conf')).toBe('dir\n')
  })

  it('that are projected have tokens, CA and names', async () => {
    const script =
      'cd /var/run/secrets/kubernetes.io/serviceaccount; ls | tr "\\n" " " >/dev/termination-log; cat ca.crt namespace >>/dev/termination-log; cut -c1-2 token >>/dev/termination-log'
    await create(aPod('sa', script, { restartPolicy: 'Never' }))
    expect(await resultOf('sa')).toBe('ca.crt namespace token a CAdefaultey\n')
  })

  it('of the node are seen by their subPath, read-only where asked', async () => {
    const volumes = [{ name: 'host', hostPath: { path: `${agent.dir}/shared`, type: 'DirectoryOrCreate' } }]
    const container = aContainer('echo hi >/deep/file; touch /ro/x || echo "read only" >/dev/termination-log', {
      volumeMounts: [
        { name: 'host', mountPath: '/deep', subPath: 'a/b' },
        { name: 'host', mountPath: '/ro', readOnly: true },
      ],
    })
    await create(aPod('host', '', { containers: [container], volumes, restartPolicy: 'Never' }))
    expect(await resultOf('host')).toBe('read only\n')
    expect(existsSync(`${agent.dir}/shared/a/b/file`)).toBe(true)
  })

  it('that cannot be made are told of in an event', async () => {
    const volumes = [{ name: 'v', secret: { secretName: 'none' } }]
    await create(aPod('none', 'true', { volumes }))
    await eventually(async () => {
      const events = await agent.events('none')
      return events.includes('FailedMount: MountVolume.SetUp failed for volume "v" : secret "none" not found')
    })
    expect((await agent.pod('none')).status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('ContainerCreating')
  })
})

describe('probes', () => {
  it('make a pod ready when it answers, and no longer when it does not', async () => {
    let status = 500
    const server = createServer((_request, response) => {
      response.statusCode = status
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const readinessProbe = { httpGet: { host: '127.0.0.1', port, path: '/ok' }, periodSeconds: 1, failureThreshold: 1 }
    await create(aPod('web', '', { containers: [aContainer('sleep 1000', { readinessProbe })] }))
    await eventually(async () =>
      (await agent.events('web')).includes('Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 500'),
    )
    expect(isReady(await agent.pod('web'))).toBe(false)
    status = 200
    await agent.podThat('web', isReady)
    status = 503
    await agent.podThat('web', (pod) => !isReady(pod))
    server.close()
  })

  it('restart what is not alive', async () => {
    const livenessProbe = { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 1 }
    await create(aPod('dead', '', { containers: [aContainer('sleep 1000', { livenessProbe })] }))
    await agent.podThat('dead', ({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0)
    await eventually(async () => {
      const events = await agent.events('dead')
      return events.includes('Killing: Container main failed liveness probe, will be restarted')
    })
  })

  it('wait for the startup probe', async () => {
    const startupProbe = {
      exec: { command: ['test', '-e', '/tmp-volume/started'] },
      periodSeconds: 1,
      failureThreshold: 60,
    }
    const readinessProbe = { exec: { command: ['true'] }, periodSeconds: 1 }
    const container = aContainer('sleep 1000', {
      startupProbe,
      readinessProbe,
      volumeMounts: [{ name: 'tmp', mountPath: '/tmp-volume' }],
    })
    await create(
      aPod('slow', '', { containers: [container], volumes: [{ name: 'tmp', hostPath: { path: agent.dir } }] }),
    )
    const pod = await agent.podThat('slow', isRunning)
    expect(pod.status?.containerStatuses?.[0]).toMatchObject({ started: false, ready: false })
    const { writeFileSync } = await import('node:fs')
    writeFileSync(`${agent.dir}/started`, '')
    const ready = await agent.podThat('slow', isReady)
    expect(ready.status?.containerStatuses?.[0]).toMatchObject({ started: true, ready: true })
  })
})

describe('hooks', () => {
  it('run after the start and before the stop', async () => {
    const lifecycle = {
      postStart: { exec: { command: ['/bin/sh', '-c', 'echo started >/shared/log'] } },
      preStop: { exec: { command: ['/bin/sh', '-c', 'echo stopping >>/shared/log'] } },
    }
    const container = aContainer('sleep 1000', { lifecycle, volumeMounts: [{ name: 's', mountPath: '/shared' }] })
    const path = `${agent.dir}/hooks`
    const volumes = [{ name: 's', hostPath: { path, type: 'DirectoryOrCreate' } }]
    await create(aPod('hooks', '', { containers: [container], volumes, terminationGracePeriodSeconds: 5 }))
    await agent.podThat('hooks', isReady)
    await agent.client.delete(Pod, { namespace, name: 'hooks' })
    await agent.gone('hooks')
    const { readFileSync } = await import('node:fs')
    expect(readFileSync(`${path}/log`, 'utf8')).toBe('started\nstopping\n')
  })

  it('end the container when they fail after its start', async () => {
    const lifecycle = { postStart: { exec: { command: ['false'] } } }
    await create(aPod('hooks', '', { containers: [aContainer('sleep 1000', { lifecycle })], restartPolicy: 'Never' }))
    await agent.podThat('hooks', ({ status }) => status?.phase === 'Failed')
    await eventually(async () => (await agent.events('hooks')).includes('FailedPostStartHook: PostStartHook failed'))
  })
})

describe('a node', () => {
  it('refuses a pod whose port of the node is taken, and one too many', async () => {
    const container = aContainer('sleep 1000', { ports: [{ containerPort: 80, hostPort: 8080 }] })
    await create(aPod('first', '', { containers: [container] }))
    await agent.podThat('first', isRunning)
    await create(aPod('second', '', { containers: [container] }))
    const second = await agent.podThat('second', ({ status }) => status?.phase === 'Failed')
    expect(second.status).toMatchObject({
      reason: 'NodePorts',
      message:
        "Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    })
    await create(aPod('third', 'sleep 1000'))
    await create(aPod('fourth', 'sleep 1000'))
    await agent.podThat('third', isRunning)
    await agent.podThat('fourth', isRunning)
    await create(aPod('fifth', 'sleep 1000'))
    const fifth = await agent.podThat('fifth', ({ status }) => status?.phase === 'Failed')
    expect(fifth.status).toMatchObject({
      reason: 'OutOfpods',
      message: "Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3",
    })
  })
})
