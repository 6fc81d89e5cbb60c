import type { NamespaceCondition } from '@wherry/api'
import { formatTime } from '@wherry/apimachinery'

/** What is left of a namespace's content after one pass of deletion. */
export interface Leftovers {
  /** Why discovery failed. */
  discoveryFailure?: string
  /** What could not be deleted, and why. */
  deletionFailures: string[]
  /** Objects left, by `resource.group`. */
  resources: Record<string, number>
  /** Objects that wait for a finalizer, by finalizer. */
  finalizers: Record<string, number>
}

interface Outcome {
  type: string
  good: [reason: string, message: string]
  bad: [reason: string, message: string] | undefined
}

/**
 * The five conditions of a namespace that is being deleted, each of which says what is in the way or that nothing is.
 * As kube-controller-manager `namespaceConditionUpdater`.
 */
export function namespaceConditions(
  old: readonly NamespaceCondition[],
  left: Leftovers,
  now: number,
): NamespaceCondition[] {
  const resources = Object.entries(left.resources).sort()
  const finalizers = Object.entries(left.finalizers).sort()
  const outcomes: Outcome[] = [
    {
      type: 'NamespaceDeletionDiscoveryFailure',
      good: ['ResourcesDiscovered', 'All resources successfully discovered'],
      bad: left.discoveryFailure === undefined ? undefined : ['DiscoveryFailed', left.discoveryFailure],
    },
    {
      type: 'NamespaceDeletionGroupVersionParsingFailure',
      good: ['ParsedGroupVersions', 'All legacy kube types successfully parsed'],
      bad: undefined,
    },
    {
      type: 'NamespaceDeletionContentFailure',
      good: ['ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
      bad:
        left.deletionFailures.length === 0
          ? undefined
          : [
              'ContentDeletionFailed',
              `Failed to delete all resource types, ${left.deletionFailures.length} remaining: ${[...left.deletionFailures].sort().join(', ')}`,
            ],
    },
    {
      type: 'NamespaceContentRemaining',
      good: ['ContentRemoved', 'All content successfully removed'],
      bad:
        resources.length === 0
          ? undefined
          : ['SomeResourcesRemain', `Some resources are remaining: ${resources.map(instances).join(', ')}`],
    },
    {
      type: 'NamespaceFinalizersRemaining',
      good: ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
      bad:
        finalizers.length === 0
          ? undefined
          : [
              'SomeFinalizersRemain',
              `Some content in the namespace has finalizers remaining: ${finalizers.map(finalizerInstances).join(', ')}`,
            ],
    },
  ]
  const mine = new Set(outcomes.map(({ type }) => type))
  return [...old.filter(({ type }) => !mine.has(type)), ...outcomes.map((outcome) => conditionOf(outcome, old, now))]
}

function instances([resource, count]: [string, number]): string {
  return `${resource} has ${count} resource instances`
}

function finalizerInstances([finalizer, count]: [string, number]): string {
  return `${finalizer} in ${count} resource instances`
}

function conditionOf(
  { type, good, bad }: Outcome,
  old: readonly NamespaceCondition[],
  now: number,
): NamespaceCondition {
  const status = bad ? 'True' : 'False'
  const [reason, message] = bad ?? good
  const before = old.find((condition) => condition.type === type)
  const unchanged = before?.status === status ? before.lastTransitionTime : undefined
  return { type, status, lastTransitionTime: unchanged ?? formatTime(now), reason, message }
}
