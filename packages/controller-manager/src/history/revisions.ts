import type { ControllerRevision, Kind, KubeObject, PodTemplateSpec } from '@wherry/api'
import { controllerRef, type DeepReadonly, deepClone, semanticEqual } from '@wherry/apimachinery'
import { podTemplateHash } from '../deployment/template-hash.ts'
import { byCreation, identityOf } from '../meta.ts'

export type RevisionView = DeepReadonly<ControllerRevision>

/** What a revision holds: the patch that brings its pod template back, as `kubectl rollout undo` applies it. */
export function revisionData(template: DeepReadonly<PodTemplateSpec>): { spec: { template: object } } {
  return { spec: { template: { ...deepClone<PodTemplateSpec>(template), $patch: 'replace' } } }
}

/** The pod template that a revision holds. */
export function templateOf(revision: RevisionView): PodTemplateSpec {
  // Only `revisionData` makes what stands in the revisions of these controllers.
  const data = revision.data as { spec?: { template?: PodTemplateSpec & { $patch?: string } } } | undefined
  const { $patch: _, ...template } = deepClone<PodTemplateSpec & { $patch?: string }>(data?.spec?.template ?? {})
  return template
}

export interface RevisionSource<O extends KubeObject> {
  owner: DeepReadonly<O>
  kind: Kind<O>
  template: DeepReadonly<PodTemplateSpec>
  labels: Readonly<Record<string, string>>
  /** Which label of the revision holds its hash. */
  hashLabel: string
  collisionCount: number
}

/** The revision for an owner's present template. As `NewControllerRevision`. */
export function newRevision<O extends KubeObject>(source: RevisionSource<O>, revision: number): ControllerRevision {
  const { owner, kind, template, labels, hashLabel, collisionCount } = source
  const { namespace, name } = identityOf(owner.metadata)
  const hash = podTemplateHash(template, collisionCount)
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      namespace,
      name: `${name.slice(0, 223)}-${hash}`,
      labels: { ...labels, [hashLabel]: hash },
      ...(owner.metadata.annotations ? { annotations: { ...owner.metadata.annotations } } : {}),
      ownerReferences: [controllerRef(owner, kind)],
    },
    data: revisionData(template),
    revision,
  }
}

/** What has to happen to a history so that its newest revision holds the present template. */
export type RevisionPlan =
  | { action: 'none'; update: RevisionView }
  /** An older revision holds it: it becomes the newest. */
  | { action: 'renumber'; update: RevisionView; revision: number }
  | { action: 'create'; update: ControllerRevision }

/** As kube-controller-manager `getStatefulSetRevisions` and `constructHistory`; pure. */
export function planRevisions<O extends KubeObject>(
  source: RevisionSource<O>,
  history: readonly RevisionView[],
): RevisionPlan {
  const sorted = byRevision(history)
  const newest = sorted.at(-1)
  const data = revisionData(source.template)
  const equal = sorted.filter((revision) => semanticEqual(revision.data, data)).at(-1)
  const next = (newest?.revision ?? 0) + 1
  if (!equal) return { action: 'create', update: newRevision(source, next) }
  if (equal === newest) return { action: 'none', update: equal }
  return { action: 'renumber', update: equal, revision: next }
}

/** Revisions, oldest first. */
export function byRevision(history: readonly RevisionView[]): RevisionView[] {
  return [...history].sort((a, b) => a.revision - b.revision || byCreation(a, b))
}

/** The old revisions beyond a limit that nothing uses. */
export function surplusRevisions(
  history: readonly RevisionView[],
  isLive: (revision: RevisionView) => boolean,
  limit: number | undefined,
): RevisionView[] {
  const dead = byRevision(history).filter((revision) => !isLive(revision))
  return dead.slice(0, Math.max(0, dead.length - (limit ?? 10)))
}
