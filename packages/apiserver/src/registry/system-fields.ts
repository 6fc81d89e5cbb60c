import { randomUUID } from 'node:crypto'
import type { KubeObject, ObjectMeta, OwnerReference } from '@wherry/api'
import { badRequest, type DeepReadonly, deepEqual, formatTime } from '@wherry/apimachinery'
import type { Write } from './write.ts'

/** Fields that only the server sets: what a creator sends of them is dropped. */
export function wipeSystemFields(meta: ObjectMeta): void {
  delete meta.uid
  delete meta.creationTimestamp
  delete meta.deletionTimestamp
  delete meta.deletionGracePeriodSeconds
  delete meta.selfLink
}

export function fillSystemFields(meta: ObjectMeta, now: number): void {
  meta.uid = randomUUID()
  meta.creationTimestamp = formatTime(now)
}

/** What an update may not change, whatever its sender wrote. As upstream: registry/rest, `BeforeUpdate`. */
export function keepSystemFields(meta: ObjectMeta, old: DeepReadonly<ObjectMeta>): void {
  delete meta.selfLink
  if (!meta.uid && old.uid) meta.uid = old.uid
  if (old.creationTimestamp) meta.creationTimestamp = old.creationTimestamp
  if (old.deletionTimestamp) meta.deletionTimestamp = old.deletionTimestamp
  if (old.deletionGracePeriodSeconds !== undefined) meta.deletionGracePeriodSeconds ??= old.deletionGracePeriodSeconds
}

/** Sets the namespace of the request, or refuses an object that names another one. */
export function matchNamespace(meta: ObjectMeta, namespace: string | undefined): void {
  if (!namespace) delete meta.namespace
  else if (!meta.namespace) meta.namespace = namespace
  else if (meta.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
}

/** Drops owner references that are there twice, and says so. */
export function dedupOwnerReferences(object: KubeObject, afterAdmission: boolean, write: Write): void {
  const references = object.metadata.ownerReferences
  if (!references || references.length < 2) return
  const kept: OwnerReference[] = []
  const duplicates: string[] = []
  for (const reference of references) {
    if (kept.some((other) => deepEqual(other, reference))) duplicates.push(reference.uid)
    else kept.push(reference)
  }
  if (duplicates.length === 0) return
  object.metadata.ownerReferences = kept
  const when = afterAdmission ? ' after mutating admission happens' : ''
  write.warn(
    `.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${duplicates.join(', ')}`,
  )
}

const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
const suffixLength = 5
const maxBaseLength = 63 - suffixLength

/** A name from a generateName. As upstream: storage/names, `SimpleNameGenerator`. */
export function generateName(base: string, random: () => number): string {
  let suffix = ''
  for (let i = 0; i < suffixLength; i++) suffix += alphabet[Math.floor(random() * alphabet.length)]
  return base.slice(0, maxBaseLength) + suffix
}
