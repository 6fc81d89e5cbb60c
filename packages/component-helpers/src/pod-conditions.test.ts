import type { PodStatus } from '@wherry/api'
import { formatTime } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { aPod } from '../testing/index.ts'
import { isPodActive, isPodAvailable, isPodReady, isPodTerminal, updatePodCondition } from './pod-conditions.ts'

const now = 1_767_225_600_000
const ready = (status: string, since = now) => ({
  conditions: [{ type: 'Ready', status, lastTransitionTime: formatTime(since) }],
})

describe('a pod', () => {
  it('is ready when its Ready condition is True', () => {
    expect(isPodReady(aPod())).toBe(false)
    expect(isPodReady(aPod({ status: ready('False') }))).toBe(false)
    expect(isPodReady(aPod({ status: ready('True') }))).toBe(true)
  })

  it('has come to its end when it succeeded or failed', () => {
    expect(['Pending', 'Running', 'Unknown'].map((phase) => isPodTerminal(aPod({ status: { phase } })))).not.toContain(
      true,
    )
    expect(['Succeeded', 'Failed'].map((phase) => isPodTerminal(aPod({ status: { phase } })))).not.toContain(false)
  })

  it('is active until it ends or somebody deletes it', () => {
    const pod = aPod({ status: { phase: 'Running' } })
    expect(isPodActive(pod)).toBe(true)
    pod.metadata.deletionTimestamp = formatTime(now)
    expect(isPodActive(pod)).toBe(false)
  })

  it('is available once it has been ready for long enough', () => {
    const pod = aPod({ status: ready('True', now - 9000) })
    expect(isPodAvailable(pod, 0, now)).toBe(true)
    expect(isPodAvailable(pod, 10, now)).toBe(false)
    expect(isPodAvailable(pod, 10, now + 1000)).toBe(true)
    expect(isPodAvailable(aPod({ status: ready('False') }), 0, now)).toBe(false)
  })
})

describe('updatePodCondition', () => {
  it('adds a condition with the time of its change', () => {
    const status: PodStatus = {}
    expect(updatePodCondition(status, { type: 'Ready', status: 'True' }, now)).toBe(true)
    expect(status.conditions).toEqual([{ type: 'Ready', status: 'True', lastTransitionTime: formatTime(now) }])
  })

  it('keeps the time while the status stays, and says whether anything changed', () => {
    const status: PodStatus = ready('True')
    expect(updatePodCondition(status, { type: 'Ready', status: 'True' }, now + 5000)).toBe(false)
    expect(updatePodCondition(status, { type: 'Ready', status: 'True', reason: 'Why' }, now + 5000)).toBe(true)
    expect(status.conditions?.[0]?.lastTransitionTime).toBe(formatTime(now))
  })

  it('moves the time when the status changes', () => {
    const status: PodStatus = ready('True')
    expect(updatePodCondition(status, { type: 'Ready', status: 'False' }, now + 5000)).toBe(true)
    expect(status.conditions?.[0]?.lastTransitionTime).toBe(formatTime(now + 5000))
  })
})
