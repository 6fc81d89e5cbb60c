import { deepFreeze, labelsMatcher } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { aPod } from '../../testing/index.ts'
import { planClaims } from './claim.ts'

const owner = deepFreeze({ metadata: { name: 'web', namespace: 'default', uid: 'me' } })
const ending = deepFreeze({ metadata: { ...owner.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } })
const mine = { kind: 'ReplicaSet', name: 'web', uid: 'me' }
const other = { kind: 'ReplicaSet', name: 'else', uid: 'other' }
const labels = { app: 'web' }

describe('a claim', () => {
  it.each([
    { name: 'keeps what it owns and matches', pod: aPod({ owner: mine, labels }), want: 'owned' },
    { name: 'releases what it owns and no longer matches', pod: aPod({ owner: mine }), want: 'release' },
    { name: 'adopts what matches and has no owner', pod: aPod({ labels }), want: 'adopt' },
    { name: 'leaves what matches and has another owner', pod: aPod({ owner: other, labels }), want: 'nothing' },
    { name: 'leaves what has no owner and does not match', pod: aPod(), want: 'nothing' },
    { name: 'does not adopt what is being deleted', pod: aPod({ labels, deleting: true }), want: 'nothing' },
    { name: 'of an ending owner keeps what it owns', by: ending, pod: aPod({ owner: mine, labels }), want: 'owned' },
    { name: 'of an ending owner releases nothing', by: ending, pod: aPod({ owner: mine }), want: 'nothing' },
    { name: 'of an ending owner adopts nothing', by: ending, pod: aPod({ labels }), want: 'nothing' },
  ])('$name', ({ by = owner, pod, want }) => {
    const plan = planClaims(by, labelsMatcher({ app: 'web' }), [pod])
    const got = Object.entries(plan).find(([, list]) => list.length > 0)?.[0] ?? 'nothing'
    expect(got).toBe(want)
  })
})
