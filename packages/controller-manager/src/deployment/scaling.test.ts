import { describe, expect, it } from 'vitest'
import { aDeployment, aReplicaSet, type DeploymentShape, type SetShape } from '../../testing/index.ts'
import { revisionOf } from './annotations.ts'
import { isScalingEvent, nextCurrentSize, planCleanup, planScale, planScaleDownOld, type Sizes } from './scaling.ts'

const desired = (replicas: number, max = replicas) => ({
  'deployment.kubernetes.io/desired-replicas': String(replicas),
  'deployment.kubernetes.io/max-replicas': String(max),
})
const current = (shape: SetShape) => aReplicaSet({ name: 'new', created: 9000, ...shape })
const old = (...shapes: SetShape[]) =>
  shapes.map((shape, i) => aReplicaSet({ name: `old-${i}`, created: i * 1000, ...shape }))
const named = (sizes: Sizes) => Object.fromEntries([...sizes].map(([set, size]) => [set.metadata.name, size]))

describe('the next size of the current ReplicaSet', () => {
  it.each([
    { name: 'takes the surge', of: { replicas: 10, maxSurge: 3 }, now: 0, others: [10], want: 3 },
    { name: 'is the whole when nothing is old', of: { replicas: 10 }, now: 0, others: [], want: 10 },
    { name: 'waits while there is no room', of: { replicas: 10, maxSurge: 3 }, now: 3, others: [10], want: 3 },
    { name: 'never passes what is asked for', of: { replicas: 4, maxSurge: '200%' }, now: 1, others: [1], want: 4 },
    { name: 'shrinks at once', of: { replicas: 2 }, now: 5, others: [3], want: 2 },
    { name: 'is the whole when it recreates', of: { replicas: 5, strategy: 'Recreate' }, now: 0, others: [], want: 5 },
  ] satisfies { name: string; of: DeploymentShape; now: number; others: number[]; want: number }[])(
    '$name',
    ({ of, now, others, want }) => {
      const sets = { current: current({ replicas: now }), old: old(...others.map((replicas) => ({ replicas }))) }
      expect(nextCurrentSize(aDeployment(of), sets)).toBe(want)
    },
  )
})

describe('scaling old ReplicaSets down', () => {
  it.each([
    {
      name: 'goes as far as availability allows',
      of: { replicas: 10, maxUnavailable: 2, maxSurge: 2 },
      now: { replicas: 2, available: 0 },
      before: [{ replicas: 10 }],
      want: { 'old-0': 8 },
    },
    {
      name: 'stops when too few are available',
      of: { replicas: 10, maxUnavailable: 2, maxSurge: 2 },
      now: { replicas: 4, available: 0 },
      before: [{ replicas: 8 }],
      want: {},
    },
    {
      name: 'counts what the new one has made available',
      of: { replicas: 10, maxUnavailable: 0, maxSurge: 5 },
      now: { replicas: 5, available: 5 },
      before: [{ replicas: 10 }],
      want: { 'old-0': 5 },
    },
    {
      name: 'takes unavailable replicas first, and the oldest set before others',
      of: { replicas: 10, maxUnavailable: 2, maxSurge: 2 },
      now: { replicas: 4, available: 4 },
      before: [
        { replicas: 3, available: 3 },
        { replicas: 5, available: 2 },
      ],
      want: { 'old-0': 2, 'old-1': 2 },
    },
    {
      name: 'has nothing to do without old pods',
      of: { replicas: 3 },
      now: { replicas: 3 },
      before: [{ replicas: 0 }],
      want: {},
    },
    {
      name: 'moves on by one where rounding leaves neither surge nor unavailability',
      of: { replicas: 1, maxUnavailable: '25%', maxSurge: 0 },
      now: { replicas: 0 },
      before: [{ replicas: 1 }],
      want: { 'old-0': 0 },
    },
  ])('$name', ({ of, now, before, want }) => {
    const sets = { current: current(now), old: old(...before) }
    expect(named(planScaleDownOld(aDeployment(of), sets))).toEqual(want)
  })
})

describe('a change of size', () => {
  it('shows in the annotations of active ReplicaSets', () => {
    const sets = { current: current({ replicas: 3, annotations: desired(3) }), old: [] }
    expect(isScalingEvent(aDeployment({ replicas: 3 }), sets)).toBe(false)
    expect(isScalingEvent(aDeployment({ replicas: 5 }), sets)).toBe(true)
    const idle = { current: undefined, old: old({ replicas: 0, annotations: desired(3) }) }
    expect(isScalingEvent(aDeployment({ replicas: 5 }), idle)).toBe(false)
  })

  it.each([
    {
      name: 'goes all to the only active ReplicaSet',
      of: { replicas: 7 },
      now: { replicas: 3 },
      before: [{ replicas: 0 }],
      want: { new: 7 },
    },
    {
      name: 'goes to the current one when none is active',
      of: { replicas: 2 },
      now: { replicas: 0 },
      before: [{ replicas: 0 }],
      want: { new: 2 },
    },
    {
      name: 'drops the old ones once the current one has all that is asked for',
      of: { replicas: 5 },
      now: { replicas: 5, annotations: desired(5) },
      before: [{ replicas: 2 }],
      want: { 'old-0': 0 },
    },
    {
      name: 'is shared in proportion when it grows',
      of: { replicas: 20, maxSurge: 0, maxUnavailable: 1 },
      now: { replicas: 5, annotations: desired(10) },
      before: [{ replicas: 5, annotations: desired(10) }],
      want: { new: 10, 'old-0': 10 },
    },
    {
      name: 'is shared in proportion when it shrinks',
      of: { replicas: 5, maxSurge: 0, maxUnavailable: 1 },
      now: { replicas: 4, annotations: desired(10) },
      before: [{ replicas: 6, annotations: desired(10) }],
      want: { new: 2, 'old-0': 3 },
    },
    {
      name: 'leaves what cannot be shared to the largest',
      of: { replicas: 6, maxSurge: 0, maxUnavailable: 1 },
      now: { replicas: 1, annotations: desired(5) },
      before: [
        { replicas: 3, annotations: desired(5) },
        { replicas: 1, annotations: desired(5) },
      ],
      want: { new: 1, 'old-0': 4, 'old-1': 1 },
    },
    {
      name: 'to nothing takes all away',
      of: { replicas: 0, maxSurge: 2 },
      now: { replicas: 2, annotations: desired(4) },
      before: [{ replicas: 2, annotations: desired(4) }],
      want: { new: 0, 'old-0': 0 },
    },
  ])('$name', ({ of, now, before, want }) => {
    expect(named(planScale(aDeployment(of), { current: current(now), old: old(...before) }))).toEqual(want)
  })
})

describe('the history of a Deployment', () => {
  it('loses its lowest revisions beyond the limit, but never what still has pods', () => {
    const sets = [
      aReplicaSet({ name: 'r3', revision: 3 }),
      aReplicaSet({ name: 'r1', revision: 1 }),
      aReplicaSet({ name: 'r2', revision: 2, replicas: 1 }),
      aReplicaSet({ name: 'r4', revision: 4 }),
    ]
    const names = (limit: number) =>
      planCleanup(aDeployment({ revisionHistoryLimit: limit }), sets, revisionOf).map(({ metadata }) => metadata.name)
    expect(names(10)).toEqual([])
    expect(names(3)).toEqual(['r1'])
    expect(names(1)).toEqual(['r1', 'r3'])
    expect(names(0)).toEqual(['r1', 'r3', 'r4'])
  })
})
