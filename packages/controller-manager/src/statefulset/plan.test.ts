import type { Pod, StatefulSet } from '@wherry/api'
import { type DeepReadonly, deepFreeze } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { aPod, type PodShape } from '../../testing/index.ts'
import { claimsOf, newStatefulPod } from './identity.ts'
import { planStatefulSet } from './plan.ts'
import { planRetention } from './retention.ts'

const now = 1_000_000

function aSet(spec: Partial<StatefulSet['spec'] & {}> = {}, status?: StatefulSet['status']) {
  const set: StatefulSet = {
    metadata: { name: 'db', namespace: 'default', uid: 'uid-db', generation: 1 },
    spec: {
      replicas: 3,
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      ...spec,
    },
    ...(status ? { status } : {}),
  }
  return deepFreeze(set)
}

const member = (ordinal: number, shape: PodShape & { revision?: string } = {}) => {
  const { revision = 'v1', ...rest } = shape
  return aPod({
    name: `db-${ordinal}`,
    node: 'n1',
    readySince: 1,
    ...rest,
    labels: { 'controller-revision-hash': revision },
  })
}
const unready = { readySince: undefined }

function plan(set: ReturnType<typeof aSet>, pods: DeepReadonly<Pod>[], updateRevision = 'v1') {
  return planStatefulSet({ set, pods, currentRevision: 'v1', updateRevision, collisionCount: 0, now })
}
const outcome = ({ create, remove }: ReturnType<typeof plan>) => [
  create.map(({ ordinal, old }) => `${ordinal}${old ? ' old' : ''}`),
  remove.map(({ metadata }) => metadata.name),
]

describe('a StatefulSet', () => {
  it.each([
    { name: 'makes its first pod', pods: [], want: [['0'], []] },
    { name: 'waits for a pod before it makes the next', pods: [member(0, unready)], want: [[], []] },
    { name: 'makes the next when the one before is available', pods: [member(0)], want: [['1'], []] },
    { name: 'fills gaps first', pods: [member(0), member(2)], want: [['1'], []] },
    { name: 'waits for a pod that is going', pods: [member(0, { deleting: true }), member(1)], want: [[], []] },
    { name: 'replaces a pod that has failed', pods: [member(0, { phase: 'Failed' })], want: [[], ['db-0']] },
    { name: 'is content when all are there', pods: [member(0), member(1), member(2)], want: [[], []] },
    {
      name: 'removes the highest pod that is too many',
      pods: [member(0), member(1), member(2), member(3), member(4)],
      want: [[], ['db-4']],
    },
    {
      name: 'removes one after the other',
      pods: [member(0), member(1), member(2), member(3), member(4, { deleting: true })],
      want: [[], []],
    },
    {
      name: 'does not remove a pod while another one is unwell',
      pods: [member(0), member(1, unready), member(2), member(3)],
      want: [[], []],
    },
  ])('$name', ({ pods, want }) => {
    expect(outcome(plan(aSet(), pods))).toEqual(want)
  })

  it('may do all at once', () => {
    const parallel = aSet({ podManagementPolicy: 'Parallel' })
    expect(outcome(plan(parallel, []))).toEqual([['0', '1', '2'], []])
    const pods = [member(0, unready), member(1), member(2), member(3), member(4)]
    expect(outcome(plan(parallel, pods))).toEqual([[], ['db-4', 'db-3']])
  })

  it('may count from another number', () => {
    expect(outcome(plan(aSet({ ordinals: { start: 5 } }), [member(5), member(0)]))).toEqual([['6'], []])
  })

  it('that is deleted does nothing', () => {
    const ending = deepFreeze({
      ...aSet(),
      metadata: { ...aSet().metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    })
    expect(outcome(plan(ending, []))).toEqual([[], []])
  })

  it('waits until a pod has been ready for long enough', () => {
    const got = plan(aSet({ minReadySeconds: 10 }), [member(0, { readySince: now - 4000 })])
    expect(outcome(got)).toEqual([[], []])
    expect(got.requeueAfterMs).toBe(6000)
  })
})

describe('an update of a StatefulSet', () => {
  const old = [member(0), member(1), member(2)]

  it('replaces the highest pod first', () => {
    const { status, ...got } = plan(aSet(), old, 'v2')
    expect(outcome({ status, ...got })).toEqual([[], ['db-2']])
    expect(status).toMatchObject({ currentRevision: 'v1', updateRevision: 'v2', currentReplicas: 3 })
    expect(status.updatedReplicas).toBeUndefined()
  })

  it('goes down as the pods above become available', () => {
    expect(outcome(plan(aSet(), [member(0), member(1), member(2, { revision: 'v2' })], 'v2'))).toEqual([[], ['db-1']])
    const waiting = [member(0), member(1), member(2, { revision: 'v2', ...unready })]
    expect(outcome(plan(aSet(), waiting, 'v2'))).toEqual([[], []])
  })

  it('stops at its partition, below which pods stay as they were', () => {
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 2 } }
    const set = aSet({ updateStrategy }, { replicas: 3, availableReplicas: 3, currentReplicas: 2 })
    const done = [member(0), member(1), member(2, { revision: 'v2' })]
    expect(outcome(plan(set, done, 'v2'))).toEqual([[], []])
    expect(outcome(plan(set, [member(0), member(2, { revision: 'v2' })], 'v2'))).toEqual([['1 old'], []])
  })

  it('is over when every pod is new and ready', () => {
    const { status } = plan(
      aSet(),
      [0, 1, 2].map((i) => member(i, { revision: 'v2' })),
      'v2',
    )
    expect(status).toMatchObject({
      currentRevision: 'v2',
      updateRevision: 'v2',
      currentReplicas: 3,
      updatedReplicas: 3,
    })
  })

  it('on delete waits for somebody to delete', () => {
    expect(outcome(plan(aSet({ updateStrategy: { type: 'OnDelete' } }), old, 'v2'))).toEqual([[], []])
    expect(outcome(plan(aSet({ updateStrategy: { type: 'OnDelete' } }), [member(0)], 'v2'))).toEqual([['1'], []])
  })
})

describe('the pod of a StatefulSet', () => {
  const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }]
  const set = aSet({ volumeClaimTemplates })

  it('has a name, a hostname and volumes of its own', () => {
    const pod = newStatefulPod(set, set.spec?.template ?? {}, 'db-abc', 1)
    expect(pod.metadata).toMatchObject({
      name: 'db-1',
      labels: {
        app: 'db',
        'statefulset.kubernetes.io/pod-name': 'db-1',
        'apps.kubernetes.io/pod-index': '1',
        'controller-revision-hash': 'db-abc',
      },
    })
    expect(pod.metadata.generateName).toBeUndefined()
    expect(pod.spec).toMatchObject({
      hostname: 'db-1',
      subdomain: 'db',
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-1' } }],
    })
    expect(claimsOf(set, 1)[0]?.metadata).toEqual({ name: 'data-db-1', namespace: 'default', labels: { app: 'db' } })
  })

  it.each([
    { name: 'stay', policy: { whenDeleted: 'Retain', whenScaled: 'Retain' }, condemned: true, want: undefined },
    {
      name: 'go with the set',
      policy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
      condemned: true,
      want: 'StatefulSet',
    },
    {
      name: 'go with a pod that is too many',
      policy: { whenDeleted: 'Delete', whenScaled: 'Delete' },
      condemned: true,
      want: 'Pod',
    },
    {
      name: 'stay with a pod that stays',
      policy: { whenDeleted: 'Retain', whenScaled: 'Delete' },
      condemned: false,
      want: undefined,
    },
  ])('has claims that $name: $policy', ({ policy, condemned, want }) => {
    const claim = deepFreeze({ metadata: { name: 'data-db-1' } })
    const got = planRetention(aSet({ persistentVolumeClaimRetentionPolicy: policy }), member(1), claim, condemned)
    expect(got?.map(({ kind }) => kind)).toEqual(want && [want])
  })
})
