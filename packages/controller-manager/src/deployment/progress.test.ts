import type { Deployment, DeploymentStatus } from '@wherry/api'
import { formatTime } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { aDeployment, aReplicaSet, type SetShape } from '../../testing/index.ts'
import { conditionsOf, nextProgressCheck, rolloutStatus, withPause } from './progress.ts'

const now = 1_000_000
const updatedAt = (ms: number) => ({ lastUpdateTime: formatTime(ms), lastTransitionTime: formatTime(ms) })
const progressing = (reason: string, ms: number) => ({ type: 'Progressing', status: 'True', reason, ...updatedAt(ms) })

function statusOf(current: SetShape | undefined, before: DeploymentStatus = {}, old: SetShape[] = []) {
  const deployment = aDeployment({ replicas: 2, status: before, progressDeadlineSeconds: 60 })
  const sets = {
    current: current && aReplicaSet({ name: 'web-new', ...current }),
    old: old.map((shape, i) => aReplicaSet({ name: `web-old-${i}`, ...shape })),
  }
  const status = rolloutStatus(deployment, sets, conditionsOf(deployment), now)
  return { deployment, status, condition: status.conditions?.find(({ type }) => type === 'Progressing') }
}

describe('the status of a rollout', () => {
  it('counts over all ReplicaSets', () => {
    const { status } = statusOf({ replicas: 2, actual: 2, available: 1, ready: 2 }, {}, [{ replicas: 1, available: 1 }])
    expect(status).toMatchObject({
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 2,
      readyReplicas: 3,
      availableReplicas: 2,
      unavailableReplicas: 1,
      terminatingReplicas: 0,
    })
  })

  it.each([
    { available: 2, want: ['True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.'] },
    { available: 1, want: ['False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.'] },
  ])('is available with $available of 2', ({ available, want }) => {
    const { status } = statusOf({ replicas: 2, available })
    const condition = status.conditions?.find(({ type }) => type === 'Available')
    expect([condition?.status, condition?.reason, condition?.message]).toEqual(want)
  })

  it.each([
    {
      name: 'complete',
      current: { replicas: 2 },
      before: {},
      want: ['True', 'NewReplicaSetAvailable', 'ReplicaSet "web-new" has successfully progressed.'],
    },
    {
      name: 'moving',
      current: { replicas: 2, available: 1 },
      before: { updatedReplicas: 1 },
      want: ['True', 'ReplicaSetUpdated', 'ReplicaSet "web-new" is progressing.'],
    },
    {
      name: 'stuck for too long',
      current: { replicas: 2, available: 0 },
      before: { replicas: 2, updatedReplicas: 2, conditions: [progressing('ReplicaSetUpdated', now - 61_000)] },
      want: ['False', 'ProgressDeadlineExceeded', 'ReplicaSet "web-new" has timed out progressing.'],
    },
    {
      name: 'stuck, but not for too long',
      current: { replicas: 2, available: 0 },
      before: { replicas: 2, updatedReplicas: 2, conditions: [progressing('ReplicaSetUpdated', now - 59_000)] },
      want: ['True', 'ReplicaSetUpdated', undefined],
    },
    {
      name: 'at rest, though a pod has failed since',
      current: { replicas: 2, available: 1 },
      before: { replicas: 2, updatedReplicas: 2, conditions: [progressing('NewReplicaSetAvailable', 0)] },
      want: ['True', 'NewReplicaSetAvailable', undefined],
    },
  ])('says when it is $name', ({ current, before, want }) => {
    const { condition } = statusOf(current, before)
    expect([condition?.status, condition?.reason, condition?.message]).toEqual(want)
  })

  it('moves the time of update with every progress, and the time of transition with the status alone', () => {
    const before = { updatedReplicas: 0, conditions: [progressing('ReplicaSetUpdated', 5000)] }
    const { condition } = statusOf({ replicas: 2, available: 0 }, before)
    expect(condition).toMatchObject({ lastUpdateTime: formatTime(now), lastTransitionTime: formatTime(5000) })
  })

  it('tells of a failure of its ReplicaSets, the current one first, and forgets it afterwards', () => {
    const { status } = statusOf({ replicas: 2, failure: 'new quota' }, {}, [{ replicas: 1, failure: 'old quota' }])
    expect(status.conditions?.find(({ type }) => type === 'ReplicaFailure')?.message).toBe('new quota')
    const again = statusOf({ replicas: 2 }, status)
    expect(again.status.conditions?.some(({ type }) => type === 'ReplicaFailure')).toBe(false)
  })
})

describe('the next check for progress', () => {
  it.each([
    { name: 'comes when the deadline has passed', reason: 'ReplicaSetUpdated', at: now - 20_000, want: 41_000 },
    { name: 'comes soon when it is overdue', reason: 'ReplicaSetUpdated', at: 0, want: 1_000 },
    { name: 'is not needed after a success', reason: 'NewReplicaSetAvailable', at: 0, want: undefined },
    { name: 'is not needed after a failure', reason: 'ProgressDeadlineExceeded', at: 0, want: undefined },
  ])('$name', ({ reason, at, want }) => {
    const deployment = aDeployment({ progressDeadlineSeconds: 60 })
    expect(nextProgressCheck(deployment, { conditions: [progressing(reason, at)] }, now)).toBe(want)
  })
})

describe('a pause', () => {
  const conditions = (deployment: Parameters<typeof withPause>[0]) =>
    withPause(deployment, conditionsOf(deployment), now).map(({ status, reason }) => [status, reason])
  const with_ = (reason: string): Deployment['status'] => ({ conditions: [progressing(reason, 0)] })

  it('is told, and so is its end', () => {
    expect(conditions(aDeployment({ paused: true }))).toEqual([['Unknown', 'DeploymentPaused']])
    expect(conditions(aDeployment({ status: with_('DeploymentPaused') }))).toEqual([['Unknown', 'DeploymentResumed']])
  })

  it('does not hide that the deadline was exceeded', () => {
    const status = with_('ProgressDeadlineExceeded')
    expect(conditions(aDeployment({ paused: true, status }))).toEqual([['True', 'ProgressDeadlineExceeded']])
  })
})
