import { formatTime } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { planEviction } from './taint-eviction.ts'

const now = 100_000
const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute', timeAdded: formatTime(90_000) }
const other = { key: 'maintenance', effect: 'NoExecute', timeAdded: formatTime(95_000) }
const tolerate = (key: string, tolerationSeconds?: number) => ({
  key,
  operator: 'Exists',
  effect: 'NoExecute',
  ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
})

describe('the eviction of a pod', () => {
  it.each([
    { name: 'never comes without taints that evict', taints: [{ ...notReady, effect: 'NoSchedule' }], want: undefined },
    { name: 'comes at once for a taint that is not tolerated', taints: [notReady], want: { at: now } },
    {
      name: 'never comes for a taint that is tolerated for ever',
      taints: [notReady],
      tolerations: [tolerate(notReady.key)],
      want: undefined,
    },
    {
      name: 'comes after the tolerated time',
      taints: [notReady],
      tolerations: [tolerate(notReady.key, 300)],
      want: { at: 390_000 },
    },
    {
      name: 'comes at the shortest of several times, counted from the last taint',
      taints: [notReady, other],
      tolerations: [tolerate(notReady.key, 300), tolerate('maintenance', 10)],
      want: { at: 105_000 },
    },
    {
      name: 'comes at once when one of several taints is not tolerated',
      taints: [notReady, other],
      tolerations: [tolerate(notReady.key, 300)],
      want: { at: now },
    },
    {
      name: 'does not wait for a negative time',
      taints: [notReady],
      tolerations: [tolerate(notReady.key, -5)],
      want: { at: 90_000 },
    },
  ])('$name', ({ taints, tolerations = [], want }) => {
    expect(planEviction(tolerations, taints, now)).toEqual(want)
  })
})
