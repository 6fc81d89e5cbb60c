import { formatTime } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { type Leftovers, namespaceConditions } from './conditions.ts'

const nothing: Leftovers = { deletionFailures: [], resources: {}, finalizers: {} }
const now = 5000

describe('the conditions of an ending namespace', () => {
  it('say that nothing is in the way', () => {
    expect(
      namespaceConditions([], nothing, now).map(({ type, status, reason, message }) => [type, status, reason, message]),
    ).toEqual([
      ['NamespaceDeletionDiscoveryFailure', 'False', 'ResourcesDiscovered', 'All resources successfully discovered'],
      [
        'NamespaceDeletionGroupVersionParsingFailure',
        'False',
        'ParsedGroupVersions',
        'All legacy kube types successfully parsed',
      ],
      [
        'NamespaceDeletionContentFailure',
        'False',
        'ContentDeleted',
        'All content successfully deleted, may be waiting on finalization',
      ],
      ['NamespaceContentRemaining', 'False', 'ContentRemoved', 'All content successfully removed'],
      ['NamespaceFinalizersRemaining', 'False', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
    ])
  })

  it.each([
    {
      left: { resources: { 'pods.': 1, 'deployments.apps': 2 } },
      type: 'NamespaceContentRemaining',
      want: [
        'SomeResourcesRemain',
        'Some resources are remaining: deployments.apps has 2 resource instances, pods. has 1 resource instances',
      ],
    },
    {
      left: { finalizers: { 'example.com/wait': 3 } },
      type: 'NamespaceFinalizersRemaining',
      want: [
        'SomeFinalizersRemain',
        'Some content in the namespace has finalizers remaining: example.com/wait in 3 resource instances',
      ],
    },
    {
      left: { deletionFailures: ['b failed', 'a failed'] },
      type: 'NamespaceDeletionContentFailure',
      want: ['ContentDeletionFailed', 'Failed to delete all resource types, 2 remaining: a failed, b failed'],
    },
    {
      left: { discoveryFailure: 'discovery: GET /apis answered 500' },
      type: 'NamespaceDeletionDiscoveryFailure',
      want: ['DiscoveryFailed', 'discovery: GET /apis answered 500'],
    },
  ])('tell of what is in the way in $type', ({ left, type, want }) => {
    const condition = namespaceConditions([], { ...nothing, ...left }, now).find((c) => c.type === type)
    expect([condition?.status, condition?.reason, condition?.message]).toEqual(['True', ...want])
  })

  it('keep their time while their status stays, and leave those of others alone', () => {
    const before = namespaceConditions([{ type: 'Mine', status: 'True' }], nothing, now)
    const after = namespaceConditions(before, { ...nothing, resources: { 'pods.': 1 } }, 9000)
    const timeOf = (type: string) => after.find((condition) => condition.type === type)?.lastTransitionTime
    expect(after[0]).toEqual({ type: 'Mine', status: 'True' })
    expect(timeOf('NamespaceFinalizersRemaining')).toBe(formatTime(now))
    expect(timeOf('NamespaceContentRemaining')).toBe(formatTime(9000))
  })
})
