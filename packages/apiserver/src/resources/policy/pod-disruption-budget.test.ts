import type { PodDisruptionBudgetSpec, PodDisruptionBudgetStatus } from '@wherry/api'
import { formatFieldError } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { podDisruptionBudgets } from './pod-disruption-budget.ts'

const budget = (spec: PodDisruptionBudgetSpec) => ({ metadata: { name: 'b' }, spec })

describe('a PodDisruptionBudget', () => {
  it.each<{ name: string; spec: PodDisruptionBudgetSpec; want: string[] }>([
    { name: 'a number', spec: { minAvailable: 3 }, want: [] },
    { name: 'a share', spec: { maxUnavailable: '30%', unhealthyPodEvictionPolicy: 'AlwaysAllow' }, want: [] },
    {
      name: 'both',
      spec: { minAvailable: 1, maxUnavailable: 1 },
      want: [
        'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
      ],
    },
    {
      name: 'more than all',
      spec: { minAvailable: '101%' },
      want: ['spec.minAvailable: Invalid value: "101%": must not be greater than 100%'],
    },
    {
      name: 'less than none',
      spec: { maxUnavailable: -1 },
      want: ['spec.maxUnavailable: Invalid value: -1: must be greater than or equal to 0'],
    },
    {
      name: 'no share',
      spec: { minAvailable: 'much' },
      want: [
        `spec.minAvailable: Invalid value: "much": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`,
      ],
    },
    {
      name: 'an unknown policy',
      spec: { minAvailable: 1, unhealthyPodEvictionPolicy: 'Never' },
      want: [
        'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"',
      ],
    },
    {
      name: 'a selector of nothing',
      spec: { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      want: [
        "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      ],
    },
  ])('of $name', ({ spec, want }) => {
    expect(podDisruptionBudgets.validate?.(budget(spec))?.map(formatFieldError)).toEqual(want)
  })

  it('keeps a selector that it had before it was refused', () => {
    const spec = { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }
    expect(podDisruptionBudgets.validate?.(budget({ ...spec, minAvailable: 1 }), budget(spec))).toEqual([])
  })

  it('counts no less than nothing', () => {
    const status: PodDisruptionBudgetStatus = {
      disruptionsAllowed: -1,
      currentHealthy: 1,
      desiredHealthy: 1,
      expectedPods: 1,
    }
    const errors = podDisruptionBudgets.status?.validateUpdate?.({ ...budget({}), status }, budget({}))
    expect(errors?.map(formatFieldError)).toEqual([
      'status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0',
    ])
  })
})
