import { describe, expect, it } from 'vitest'
import { aPod, type PodShape } from '../../testing/index.ts'
import { costOf, podsToDelete } from './pod-ranking.ts'

const now = 1_000_000_000
const readyPod = (shape: PodShape) => aPod({ node: 'n1', readySince: now - 1000, ...shape })

describe('pods chosen for deletion', () => {
  it.each([
    { name: 'a pod without a node goes first', first: aPod({ phase: 'Pending' }), last: readyPod({}) },
    {
      name: 'a pending pod goes before a running one',
      first: aPod({ node: 'n1', phase: 'Pending', readySince: 1 }),
      last: readyPod({}),
    },
    {
      name: 'a pod of unknown phase goes before a running one',
      first: aPod({ node: 'n1', phase: 'Unknown', readySince: 1 }),
      last: readyPod({}),
    },
    { name: 'a pod that is not ready goes before a ready one', first: aPod({ node: 'n1' }), last: readyPod({}) },
    {
      name: 'a lower deletion cost goes first, whatever the age',
      first: readyPod({ annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-5' }, readySince: 1000 }),
      last: readyPod({}),
    },
    {
      name: 'a pod that has been ready for a shorter time goes first',
      first: readyPod({ readySince: now - 1000 }),
      last: readyPod({ readySince: now - 100_000 }),
    },
    {
      name: 'more restarts go first',
      first: readyPod({ restarts: 3, readySince: now - 1000 }),
      last: readyPod({ readySince: now - 1000 }),
    },
    {
      name: 'the younger pod goes first',
      first: readyPod({ created: now - 2000 }),
      last: readyPod({ created: now - 2_000_000 }),
    },
    {
      name: 'among pods of about the same age the lower uid goes',
      first: readyPod({ uid: 'a', readySince: now - 1_300_000 }),
      last: readyPod({ uid: 'b', readySince: now - 1_200_000 }),
    },
  ])('$name', ({ first, last }) => {
    expect(podsToDelete([last, first], [], 1, now)).toEqual([first])
    expect(podsToDelete([first, last], [], 1, now)).toEqual([first])
  })

  it('come from the node that holds most pods of the same Deployment', () => {
    const lonely = readyPod({ node: 'n1', readySince: now - 10 })
    const crowded = readyPod({ node: 'n2', readySince: now - 100_000 })
    const neighbour = readyPod({ node: 'n2' })
    expect(podsToDelete([lonely, crowded], [lonely, crowded, neighbour], 1, now)).toEqual([crowded])
  })

  it('are all of them when all have to go', () => {
    const pods = [readyPod({}), readyPod({})]
    expect(podsToDelete(pods, [], 5, now)).toEqual(pods)
  })
})

describe('the deletion cost', () => {
  it.each([
    ['100', 100],
    ['-1', -1],
    ['0', 0],
    ['1.5', 0],
    ['+1', 0],
    ['007', 0],
    ['4294967296', 0],
    ['', 0],
  ])('%s counts as %d', (text, want) => {
    expect(costOf(aPod({ annotations: { 'controller.kubernetes.io/pod-deletion-cost': text } }))).toBe(want)
  })
})
