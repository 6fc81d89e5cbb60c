import {
  ControllerRevision,
  CronJob,
  DaemonSet,
  Deployment,
  Event,
  Job,
  Namespace,
  Node,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  ResourceQuota,
  ServiceAccount,
  StatefulSet,
} from '@wherry/api'
import { isNotFound } from '@wherry/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startCluster, type TestCluster } from './cluster.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(() => cluster.close())

const namespace = 'default'
const podSpec = (image = 'v1') => ({ containers: [{ name: 'c', image }] })
const templateOf = (app: string, image?: string) => ({ metadata: { labels: { app } }, spec: podSpec(image) })

async function podsOf(app: string) {
  return (await cluster.client.list(Pod, { namespace, labelSelector: `app=${app}` })).items
}

const images = async (app: string) => (await podsOf(app)).map(({ spec }) => spec?.containers[0]?.image)

describe('a StatefulSet', () => {
  const set = (name: string, spec: Partial<StatefulSet['spec'] & {}> = {}): StatefulSet => ({
    metadata: { name, namespace },
    spec: {
      replicas: 2,
      serviceName: name,
      selector: { matchLabels: { app: name } },
      template: templateOf(name),
      ...spec,
    },
  })
  const settled = (name: string, replicas: number) =>
    eventually(async () => {
      const { status, metadata } = await cluster.client.get(StatefulSet, { namespace, name })
      const done =
        status?.observedGeneration === metadata.generation &&
        status?.replicas === replicas &&
        (status.readyReplicas ?? 0) === replicas &&
        status.currentRevision === status.updateRevision
      return done && status
    })

  it('makes its pods in order, with claims of their own, and takes them away in reverse', async () => {
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    }
    await cluster.client.create(StatefulSet, set('db', { volumeClaimTemplates: [claim] }))
    await settled('db', 2)
    const pods = await podsOf('db')
    expect(pods.map(({ metadata }) => metadata.name)).toEqual(['db-0', 'db-1'])
    const { items } = await cluster.client.list(PersistentVolumeClaim, { namespace, labelSelector: 'app=db' })
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['data-db-0', 'data-db-1'])
    await cluster.client.patch(StatefulSet, { namespace, name: 'db' }, { spec: { replicas: 1 } }, { type: 'merge' })
    await settled('db', 1)
    expect((await podsOf('db')).map(({ metadata }) => metadata.name)).toEqual(['db-0'])
    const messages = await eventually(async () => {
      const events = await cluster.client.list(Event, { namespace, fieldSelector: 'involvedObject.name=db' })
      const texts = events.items.map(({ reason, message }) => `${reason}: ${message}`)
      return texts.some((text) => text.startsWith('SuccessfulDelete')) && texts
    })
    expect(messages).toContain('SuccessfulCreate: create Pod db-0 in StatefulSet db successful')
    expect(messages).toContain('SuccessfulCreate: create Claim data-db-0 Pod db-0 in StatefulSet db success')
    expect(messages).toContain('SuccessfulDelete: delete Pod db-1 in StatefulSet db successful')
  })

  it('is updated pod by pod, under the same names', async () => {
    await cluster.client.create(StatefulSet, set('rolling'))
    const { currentRevision } = await settled('rolling', 2)
    const patch = { spec: { template: { spec: podSpec('v2') } } }
    await cluster.client.patch(StatefulSet, { namespace, name: 'rolling' }, patch, { type: 'strategic' })
    await eventually(async () => (await images('rolling')).join() === 'v2,v2')
    const after = await settled('rolling', 2)
    expect(after.currentRevision).not.toBe(currentRevision)
    expect((await podsOf('rolling')).map(({ metadata }) => metadata.name)).toEqual(['rolling-0', 'rolling-1'])
    const { items } = await cluster.client.list(ControllerRevision, { namespace, labelSelector: 'app=rolling' })
    expect(items.map(({ revision }) => revision).sort()).toEqual([1, 2])
  })
})

describe('a DaemonSet', () => {
  it('runs on every node, on new ones too, and is updated node by node', async () => {
    const daemon: DaemonSet = {
      metadata: { name: 'agent', namespace },
      spec: { selector: { matchLabels: { app: 'agent' } }, template: templateOf('agent') },
    }
    await cluster.client.create(DaemonSet, daemon)
    const ready = (count: number) =>
      eventually(async () => {
        const { status, metadata } = await cluster.client.get(DaemonSet, { namespace, name: 'agent' })
        return (
          status?.observedGeneration === metadata.generation &&
          status?.desiredNumberScheduled === count &&
          status.numberReady === count &&
          status.updatedNumberScheduled === count
        )
      })
    await ready(1)
    await cluster.client.create(Node, { metadata: { name: 'n2' } })
    await ready(2)
    const patch = { spec: { template: { spec: podSpec('v2') } } }
    await cluster.client.patch(DaemonSet, { namespace, name: 'agent' }, patch, { type: 'strategic' })
    await eventually(async () => (await images('agent')).join() === 'v2,v2')
    await ready(2)
    await cluster.client.delete(Node, { name: 'n2' })
    await ready(1)
  })
})

describe('a disruption budget', () => {
  it('lets as many pods be evicted as its share allows', async () => {
    const spec = { replicas: 4, selector: { matchLabels: { app: 'guarded' } }, template: templateOf('guarded') }
    await cluster.client.create(Deployment, { metadata: { name: 'guarded', namespace }, spec })
    const budget: PodDisruptionBudget = {
      metadata: { name: 'guard', namespace },
      spec: { maxUnavailable: '25%', selector: { matchLabels: { app: 'guarded' } } },
    }
    await cluster.client.create(PodDisruptionBudget, budget)
    const status = await eventually(async () => {
      const got = await cluster.client.get(PodDisruptionBudget, { namespace, name: 'guard' })
      return got.status?.currentHealthy === 4 && got.status
    })
    expect(status).toMatchObject({ desiredHealthy: 3, expectedPods: 4, disruptionsAllowed: 1, observedGeneration: 1 })
    expect(status.conditions?.[0]).toMatchObject({
      type: 'DisruptionAllowed',
      status: 'True',
      reason: 'SufficientPods',
    })
  })
})

describe('a CronJob', () => {
  it('starts Jobs, and names those that run', async () => {
    const template = { spec: { ...podSpec(), restartPolicy: 'Never' } }
    const cron: CronJob = {
      metadata: { name: 'tick', namespace },
      spec: { schedule: '@every 1s', concurrencyPolicy: 'Forbid', jobTemplate: { spec: { template } } },
    }
    await cluster.client.create(CronJob, cron)
    const status = await eventually(async () => {
      const got = await cluster.client.get(CronJob, { namespace, name: 'tick' })
      return got.status?.active?.length === 1 && got.status
    })
    expect(status.lastScheduleTime).toBeDefined()
    const job = await cluster.client.get(Job, { namespace, name: status.active?.[0]?.name ?? '' })
    expect(job.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'CronJob', name: 'tick', controller: true })
    await cluster.client.delete(CronJob, { namespace, name: 'tick' }, { propagationPolicy: 'Foreground' })
    await eventually(async () => (await cluster.client.list(Job, { namespace })).items.length === 0)
  })
})

describe('a finished Job with a time to live', () => {
  it('goes when its time is over', async () => {
    const template = { spec: { ...podSpec(), restartPolicy: 'Never' } }
    const spec = { ttlSecondsAfterFinished: 0, template }
    await cluster.client.create(Job, { metadata: { name: 'brief', namespace }, spec })
    await eventually(async () => {
      const { items } = await cluster.client.list(Pod, {
        namespace,
        labelSelector: 'batch.kubernetes.io/job-name=brief',
      })
      const pod = items.find(({ status }) => status?.phase === 'Running')
      if (!pod) return false
      const ended = { ...pod, status: { ...pod.status, phase: 'Succeeded', conditions: [] } }
      await cluster.client.update(Pod, ended, { subresource: 'status' })
      return true
    })
    await eventually(() =>
      cluster.client.get(Job, { namespace, name: 'brief' }).then(
        () => false,
        (error: unknown) => isNotFound(error),
      ),
    )
  })
})

describe('a quota', () => {
  it('says what its namespace uses', async () => {
    const hard = { pods: '10', 'requests.cpu': '4', configmaps: '10' }
    await cluster.client.create(Namespace, { metadata: { name: 'limited' } })
    await cluster.client.create(ResourceQuota, { metadata: { name: 'q', namespace: 'limited' }, spec: { hard } })
    await eventually(() => cluster.client.get(ServiceAccount, { namespace: 'limited', name: 'default' }))
    const containers = [{ name: 'c', image: 'i', resources: { requests: { cpu: '500m' } } }]
    await cluster.client.create(Pod, { metadata: { name: 'p', namespace: 'limited' }, spec: { containers } })
    const status = await eventually(async () => {
      const got = await cluster.client.get(ResourceQuota, { namespace: 'limited', name: 'q' })
      return got.status?.used?.pods === '1' && got.status
    })
    expect(status.hard).toEqual(hard)
    expect(status.used).toMatchObject({ pods: '1', 'requests.cpu': '500m' })
  })
})
