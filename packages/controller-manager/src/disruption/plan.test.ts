import type { PodDisruptionBudget } from '@wherry/api'
import { deepFreeze, formatTime } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { aPod, type PodShape } from '../../testing/index.ts'
import { planBudget } from './plan.ts'

const now = 1_000_000

function budget(spec: PodDisruptionBudget['spec'], status?: Partial<PodDisruptionBudget['status'] & {}>) {
  const counts = { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, disruptionsAllowed: 0 }
  return deepFreeze<PodDisruptionBudget>({
    metadata: { name: 'b', namespace: 'default', generation: 2 },
    spec: spec ?? {},
    ...(status ? { status: { ...counts, ...status } } : {}),
  })
}

const pods = (ready: number, unready = 0, shape: PodShape = {}) => [
  ...Array.from({ length: ready }, (_, i) => aPod({ name: `r${i}`, readySince: 1, ...shape })),
  ...Array.from({ length: unready }, (_, i) => aPod({ name: `u${i}`, ...shape })),
]

function plan(b: ReturnType<typeof budget>, selected: ReturnType<typeof pods>, replicas: number | undefined = 5) {
  return planBudget({
    budget: b,
    pods: selected,
    scaleOf: () => (replicas < 0 ? undefined : { uid: 'd', replicas }),
    now,
  })
}

describe('a disruption budget', () => {
  it.each([
    { name: 'a number that must stay', spec: { minAvailable: 2 }, selected: pods(3), want: [3, 2, 3, 1] },
    { name: 'fewer than must stay', spec: { minAvailable: 4 }, selected: pods(3), want: [3, 4, 3, 0] },
    { name: 'a share that must stay', spec: { minAvailable: '50%' }, selected: pods(4, 1), want: [4, 3, 5, 1] },
    { name: 'a number that may be missing', spec: { maxUnavailable: 1 }, selected: pods(5), want: [5, 4, 5, 1] },
    { name: 'a number that is missing already', spec: { maxUnavailable: 1 }, selected: pods(4, 1), want: [4, 4, 5, 0] },
    { name: 'a share that may be missing', spec: { maxUnavailable: '30%' }, selected: pods(5), want: [5, 3, 5, 2] },
    {
      name: 'pods that are going',
      spec: { minAvailable: 1 },
      selected: pods(2, 0, { deleting: true }),
      want: [0, 1, 2, 0],
    },
    {
      name: 'pods that have ended',
      spec: { minAvailable: 0 },
      selected: pods(2, 0, { phase: 'Failed' }),
      want: [0, 0, 0, 0],
    },
  ])('counts $name', ({ spec, selected, want }) => {
    const { currentHealthy, desiredHealthy, expectedPods, disruptionsAllowed } = plan(budget(spec), selected).status
    expect([currentHealthy, desiredHealthy, expectedPods, disruptionsAllowed]).toEqual(want)
  })

  it('says whether disruptions are allowed', () => {
    const reason = (ready: number) => plan(budget({ minAvailable: 1 }), pods(ready)).status.conditions?.[0]
    expect(reason(2)).toMatchObject({
      type: 'DisruptionAllowed',
      status: 'True',
      reason: 'SufficientPods',
      observedGeneration: 2,
    })
    expect(reason(1)).toMatchObject({ status: 'False', reason: 'InsufficientPods' })
  })

  it('does not count pods whose eviction is on its way, and forgets evictions that never came', () => {
    const disruptedPods = { r0: formatTime(now - 10_000), r1: formatTime(now - 130_000), gone: formatTime(now) }
    const { status, requeueAfterMs } = plan(budget({ minAvailable: 1 }, { disruptedPods }), pods(3))
    expect(status.disruptedPods).toEqual({ r0: formatTime(now - 10_000) })
    expect(status.currentHealthy).toBe(2)
    expect(requeueAfterMs).toBe(110_000)
  })

  it('tells of pods that it cannot count', () => {
    const got = plan(budget({ maxUnavailable: 1 }), pods(2), -1)
    expect(got.unmanaged).toHaveLength(2)
    expect(got.status.disruptionsAllowed).toBe(0)
    expect(plan(budget({ minAvailable: 1 }), pods(2), -1).unmanaged).toEqual([])
  })
})
