import { Job, Pod } from '@wherry/api'
import { isNotFound } from '@wherry/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, startCluster, type TestCluster } from './cluster.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startCluster({ controllers: ['job', 'garbage-collector'] })
})
afterAll(() => cluster.close())

const namespace = 'default'

function job(name: string, spec: Partial<Job['spec'] & {}> = {}): Job {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } }
  return { metadata: { name, namespace }, spec: { template, ...spec } }
}

async function podsOf(name: string) {
  return (await cluster.client.list(Pod, { namespace, labelSelector: `batch.kubernetes.io/job-name=${name}` })).items
}

/** Ends one running pod of the Job. */
function endOne(name: string, phase: 'Succeeded' | 'Failed') {
  return eventually(async () => {
    const pod = (await podsOf(name)).find(
      ({ status, metadata }) => status?.phase === 'Running' && !metadata.deletionTimestamp,
    )
    if (!pod) return false
    await cluster.client.update(
      Pod,
      { ...pod, status: { ...pod.status, phase, conditions: [] } },
      { subresource: 'status' },
    )
    return pod
  })
}

const condition = (name: string, type: string) =>
  eventually(async () => {
    const got = await cluster.client.get(Job, { namespace, name })
    return got.status?.conditions?.some((c) => c.type === type && c.status === 'True') && got
  })

describe('a Job', () => {
  it('completes, and counts each pod once', async () => {
    await cluster.client.create(Job, job('ok', { completions: 3, parallelism: 2 }))
    for (let i = 0; i < 3; i++) await endOne('ok', 'Succeeded')
    const { status } = await condition('ok', 'Complete')
    expect(status).toMatchObject({ succeeded: 3, ready: 0, terminating: 0 })
    expect(status?.active).toBeUndefined()
    expect(status?.completionTime).toBeDefined()
    const pods = await podsOf('ok')
    expect(pods).toHaveLength(3)
    await eventually(async () => (await podsOf('ok')).every(({ metadata }) => !metadata.finalizers?.length))
  })

  it('fails beyond its back-off limit', async () => {
    await cluster.client.create(Job, job('bad', { backoffLimit: 0, parallelism: 2, completions: 2 }))
    await endOne('bad', 'Failed')
    const { status } = await condition('bad', 'Failed')
    expect(status?.conditions?.find(({ type }) => type === 'Failed')).toMatchObject({
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    })
    expect(status?.failed).toBe(2)
    await eventually(async () => (await podsOf('bad')).length === 1)
  })

  it('knows which of its indexes have completed', async () => {
    await cluster.client.create(Job, job('indexed', { completionMode: 'Indexed', completions: 2, parallelism: 2 }))
    await endOne('indexed', 'Succeeded')
    await endOne('indexed', 'Succeeded')
    const { status } = await condition('indexed', 'Complete')
    expect(status).toMatchObject({ completedIndexes: '0,1', succeeded: 2 })
  })

  it('stops while it is suspended', async () => {
    await cluster.client.create(Job, job('paused'))
    await eventually(async () => (await podsOf('paused')).length === 1)
    await cluster.client.patch(Job, { namespace, name: 'paused' }, { spec: { suspend: true } }, { type: 'merge' })
    await condition('paused', 'Suspended')
    await eventually(async () => (await podsOf('paused')).length === 0)
    await cluster.client.patch(Job, { namespace, name: 'paused' }, { spec: { suspend: false } }, { type: 'merge' })
    await endOne('paused', 'Succeeded')
    await condition('paused', 'Complete')
  })

  it('takes its pods with it', async () => {
    await cluster.client.create(Job, job('gone'))
    await eventually(async () => (await podsOf('gone')).length === 1)
    await cluster.client.delete(Job, { namespace, name: 'gone' }, { propagationPolicy: 'Background' })
    await eventually(() =>
      cluster.client.get(Job, { namespace, name: 'gone' }).then(
        () => false,
        (error: unknown) => isNotFound(error),
      ),
    )
    await eventually(async () => (await podsOf('gone')).length === 0)
  })
})
