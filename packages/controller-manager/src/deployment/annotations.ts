import { type DeploymentView, desiredReplicas, maxSurge, type ReplicaSetView } from './sizes.ts'

export const revisionAnnotation = 'deployment.kubernetes.io/revision'
export const revisionHistoryAnnotation = 'deployment.kubernetes.io/revision-history'
export const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas'
export const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas'

const maxHistoryLength = 2000

type Annotations = Readonly<Record<string, string>>

const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  'deprecated.deployment.rollback.to',
])

/** The revision that an object carries; 0 without one, or with one that is no number. */
export function revisionOf({ metadata }: { readonly metadata: { readonly annotations?: Annotations } }): number {
  const text = metadata.annotations?.[revisionAnnotation] ?? ''
  return /^\d+$/.test(text) ? Number(text) : 0
}

/** A count that an annotation of a ReplicaSet holds. */
export function countAnnotation(set: ReplicaSetView, name: string): number | undefined {
  const text = set.metadata.annotations?.[name] ?? ''
  return /^\d+$/.test(text) ? Number(text) : undefined
}

/** What tells later syncs for which size of the Deployment a ReplicaSet was scaled. */
export function sizeAnnotations(deployment: DeploymentView): Record<string, string> {
  const desired = desiredReplicas(deployment)
  return {
    [desiredReplicasAnnotation]: String(desired),
    [maxReplicasAnnotation]: String(desired + maxSurge(deployment)),
  }
}

/**
 * The annotations of the Deployment's current ReplicaSet: its own, the Deployment's, and the new revision, with the
 * revision that it had before appended to its history. As `SetNewReplicaSetAnnotations`.
 */
export function currentSetAnnotations(
  deployment: DeploymentView,
  own: Annotations | undefined,
  revision: number,
): Record<string, string> {
  const annotations: Record<string, string> = { ...own }
  for (const [name, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!notCopied.has(name)) annotations[name] = value
  }
  const before = annotations[revisionAnnotation]
  if (revisionOf({ metadata: { annotations } }) >= revision) return annotations
  annotations[revisionAnnotation] = String(revision)
  if (before !== undefined) annotations[revisionHistoryAnnotation] = appendHistory(annotations, before)
  return annotations
}

function appendHistory(annotations: Annotations, revision: string): string {
  const history = annotations[revisionHistoryAnnotation]
  const revisions = history ? [...history.split(','), revision] : [revision]
  while (revisions.length > 1 && revisions.join(',').length > maxHistoryLength) revisions.shift()
  return revisions.join(',')
}
