import { describe, expect, it } from 'vitest'
import { aPod } from '../../testing/index.ts'
import { nextAvailability, type ReplicaFacts, replicaStatus } from './replica-status.ts'

const now = 100_000
const facts = (over: Partial<ReplicaFacts> = {}): ReplicaFacts => ({
  generation: 3,
  replicas: 2,
  minReadySeconds: 0,
  templateLabels: { app: 'web' },
  oldStatus: undefined,
  active: [],
  terminating: [],
  failure: undefined,
  now,
  ...over,
})

describe('the status of a ReplicaSet', () => {
  it('counts pods that are ready, available and fully labelled, and leaves zeros out as Go does', () => {
    expect(replicaStatus(facts())).toEqual({ replicas: 0, terminatingReplicas: 0, observedGeneration: 3 })
    const active = [aPod({ labels: { app: 'web' }, readySince: 1000 }), aPod({ readySince: 95_000 }), aPod()]
    expect(replicaStatus(facts({ active, minReadySeconds: 10, terminating: [aPod()] }))).toEqual({
      replicas: 3,
      fullyLabeledReplicas: 1,
      readyReplicas: 2,
      availableReplicas: 1,
      terminatingReplicas: 1,
      observedGeneration: 3,
    })
  })

  it.each([
    { name: 'creating', active: [], reason: 'FailedCreate' },
    { name: 'deleting', active: [aPod(), aPod(), aPod()], reason: 'FailedDelete' },
  ])('says why $name pods failed', ({ active, reason }) => {
    expect(replicaStatus(facts({ active, failure: new Error('exceeded quota') })).conditions).toEqual([
      {
        type: 'ReplicaFailure',
        status: 'True',
        reason,
        message: 'exceeded quota',
        lastTransitionTime: '1970-01-01T00:01:40Z',
      },
    ])
  })

  it('keeps the first failure, and drops it when pods can be made again', () => {
    const oldStatus = { replicas: 0, conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'first' }] }
    expect(replicaStatus(facts({ oldStatus, failure: new Error('second') })).conditions).toEqual(oldStatus.conditions)
    expect(replicaStatus(facts({ oldStatus })).conditions).toBeUndefined()
  })
})

describe('the next availability', () => {
  it('is when the first pod has been ready for long enough', () => {
    const pods = [aPod({ readySince: 95_000 }), aPod({ readySince: 99_000 }), aPod({ readySince: 1000 }), aPod()]
    expect(nextAvailability(pods, 10, now)).toBe(5_000)
    expect(nextAvailability(pods, 0, now)).toBeUndefined()
    expect(nextAvailability([aPod()], 10, now)).toBeUndefined()
  })
})
