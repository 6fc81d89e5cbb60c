import { Deployment, Event, Pod, ReplicaSet } from '@wherry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startCluster, type TestCluster } from './cluster.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(() => cluster.close())

const namespace = 'default'

function deployment(name: string, image = 'v1', spec: Partial<Deployment['spec'] & {}> = {}): Deployment {
  return {
    metadata: { name, namespace },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image }] } },
      ...spec,
    },
  }
}

function complete(name: string, replicas: number) {
  return eventually(async () => {
    const got = await cluster.client.get(Deployment, { namespace, name })
    const { status, metadata } = got
    const done =
      status?.observedGeneration === metadata.generation &&
      (status?.updatedReplicas ?? 0) === replicas &&
      (status?.replicas ?? 0) === replicas &&
      (status?.availableReplicas ?? 0) === replicas
    return done && got
  })
}

async function setsOf(name: string) {
  const { items } = await cluster.client.list(ReplicaSet, { namespace, labelSelector: `app=${name}` })
  return items
}

const image = (name: string) => ({ spec: { template: { spec: { containers: [{ name: 'c', image: name }] } } } })
const patch = (name: string, body: object) =>
  cluster.client.patch(Deployment, { namespace, name }, body, { type: 'strategic' })

describe('a Deployment', () => {
  it('runs its pods, and says so as Kubernetes does', async () => {
    await cluster.client.create(Deployment, deployment('one'))
    const got = await complete('one', 3)
    const [set] = await setsOf('one')
    expect(got.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1')
    expect(got.status).toMatchObject({ replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 })
    const settled = await eventually(async () => {
      const { status } = await cluster.client.get(Deployment, { namespace, name: 'one' })
      return status?.conditions?.some(({ reason }) => reason === 'NewReplicaSetAvailable') && status
    })
    expect(
      settled.conditions?.map(({ type, status, reason, message }) => [type, status, reason, message]).sort(),
    ).toEqual([
      ['Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.'],
      [
        'Progressing',
        'True',
        'NewReplicaSetAvailable',
        `ReplicaSet "${set?.metadata.name}" has successfully progressed.`,
      ],
    ])
    const { items: pods } = await cluster.client.list(Pod, { namespace, labelSelector: 'app=one' })
    for (const pod of pods) expect(pod.metadata.name).toMatch(new RegExp(`^${set?.metadata.name}-[a-z0-9]{5}$`))
    const events = await eventually(async () => {
      const { items } = await cluster.client.list(Event, { namespace })
      const of = items.filter(({ involvedObject }) => involvedObject.name === 'one')
      return of.length > 0 && of
    })
    expect(events.map(({ type, reason, message, source }) => [type, reason, message, source?.component])).toEqual([
      [
        'Normal',
        'ScalingReplicaSet',
        `Scaled up replica set ${set?.metadata.name} from 0 to 3`,
        'deployment-controller',
      ],
    ])
  })

  it('is updated step by step, never below what must be available, and can go back', async () => {
    await cluster.client.create(
      Deployment,
      deployment('two', 'v1', { strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } }),
    )
    await complete('two', 3)
    const stop = new AbortController()
    let least = 3
    const watching = (async () => {
      for await (const event of cluster.client.watch(Deployment, {
        namespace,
        fieldSelector: 'metadata.name=two',
        signal: stop.signal,
      })) {
        if (event.type === 'MODIFIED') least = Math.min(least, event.object.status?.availableReplicas ?? 0)
      }
    })().catch((error: unknown) => {
      if (!stop.signal.aborted) throw error
    })
    await patch('two', image('v2'))
    const got = await complete('two', 3)
    expect(got.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2')
    stop.abort()
    await watching
    expect(least).toBe(3)
    expect((await setsOf('two')).map(({ spec }) => spec?.replicas).sort()).toEqual([0, 3])
    await patch('two', image('v1'))
    const back = await complete('two', 3)
    expect(back.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3')
    const sets = await setsOf('two')
    expect(sets).toHaveLength(2)
    const first = sets.find(({ spec }) => spec?.replicas === 3)
    expect(first?.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    })
  })

  it('recreates when it is told to', async () => {
    await cluster.client.create(Deployment, deployment('three', 'v1', { strategy: { type: 'Recreate' }, replicas: 2 }))
    await complete('three', 2)
    await patch('three', image('v2'))
    await complete('three', 2)
    const { items } = await cluster.client.list(Pod, { namespace, labelSelector: 'app=three' })
    expect(items.map(({ spec }) => spec?.containers[0]?.image)).toEqual(['v2', 'v2'])
  })

  it('scales, and keeps no more old ReplicaSets than its limit', async () => {
    await cluster.client.create(Deployment, deployment('four', 'v1', { replicas: 1, revisionHistoryLimit: 1 }))
    await complete('four', 1)
    await patch('four', { spec: { replicas: 4 } })
    await complete('four', 4)
    await patch('four', { spec: { replicas: 0 } })
    await complete('four', 0)
    for (const name of ['v2', 'v3', 'v4']) {
      await patch('four', image(name))
      await eventually(async () =>
        (await setsOf('four')).some(({ spec }) => spec?.template?.spec?.containers[0]?.image === name),
      )
      await complete('four', 0)
    }
    await eventually(async () => (await setsOf('four')).length === 2)
  })

  it('does nothing new while it is paused', async () => {
    await cluster.client.create(Deployment, deployment('five', 'v1', { replicas: 1 }))
    await complete('five', 1)
    await patch('five', { spec: { paused: true, ...image('v2').spec } })
    const paused = await eventually(async () => {
      const { status, metadata } = await cluster.client.get(Deployment, { namespace, name: 'five' })
      return status?.observedGeneration === metadata.generation && status
    })
    expect(paused?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Progressing', reason: 'DeploymentPaused' }),
    )
    expect(await setsOf('five')).toHaveLength(1)
    await patch('five', { spec: { paused: false } })
    await complete('five', 1)
    expect(await setsOf('five')).toHaveLength(2)
  })

  it('adopts a ReplicaSet that fits and has no owner', async () => {
    const { spec } = deployment('six')
    const orphan: ReplicaSet = {
      metadata: { name: 'six-own', namespace, labels: { app: 'six' } },
      spec: { replicas: 1, selector: { matchLabels: { app: 'six' } }, template: spec?.template },
    }
    const { metadata } = await cluster.client.create(ReplicaSet, orphan)
    await cluster.client.create(Deployment, deployment('six', 'v1', { replicas: 1 }))
    await complete('six', 1)
    const sets = await setsOf('six')
    expect(sets.map((set) => set.metadata.uid)).toEqual([metadata.uid])
    expect(sets[0]?.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'Deployment', name: 'six', controller: true })
  })
})
