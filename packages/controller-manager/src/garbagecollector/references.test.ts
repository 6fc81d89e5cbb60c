import type { ObjectMeta } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { Graph } from './graph.ts'
import { blockingDependents, judge, type OwnerState } from './references.ts'

const kind = { group: '', kind: 'Thing' }

function nodeWith(
  owners: string[],
  dependents: { name: string; deletingDependents?: boolean; block?: boolean }[] = [],
) {
  const graph = new Graph({ attemptToDelete() {}, attemptToOrphan() {}, unknownOwner() {} })
  const reference = (uid: string, blockOwnerDeletion = true) => ({
    apiVersion: 'v1',
    kind: 'Thing',
    name: uid,
    uid,
    blockOwnerDeletion,
  })
  const meta: ObjectMeta = { name: 'me', uid: 'me', ownerReferences: owners.map((owner) => reference(owner)) }
  graph.observe(kind, meta)
  for (const { name, deletingDependents, block } of dependents) {
    graph.observe(kind, {
      name,
      uid: name,
      ownerReferences: [reference('me', block)],
      ...(deletingDependents ? { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['foregroundDeletion'] } : {}),
    })
  }
  const node = graph.get('me')
  if (!node) throw new Error('the node has owners')
  return { node, meta }
}

describe('the verdict on an object', () => {
  it.each<{
    name: string
    owners: Record<string, OwnerState>
    dependents?: { name: string; deletingDependents?: boolean }[]
    want: object
  }>([
    { name: 'whose owners are there is to keep it', owners: { a: 'there' }, want: { action: 'keep' } },
    { name: 'without owners is to keep it', owners: {}, dependents: [{ name: 'child' }], want: { action: 'keep' } },
    {
      name: 'whose only owner is gone is to delete it in the background',
      owners: { a: 'gone' },
      want: { action: 'delete', propagationPolicy: 'Background' },
    },
    {
      name: 'that has another owner is to forget the one that is gone',
      owners: { a: 'gone', b: 'there' },
      want: { action: 'dropReferences', references: [expect.objectContaining({ uid: 'b' })] },
    },
    {
      name: 'that an owner waits for is to delete it',
      owners: { a: 'waiting' },
      want: { action: 'delete', propagationPolicy: 'Background' },
    },
    {
      name: 'that an owner waits for and that has dependents is to delete it in the foreground',
      owners: { a: 'waiting' },
      dependents: [{ name: 'child' }],
      want: { action: 'delete', propagationPolicy: 'Foreground' },
    },
    {
      name: 'in a circle of waiting objects is to stop it from blocking',
      owners: { a: 'waiting' },
      dependents: [{ name: 'child', deletingDependents: true }],
      want: {
        action: 'delete',
        propagationPolicy: 'Foreground',
        unblock: [expect.objectContaining({ uid: 'a', blockOwnerDeletion: false })],
      },
    },
  ])('$name', ({ owners, dependents, want }) => {
    const { node, meta } = nodeWith(Object.keys(owners), dependents)
    expect(judge(node, meta, ({ uid }) => owners[uid] ?? 'there')).toEqual(want)
  })

  it('keeps to a policy that was asked for before', () => {
    const { node, meta } = nodeWith(['a'])
    const orphan = judge(node, { ...meta, finalizers: ['orphan'] }, () => 'gone')
    expect(orphan).toEqual({ action: 'delete', propagationPolicy: 'Orphan' })
  })
})

describe('dependents that block a foreground deletion', () => {
  it('are those that say so', () => {
    const { node } = nodeWith(['a'], [{ name: 'blocks' }, { name: 'does not', block: false }])
    expect(blockingDependents(node).map(({ name }) => name)).toEqual(['blocks'])
  })
})
