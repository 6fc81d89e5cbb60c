import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../harness/eventually.ts'
import { ordinaryUser, type OrdinaryUser } from '../harness/ordinary-user.ts'

let user: OrdinaryUser

const kubectl = async (args: string | readonly string[], input?: string) => {
  const result = await user.run(user.kubectl, args, input === undefined ? {} : { input })
  if (result.code !== 0) throw new Error(`kubectl ${String(args)} → ${result.code}\n${result.stdout}${result.stderr}`)
  return result.stdout
}

beforeAll(async () => {
  user = await ordinaryUser()
  const up = await user.run(user.wherry, 'up')
  if (up.code !== 0) throw new Error(`wherry up failed:\n${up.stdout}${up.stderr}`)
})
afterAll(async () => {
  const destroy = await user.run(user.wherry, 'destroy')
  if (destroy.code !== 0) throw new Error(`wherry destroy failed:\n${destroy.stdout}${destroy.stderr}`)
  await user.remove()
})

describe('for an ordinary user', () => {
  it('up puts everything below the home', async () => {
    expect(await kubectl('config current-context')).toBe('wherry\n')
    expect((await user.run('/bin/ls', ['-A', user.home])).stdout.split('\n')).toEqual(
      expect.arrayContaining(['.kube', '.wherry']),
    )
  })

  it('a Deployment runs, and its Service is reached by ClusterIP and NodePort', async () => {
    await kubectl('create deployment hello --image=wherry/hello --replicas=2')
    await kubectl('expose deployment hello --port=8080 --type=NodePort')
    await kubectl('rollout status deployment/hello --timeout=60s')
    const address = await kubectl(['get', 'service', 'hello', '-o', 'jsonpath={.spec.clusterIP}:8080'])
    const nodePort = await kubectl(['get', 'service', 'hello', '-o', 'jsonpath={.spec.ports[0].nodePort}'])
    for (const server of [address, `127.0.0.1:${nodePort}`]) {
      const answer = await eventually(async () => (await fetch(`http://${server}/`)).text())
      expect(answer).toMatch(/^Hello from hello-/)
    }
  })

  it('a volume is at its mountPath, or the pod says what the kernel refused', async () => {
    await kubectl('create configmap settings --from-literal=color=blue')
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'volumes' },
      spec: {
        restartPolicy: 'Never',
        volumes: [
          { name: 'settings', configMap: { name: 'settings' } },
          { name: 'data', emptyDir: {} },
        ],
        containers: [
          {
            name: 'main',
            image: 'example',
            command: ['sh', '-c', 'cp /srv/settings/color /data/copy && cat /data/copy'],
            volumeMounts: [
              { name: 'settings', mountPath: '/srv/settings' },
              { name: 'data', mountPath: '/data' },
            ],
          },
        ],
      },
    }
    await kubectl('create -f -', JSON.stringify(pod))
    if ((await user.run('unshare', '--user --map-root-user --mount true')).code === 0) {
      await kubectl('wait --for=jsonpath={.status.phase}=Succeeded pod/volumes --timeout=60s')
      expect(await kubectl('logs volumes')).toBe('blue')
    } else {
      await eventually(async () =>
        expect(await kubectl('get events --field-selector involvedObject.name=volumes')).toContain(
          'allow unprivileged user namespaces',
        ),
      )
    }
  })

  it('a pod reaches the API server by its environment, with the rights of its service account', async () => {
    await kubectl('create rolebinding viewers --clusterrole=view --serviceaccount=default:default')
    const main = {
      name: 'main',
      image: 'example',
      command: [user.kubectl, 'get', 'configmap', 'settings', '-o', 'name'],
    }
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'client' },
      spec: { restartPolicy: 'Never', containers: [{ ...main, env: [{ name: 'KUBECONFIG', value: '/nowhere' }] }] },
    }
    await kubectl('create -f -', JSON.stringify(pod))
    await kubectl('wait --for=jsonpath={.status.phase}=Succeeded pod/client --timeout=60s')
    expect(await kubectl('logs client')).toBe('configmap/settings\n')
  })

  it('a Service on a port that this user may not bind says so, and how to reach it', async () => {
    await kubectl('expose deployment hello --name=low --port=80 --target-port=8080')
    const firstOpen = Number((await user.run('cat', '/proc/sys/net/ipv4/ip_unprivileged_port_start')).stdout || 0)
    if (firstOpen <= 80) return
    await eventually(async () =>
      expect(await kubectl('describe service low')).toContain('this user may not bind ports below 1024'),
    )
  })
})
