import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Lease, Node, Pod } from '@wherry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AgentFixture, anAgent, aPod, eventually, isReady, isRunning, testNode } from '../testing/index.ts'

let agent: AgentFixture

beforeEach(async () => {
  agent = await anAgent()
})

afterEach(() => agent.close())

const create = (pod: Pod) => agent.client.create(Pod, pod)

describe('a node agent', () => {
  it('registers its node, which is ready at once, and its lease', async () => {
    const node = await eventually(() => agent.client.get(Node, { name: testNode }))
    expect(node.metadata.labels).toMatchObject({ zone: 'a', 'kubernetes.io/hostname': testNode })
    await eventually(async () => {
      const { status } = await agent.client.get(Node, { name: testNode })
      return status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True'
    })
    const { status } = await agent.client.get(Node, { name: testNode })
    expect(status?.addresses).toEqual([
      { type: 'InternalIP', address: '127.0.0.1' },
      { type: 'Hostname', address: testNode },
    ])
    expect(status?.daemonEndpoints?.kubeletEndpoint?.Port).toBe(agent.port)
    expect(status?.nodeInfo?.containerRuntimeVersion).toBe('host://0.1.0')
    const lease = await eventually(() => agent.client.get(Lease, { namespace: 'kube-node-lease', name: testNode }))
    expect(lease.spec).toMatchObject({ holderIdentity: testNode, leaseDurationSeconds: 40 })
  })

  it('registers its node again when it was deleted', async () => {
    const { metadata } = await eventually(() => agent.client.get(Node, { name: testNode }))
    await agent.client.delete(Node, { name: testNode })
    const again = await eventually(() => agent.client.get(Node, { name: testNode }))
    expect(again.metadata.uid).not.toBe(metadata.uid)
  })
})

describe('a pod', () => {
  it('runs, is ready, and has the events of a kubelet', async () => {
    await create(aPod('web', 'sleep 1000'))
    const pod = await agent.podThat('web', isReady)
    expect(pod.status).toMatchObject({
      phase: 'Running',
      hostIP: '127.0.0.1',
      podIP: '127.198.0.1',
      qosClass: 'BestEffort',
      containerStatuses: [{ name: 'main', ready: true, started: true, restartCount: 0, image: 'shell', lastState: {} }],
    })
    expect(pod.status?.containerStatuses?.[0]?.containerID).toMatch(/^host:\/\/[0-9a-f]{64}$/)
    const conditions = Object.fromEntries((pod.status?.conditions ?? []).map(({ type, status }) => [type, status]))
    expect(conditions).toEqual({
      PodReadyToStartContainers: 'True',
      Initialized: 'True',
      Ready: 'True',
      ContainersReady: 'True',
      PodScheduled: 'True',
    })
    const events = await eventually(async () => {
      const all = await agent.events('web')
      return all.length === 3 && all
    })
    expect(events).toEqual([
      'Pulled: Container image "shell" already present on machine and can be accessed by the pod',
      'Created: Container created',
      'Started: Container started',
    ])
  })

  it('that has done its work has succeeded', async () => {
    await create(aPod('job', 'exit 0', { restartPolicy: 'Never' }))
    const pod = await agent.podThat('job', ({ status }) => status?.phase === 'Succeeded')
    expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' })
    expect(pod.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      reason: 'PodCompleted',
    })
  })

  it('that failed for good says how and why', async () => {
    const script = 'echo the reason >/dev/termination-log; exit 3'
    await create(aPod('job', script, { restartPolicy: 'Never' }))
    const pod = await agent.podThat('job', ({ status }) => status?.phase === 'Failed')
    expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 3,
      reason: 'Error',
      message: 'the reason\n',
    })
  })

  it('is started again at once, then after a back-off', async () => {
    await create(aPod('crash', 'exit 1'))
    const pod = await agent.podThat('crash', ({ status }) => {
      return status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff'
    })
    expect(pod.status?.phase).toBe('Running')
    expect(pod.status?.containerStatuses?.[0]).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 1 } },
    })
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.message).toBe(
      `back-off 10s restarting failed container=main pod=crash_default(${pod.metadata.uid})`,
    )
    await eventually(async () =>
      (await agent.events('crash')).some((event) =>
        event.startsWith('BackOff: Back-off restarting failed container main'),
      ),
    )
  })

  it('whose image cannot run here says what to do', async () => {
    await create(aPod('none', '', { containers: [{ name: 'main', image: 'nginx' }] }))
    const pod = await agent.podThat('none', ({ status }) => {
      return status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ImagePullBackOff'
    })
    expect(pod.status?.phase).toBe('Pending')
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.message).toContain(
      'wherry image add nginx DIR -- COMMAND',
    )
    expect(await agent.events('none')).toContain('Failed: Error: ErrImagePull')
  })

  it('whose command does not exist says so', async () => {
    const containers = [{ name: 'main', image: 'x', command: ['no-such-command'] }]
    await create(aPod('none', '', { containers, restartPolicy: 'Never' }))
    const pod = await agent.podThat('none', ({ status }) => status?.phase === 'Failed')
    expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 128,
      reason: 'StartError',
      message: 'exec: "no-such-command": executable file not found in $PATH',
    })
  })

  it('runs its init containers in turn, then its containers beside its sidecars', async () => {
    const shell = (name: string, script: string) => ({ name, image: 'x', command: ['/bin/sh', '-c', script] })
    const volumeMounts = [{ name: 'shared', mountPath: '/shared' }]
    const write = (name: string) => ({ ...shell(name, `echo ${name} >>/shared/order`), volumeMounts })
    await create(
      aPod('init', '', {
        volumes: [{ name: 'shared', emptyDir: {} }],
        initContainers: [
          write('first'),
          { ...shell('side', 'echo side >>/shared/order; sleep 1000'), volumeMounts, restartPolicy: 'Always' },
          {
            ...shell('second', 'until grep -q side /shared/order; do sleep 0.02; done; echo second >>/shared/order'),
            volumeMounts,
          },
        ],
        containers: [{ ...shell('main', 'cat /shared/order >/dev/termination-log'), volumeMounts }],
        restartPolicy: 'Never',
      }),
    )
    const pod = await agent.podThat('init', ({ status }) => status?.phase === 'Succeeded')
    expect(pod.status?.containerStatuses?.[0]?.state?.terminated?.message).toBe('first\nside\nsecond\n')
    expect(pod.status?.initContainerStatuses?.map(({ state }) => state?.terminated?.reason)).toEqual([
      'Completed',
      'Error',
      'Completed',
    ])
    expect(pod.status?.initContainerStatuses?.map(({ ready }) => ready)).toEqual([true, false, true])
  })

  it('is asked to end, and removed when it has ended', async () => {
    await create(
      aPod('web', 'trap "sleep 0.1; exit 0" TERM; while :; do sleep 0.02; done', { terminationGracePeriodSeconds: 30 }),
    )
    await agent.podThat('web', isRunning)
    const before = performance.now()
    await agent.client.delete(Pod, { namespace: 'default', name: 'web' })
    await agent.gone('web')
    expect(performance.now() - before).toBeLessThan(5000)
    await eventually(async () => (await agent.events('web')).includes('Killing: Stopping container main'))
    const left = () =>
      ['pods', 'logs', 'runtime/containers', 'runtime/sandboxes'].flatMap((name) =>
        readdirSync(join(agent.dir, 'node', name)),
      )
    await eventually(() => left().length === 0)
  })

  it('that does not end in time is killed', async () => {
    await create(aPod('web', 'trap "" TERM; while :; do sleep 0.02; done', { terminationGracePeriodSeconds: 1 }))
    await agent.podThat('web', isRunning)
    await agent.client.delete(Pod, { namespace: 'default', name: 'web' })
    await agent.gone('web')
  })

  it('is ended when its deadline has passed', async () => {
    await create(aPod('late', 'sleep 1000', { activeDeadlineSeconds: 1 }))
    const pod = await agent.podThat('late', ({ status }) => status?.phase === 'Failed')
    expect(pod.status).toMatchObject({
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    })
  })

  it('goes on while no agent runs, and is known to the next one', async () => {
    await create(aPod('web', 'sleep 1000'))
    const before = await agent.podThat('web', isReady)
    await agent.restart()
    await create(aPod('other', 'exit 0', { restartPolicy: 'Never' }))
    await agent.podThat('other', ({ status }) => status?.phase === 'Succeeded')
    expect(await agent.pod('web')).toEqual(before)
  })

  it('that was deleted while no agent ran is ended by the next one', async () => {
    await create(aPod('web', 'sleep 1000'))
    await agent.podThat('web', isRunning)
    await agent.stop()
    await agent.client.delete(Pod, { namespace: 'default', name: 'web' })
    await agent.restart()
    await agent.gone('web')
  })
})
