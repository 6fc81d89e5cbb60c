import type { Pod } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { aDeployment, aPod, aReplicaSet, type DeploymentShape } from '../../testing/index.ts'
import { planDeployment } from './plan.ts'
import type { ReplicaSetView } from './sizes.ts'

const now = 1_000_000
const plan = (
  of: DeploymentShape,
  sets: readonly ReplicaSetView[] = [],
  pods: Record<string, DeepReadonly<Pod>[]> = {},
) => planDeployment({ deployment: aDeployment(of), sets, podsOf: (set) => pods[set.metadata.name ?? ''] ?? [], now })
const desired = (replicas: number, max = replicas + 1) => ({
  'deployment.kubernetes.io/desired-replicas': String(replicas),
  'deployment.kubernetes.io/max-replicas': String(max),
})
const sizes = ({ updates }: ReturnType<typeof plan>) =>
  Object.fromEntries(updates.map(({ set, from }) => [set.metadata.name, [from, set.spec?.replicas]]))

describe('a Deployment without a ReplicaSet', () => {
  it('gets one for its template, labelled with the hash, in its first revision', () => {
    const { create } = plan({ replicas: 3, annotations: { team: 'a' } })
    const hash = create?.metadata.labels?.['pod-template-hash'] ?? ''
    expect(hash).not.toBe('')
    expect(create).toEqual({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        namespace: 'default',
        name: `web-${hash}`,
        labels: { app: 'web', 'pod-template-hash': hash },
        annotations: { team: 'a', 'deployment.kubernetes.io/revision': '1', ...desired(3) },
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            name: 'web',
            uid: 'uid-web',
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'web', 'pod-template-hash': hash } },
        template: {
          metadata: { labels: { app: 'web', 'pod-template-hash': hash } },
          spec: { containers: [{ name: 'c', image: 'v1' }] },
        },
      },
    })
  })

  it('gets none while it is paused', () => {
    const { create, status } = plan({ paused: true })
    expect(create).toBeUndefined()
    expect(status.conditions?.map(({ type, reason }) => [type, reason])).toContainEqual([
      'Progressing',
      'DeploymentPaused',
    ])
  })
})

describe('a rolling update', () => {
  it('makes a ReplicaSet of the next revision and the size that the surge allows', () => {
    const old = aReplicaSet({ replicas: 4, revision: 1, annotations: desired(4) })
    const { create } = plan({ image: 'v2', replicas: 4, maxSurge: 1 }, [old])
    expect(create?.spec?.replicas).toBe(1)
    expect(create?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2')
  })

  it('grows the new before it shrinks the old', () => {
    const old = aReplicaSet({ name: 'old', replicas: 3, revision: 1, annotations: desired(4) })
    const current = aReplicaSet({ name: 'new', image: 'v2', replicas: 1, revision: 2, annotations: desired(4) })
    expect(sizes(plan({ image: 'v2', replicas: 4, maxSurge: 1 }, [old, current]))).toEqual({ new: [1, 2] })
  })

  it('shrinks the old when the new cannot grow', () => {
    const old = aReplicaSet({ name: 'old', replicas: 4, revision: 1, annotations: desired(4) })
    const current = aReplicaSet({ name: 'new', image: 'v2', replicas: 1, revision: 2, annotations: desired(4) })
    expect(sizes(plan({ image: 'v2', replicas: 4, maxSurge: 1 }, [old, current]))).toEqual({ old: [4, 2] })
  })

  it('rolled back uses the old ReplicaSet again, as the newest revision', () => {
    const first = aReplicaSet({ name: 'first', image: 'v1', replicas: 0, revision: 1, annotations: desired(1) })
    const second = aReplicaSet({ name: 'second', image: 'v2', replicas: 1, revision: 2, annotations: desired(1) })
    const { updates, revision, create } = plan({ image: 'v1', replicas: 1 }, [first, second])
    expect(create).toBeUndefined()
    expect(revision).toBe('3')
    expect(updates[0]?.set.metadata).toMatchObject({
      name: 'first',
      annotations: { 'deployment.kubernetes.io/revision': '3', 'deployment.kubernetes.io/revision-history': '1' },
    })
  })

  it('ends with the old history cleaned up', () => {
    const old = aReplicaSet({ name: 'old', replicas: 0, revision: 1 })
    const current = aReplicaSet({ name: 'new', image: 'v2', replicas: 1, revision: 2, annotations: desired(1, 2) })
    const of: DeploymentShape = {
      image: 'v2',
      revisionHistoryLimit: 0,
      annotations: { 'deployment.kubernetes.io/revision': '2' },
    }
    const { remove, updates } = plan(of, [old, current])
    expect(remove.map(({ metadata }) => metadata.name)).toEqual(['old'])
    expect(updates).toEqual([])
  })

  it('waits while it is paused, but scales', () => {
    const old = aReplicaSet({ name: 'old', replicas: 2, annotations: desired(2) })
    const { create, updates } = plan({ image: 'v2', replicas: 5, paused: true }, [old])
    expect(create).toBeUndefined()
    expect(updates.map(({ set }) => set.spec?.replicas)).toEqual([5])
  })

  it('of a Deployment that is scaled in between goes on after the sizes are shared out', () => {
    const old = aReplicaSet({ name: 'old', replicas: 3, annotations: desired(4, 4) })
    const current = aReplicaSet({ name: 'new', image: 'v2', replicas: 1, annotations: desired(4, 4) })
    const got = plan({ image: 'v2', replicas: 8, maxSurge: 0, maxUnavailable: 1 }, [old, current])
    expect(sizes(got)).toEqual({ old: [3, 6], new: [1, 2] })
    expect(got.updates[0]?.set.metadata.annotations).toMatchObject(desired(8, 8))
  })
})

describe('a Deployment that recreates', () => {
  const old = aReplicaSet({ name: 'old', replicas: 2, annotations: desired(2) })
  const drained = aReplicaSet({ name: 'old', replicas: 0, actual: 0, annotations: desired(2) })
  const of: DeploymentShape = { image: 'v2', replicas: 2, strategy: 'Recreate' }

  it('takes all old pods away first', () => {
    const got = plan(of, [old])
    expect(got.create).toBeUndefined()
    expect(sizes(got)).toEqual({ old: [2, 0] })
  })

  it('waits until the last old pod has ended', () => {
    expect(plan(of, [drained], { old: [aPod({ deleting: true })] }).create).toBeUndefined()
    expect(plan(of, [drained], { old: [aPod({ phase: 'Succeeded' })] }).create?.spec?.replicas).toBe(2)
    expect(plan(of, [drained]).create?.spec?.replicas).toBe(2)
  })
})
