import { describe, expect, it } from 'vitest'
import { aPod } from '../../testing/index.ts'
import { surplusTerminated } from './plan.ts'

describe('ended pods beyond the threshold', () => {
  const pods = [
    aPod({ name: 'young', created: 3000 }),
    aPod({ name: 'old', created: 1000 }),
    { ...aPod({ name: 'evicted', created: 9000 }), status: { phase: 'Failed', reason: 'Evicted' } },
  ]
  it.each([
    { threshold: 3, want: [] },
    { threshold: 2, want: ['evicted'] },
    { threshold: 1, want: ['evicted', 'old'] },
    { threshold: 0, want: [] },
  ])('of $threshold are $want', ({ threshold, want }) => {
    expect(surplusTerminated(pods, threshold).map(({ metadata }) => metadata.name)).toEqual(want)
  })
})
