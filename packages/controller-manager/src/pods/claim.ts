import type { Kind, KubeObject } from '@wherry/api'
import {
  controllerRef,
  type DeepReadonly,
  getController,
  isInvalid,
  isNotFound,
  type LabelMatcher,
} from '@wherry/apimachinery'
import type { Client } from '@wherry/client'
import { identityOf, isDeleting } from '../meta.ts'

/** What a controller does with the objects that it might own. */
export interface ClaimPlan<T> {
  /** Owned already, and staying. */
  owned: T[]
  /** Matched by the selector and owned by nobody. */
  adopt: T[]
  /** Owned, but no longer matched. */
  release: T[]
}

/**
 * Sorts candidates by who owns them and whether the selector matches. An owner that is being deleted neither adopts
 * nor releases, and nobody adopts an object that is being deleted. As kube-controller-manager `ClaimObject`.
 */
export function planClaims<T extends DeepReadonly<KubeObject>>(
  owner: DeepReadonly<KubeObject>,
  selector: LabelMatcher,
  candidates: readonly T[],
): ClaimPlan<T> {
  const plan: ClaimPlan<T> = { owned: [], adopt: [], release: [] }
  const ownerDeleting = isDeleting(owner.metadata)
  for (const candidate of candidates) {
    const controller = getController(candidate.metadata)
    const matches = selector.matches(candidate.metadata.labels)
    if (controller) {
      if (controller.uid !== owner.metadata.uid) continue
      if (matches) plan.owned.push(candidate)
      else if (!ownerDeleting) plan.release.push(candidate)
    } else if (matches && !ownerDeleting && !isDeleting(candidate.metadata)) {
      plan.adopt.push(candidate)
    }
  }
  return plan
}

export interface ClaimDeps<O extends KubeObject, T extends KubeObject> {
  client: Client
  ownerKind: Kind<O>
  kind: Kind<T>
}

/**
 * Carries out a claim plan and resolves with what the owner owns afterwards. Before it adopts, it asks the server
 * whether the owner is still the same and not being deleted, because a cache may lag behind (kubernetes#42639).
 */
export async function applyClaims<O extends KubeObject, T extends KubeObject>(
  { client, ownerKind, kind }: ClaimDeps<O, T>,
  owner: DeepReadonly<O>,
  plan: ClaimPlan<DeepReadonly<T>>,
): Promise<DeepReadonly<T>[]> {
  const self = identityOf(owner.metadata)
  const owned = [...plan.owned]
  if (plan.adopt.length > 0) {
    const fresh = await client.get(ownerKind, self)
    if (fresh.metadata.uid !== self.uid) {
      throw new Error(
        `original ${ownerKind.kind} ${self.namespace}/${self.name} is gone: got uid ${fresh.metadata.uid}, wanted ${self.uid}`,
      )
    }
    if (isDeleting(fresh.metadata)) {
      throw new Error(
        `${self.namespace}/${self.name} has just been deleted at ${fresh.metadata.deletionTimestamp ?? ''}`,
      )
    }
  }
  const ref = controllerRef(owner, ownerKind)
  for (const orphan of plan.adopt) {
    const { namespace, name, uid } = identityOf(orphan.metadata)
    const patch = { metadata: { ownerReferences: [ref], uid } }
    const adopted = await unlessGone(client.patch(kind, { namespace, name }, patch, { type: 'strategic' }))
    if (adopted) owned.push(orphan)
  }
  for (const stray of plan.release) {
    const { namespace, name, uid } = identityOf(stray.metadata)
    const patch = { metadata: { uid, ownerReferences: [{ $patch: 'delete', uid: self.uid }] } }
    // Invalid: another object has taken the name, or the reference is gone already.
    await unlessGone(client.patch(kind, { namespace, name }, patch, { type: 'strategic' }), isInvalid)
  }
  return owned
}

async function unlessGone(write: Promise<unknown>, alsoFine: (error: unknown) => boolean = () => false) {
  try {
    await write
    return true
  } catch (error) {
    if (isNotFound(error) || alsoFine(error)) return false
    throw error
  }
}
