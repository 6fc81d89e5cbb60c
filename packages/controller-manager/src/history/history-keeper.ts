import { ControllerRevision, type Kind, type KubeObject } from '@wherry/api'
import {
  type DeepReadonly,
  deepClone,
  isAlreadyExists,
  isNotFound,
  type LabelMatcher,
  semanticEqual,
} from '@wherry/apimachinery'
import type { Client, Lister } from '@wherry/client'
import { identityOf } from '../meta.ts'
import { applyClaims, planClaims } from '../pods/claim.ts'
import { orphansOf } from '../pods/indexes.ts'
import { planRevisions, type RevisionSource, type RevisionView } from './revisions.ts'

export interface History {
  /** The revision of the present template. */
  update: RevisionView
  /** All revisions, that one too. */
  all: RevisionView[]
  collisionCount: number
}

/** Keeps the ControllerRevisions of one kind of owner. */
export interface HistoryKeeper<O extends KubeObject> {
  sync(source: RevisionSource<O>, selector: LabelMatcher): Promise<History>
  remove(revisions: readonly RevisionView[]): Promise<void>
}

/** Makes a keeper over the cache of all revisions. */
export function newHistoryKeeper<O extends KubeObject>(
  client: Client,
  revisions: Lister<ControllerRevision>,
  ownerKind: Kind<O>,
): HistoryKeeper<O> {
  const orphans = orphansOf(revisions)
  return {
    async sync(source, selector) {
      const { owner } = source
      const candidates = [...revisions.byOwner(owner.metadata.uid ?? ''), ...orphans(owner.metadata.namespace ?? '')]
      const claims = planClaims<RevisionView>(owner, selector, candidates)
      // Unlike pods, revisions are not released: their labels are this controller's own.
      const kept: typeof claims = { ...claims, release: [] }
      const owned = await applyClaims<O, ControllerRevision>(
        { client, ownerKind, kind: ControllerRevision },
        owner,
        kept,
      )
      const all = [...owned, ...claims.release]
      const { collisionCount } = source
      const plan = planRevisions(source, all)
      if (plan.action === 'none') return { update: plan.update, all, collisionCount }
      if (plan.action === 'renumber') {
        const next = { ...deepClone<ControllerRevision>(plan.update), revision: plan.revision }
        const update = await client.update(ControllerRevision, next)
        return { update, all: [...all.filter((other) => other !== plan.update), update], collisionCount }
      }
      return create(source, plan.update, all)
    },
    async remove(surplus) {
      for (const { metadata } of surplus) {
        const { namespace, name } = identityOf(metadata)
        await client.delete(ControllerRevision, { namespace, name }).catch((error: unknown) => {
          if (!isNotFound(error)) throw error
        })
      }
    },
  }

  /** The name may be taken by the same revision, which the cache lacks, or by one of another template. */
  async function create(
    source: RevisionSource<O>,
    revision: ControllerRevision,
    all: RevisionView[],
  ): Promise<History> {
    let { collisionCount } = source
    for (let wanted = revision; ; ) {
      try {
        const update = await client.create(ControllerRevision, wanted)
        return { update, all: [...all, update], collisionCount }
      } catch (error) {
        if (!isAlreadyExists(error)) throw error
        const existing: DeepReadonly<ControllerRevision> = await client.get(
          ControllerRevision,
          identityOf(wanted.metadata),
        )
        if (semanticEqual(existing.data, wanted.data))
          return { update: existing, all: [...all, existing], collisionCount }
        collisionCount++
        const plan = planRevisions({ ...source, collisionCount }, all)
        if (plan.action !== 'create') return { update: plan.update, all, collisionCount }
        wanted = plan.update
      }
    }
  }
}
